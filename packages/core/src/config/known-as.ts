/** What other programs call the place that one of our stores writes to. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  filestore: ["file", "files", "filesystem", "fs", "folder", "local", "disk", "json", "ndjson", "jsonl", "jsonlines"],
  esstore: ["es", "elastic", "elasticsearch", "opensearch", "amazonopensearch", "awsopensearch", "elasticcloud", "elk"],
  mongodbstore: ["mongo", "mongodb", "documentdb", "cosmosdb"],
  splunkhecstore: ["splunk", "hec", "splunkhec", "splunkheclogs", "splunkcloud", "splunkenterprise"],
};

/** The store of ours for a name of another program, such as `elasticsearch`; undefined if it is no such name. */
export function storeKnownAs(ref: string): string | undefined {
  const short = ref.toLowerCase().replace(/^(?:npm:)?(?:@[^/]+\/)?(?:cloudmarker-(?:store|tap)-)?/u, "");
  const bare = short.replaceAll(/[^a-z]/gu, "").replace(/^cloudmarker|(?:store|sink|output|exporter)$/gu, "");
  return Object.keys(NAMES).find((store) => store === short || NAMES[store]?.includes(bare));
}
