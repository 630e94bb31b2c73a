import { type MistakeCase, type Said, storeFile } from "../score.ts";

const ES = "node: https://es.example:9200";
const HEC = "uri: https://s.example:8088";

/** A store with these params, one of them wrong. */
function store(plugin: string, params: readonly string[], ...says: readonly Said[]): MistakeCase {
  return { name: `${plugin}: ${params.at(-1)?.replaceAll("▸", "")}`, yaml: storeFile(plugin, ...params), says };
}

/** A sound store, in braces, and these lines around it. */
function around(name: string, yaml: string, ...says: readonly Said[]): MistakeCase {
  return { name, yaml, says };
}

const FILE = "plugin: filestore, params: { path: ./out }";

/** Configurations as people write them who know another tool. */
export const HABITS: readonly MistakeCase[] = [
  store("splunkhecstore", [HEC, "token: ▸Splunk 12345678-1234-1234-1234-123456789012"], ["invalid", "the token alone"]),
  store("splunkhecstore", [HEC, "headers: { ▸Authorization: Splunk abc }"], ["unknown_key", "Here it is called token"]),
  store("splunkhecstore", ["token: abc", "uri: ▸s.example:8088"], ["invalid", "Write https://s.example:8088"]),
  store("splunkhecstore", [HEC, "token: abc", "▸source_type: x"], ["unknown_key", '"sourcetype"']),
  store("splunkhecstore", [HEC, "token: ▸!vault abc"], ["yaml_tag", "quote a text"]),
  store("splunkhecstore", [HEC, "token: ▸${file:./none.txt}"], ["unreadable_file", "there is no such file"]),
  store("splunkhecstore", [HEC, "token: ▸${env:TOKEN}"], ["interpolation_syntax", "Write ${TOKEN}."]),
  store("splunkhecstore", [HEC, "token: ▸${env:NAME}"], ["interpolation_syntax", "Known: ${NAME}, ${NAME:-default}"]),
  store("esstore", [ES, "headers: { Authorization: ▸'ApiKey ${env:KEY}' }"], ["interpolation_syntax", "Write ${KEY}."]),
  store("esstore", ["node: ▸https://elastic:pw@es.example:9200"], ["invalid", "params of their own"]),
  store("esstore", [ES, "index: ▸audit-%{+YYYY.MM.dd}"], ["invalid", "%Y.%m.%d"]),
  store("esstore", [ES, "index: ▸audit-{now/d}"], ["invalid", "JSON pointer"]),
  store("esstore", ["nodes: ▸https://a:9200,https://b:9200"], ["type", "[https://a:9200, https://b:9200]"]),
  store("esstore", ["▸node: [https://a:9200, https://b:9200]"], ["type", "Several are written as nodes: [ … ]"]),
  store("esstore", [ES, 'api_key: ▸"VuaCfGcBCdbkQm:ui2lp2axTNmsyakw"'], ["invalid", "base64 of ID:KEY"]),
  store("esstore", [ES, "username: ▸elastic"], ["invalid", "needs password"]),
  store("esstore", [ES, "tls: ▸true"], ["type", "it needs no switch"]),
  store("esstore", ["host: es.example", "▸use_ssl: true"], ["unknown_key", "write node: https://HOST:PORT"]),
  store("esstore", ["host: es.example", "▸scheme: https"], ["unknown_key", "write node: https://HOST:PORT"]),
  store("esstore", ["host: es.example", "port: ▸9200/tcp"], ["type", "must be an integer"]),
  store("esstore", [ES, "timestamp: ▸timestamp"], ["type", "true or false"]),
  store("esstore", [ES, "proxy: ▸proxy.example:3128"], ["invalid", "Write http:// in front"]),
  store("mongodbstore", ["uri: ▸mongo.example:27017"], ["invalid", "mongodb://HOST:27017"]),
  store("mongodbstore", ["uri: ▸http://mongo.example:27017"], ["invalid", "mongodb://HOST:27017"]),
  store("mongodbstore", ["uri: ▸mongodb://u:p@ss@m:27017/db"], ["invalid", "%40"]),
  store("mongodbstore", ["uri: mongodb://m", "▸authSource: admin"], ["unknown_key", '"auth_source"']),
  store("mongodbstore", ["uri: mongodb://m", "▸replicaSet: rs0"], ["unknown_key", "?replicaSet=NAME"]),
  store("filestore", ["path: ./out", "compress: ▸true"], ["enum", '"gzip"']),
  store("filestore", ["path: ./out", "format: ▸NDJSON"], ["enum", '"ndjson"']),
  store("filestore", ["path: ▸./out/findings.json"], ["warning", "Write the folder alone"]),
  store("filestore", ["path: ./out", "▸compression: gzip"], ["unknown_key", "compress"]),
  store("filestore", ["path: ▸${OUT:./out}"], ["interpolation_syntax", "Write ${OUT:-…}."]),
  store("filestore", ["path: ▸${OUT-./out}"], ["interpolation_syntax", "Write ${OUT:-…}."]),
  store("filestore", ["path: ▸${env.OUT}"], ["interpolation_syntax", "Write ${OUT}."]),
  around("audit in place of audits", `plugins: { it: { ${FILE} } }\n▸audit: { nightly: { stores: [it] } }\n`, [
    "unknown_key",
    "Write audits: in its place",
  ]),
  around(
    "a comment of JSON",
    `{ "plugins": { "it": { ${FILE} } }, ▸// mine\n "audits": { "a": { "stores": ["it"] } } }\n`,
    ["unknown_key", "begins with #"],
  ),
  ...["config", "options", "settings", "with"].map((word) =>
    around(
      `${word} in place of params`,
      `plugins: { it: { plugin: filestore, ▸${word}: { path: ./out } } }\naudits: { a: { stores: [it] } }\n`,
      ["unknown_key", '"params"'],
    ),
  ),
  around(
    "batch as a number",
    `plugins: { it: { ${FILE}, delivery: { batch: ▸500 } } }\naudits: { a: { stores: [it] } }\n`,
    ["type", "batch: { records: 500 }"],
  ),
  around(
    "a name of an audit that is cut",
    `plugins: { it: { ${FILE} } }\naudits: { nightly: { stores: [it] } }\nrun: [▸night]\n`,
    ["undefined_audit", "nightly"],
  ),
  around("plugin = filestore", "plugins:\n  it:\n    ▸plugin = filestore\naudits: { a: { stores: [it] } }\n", [
    "type",
    "{ plugin: filestore }",
  ]),
  around("spool.path", `spool: ▸/var/spool/cm\nplugins: { it: { ${FILE} } }\naudits: { a: { stores: [it] } }\n`, [
    "type",
    "a map with keys such as",
  ]),
];
