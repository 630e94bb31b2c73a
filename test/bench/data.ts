import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

/** Real scanner output beside the repository; not part of it. */
const DATA = new URL("../../../shared/data/", import.meta.url);

/** Bench inputs are made once and kept between runs. */
const CACHE: string = join(tmpdir(), "cloudmarker-bench");

/** Records above this size are left out: for files the mean is then about 700 bytes, for networks about 1,300. */
const MAX_BYTES = { file: 1_050, network: 2_500 };

/** Which lines a sample of records is for. */
export type SampleName = keyof typeof MAX_BYTES;

/** False where the real data is absent: then there is nothing to measure. */
export const hasData: boolean = existsSync(DATA);

function read(name: string): string {
  return readFileSync(new URL(name, DATA), "utf8");
}

/** Real records of seven scanners, small and large mixed in a fixed order. */
export function realRecords(sample: SampleName = "file"): object[] {
  const lines = (name: string): object[] =>
    read(name)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const all = [
    ...JSON.parse(read("prowler/example_output_aws.ocsf.json")),
    ...JSON.parse(read("prowler/prowler-output.asff.json")),
    ...lines("prowler/many_vuln.json"),
    ...lines("gcp-asset-inventory/mock_cai_resources.dump"),
    ...lines("falco/single_rule_with_cat_write.json"),
    ...JSON.parse(read("trivy/issue_9170.json")).Resources,
    ...JSON.parse(read("kubescape/many_findings.json")).resources,
  ] as object[];
  return all.filter((record) => Buffer.byteLength(JSON.stringify(record)) <= MAX_BYTES[sample]);
}

/** `count` records: the real ones over and over, as separate objects would be read from a scanner. */
function* cycle(count: number, sample?: SampleName): Generator<object> {
  const records = realRecords(sample);
  for (let i = 0; i < count; i += 1) yield records[i % records.length] as object;
}

/** `count` of these records, each an object of its own with a number of its own, so that no two have the same id. */
export function* distinct(records: readonly object[], count: number): Generator<object> {
  for (let seq = 0; seq < count; seq += 1) yield { ...records[seq % records.length], seq };
}

/** An NDJSON file of `count` real records; made once. */
export function ndjsonFile(count: number, sample: SampleName = "file"): string {
  return made(`${sample}-${count}.ndjson`, (write) => {
    for (const record of cycle(count, sample)) write(`${JSON.stringify(record)}\n`);
  });
}

/** A pretty-printed JSON array of about `megabytes`; made once. */
export function prettyFile(megabytes: number): string {
  return made(`pretty-${megabytes}.json`, (write) => {
    write("[");
    let size = 0;
    for (const record of cycle(Number.POSITIVE_INFINITY)) {
      const text = JSON.stringify([record], null, 4).slice(1, -2);
      write(size === 0 ? text : `,${text}`);
      size += text.length;
      if (size >= megabytes * 1_000_000) break;
    }
    write("\n]\n");
  });
}

/** An NDJSON file of about `megabytes` of records of `bytes`, each with many short texts; made once. */
export function largeRecordsFile(bytes: number, megabytes: number): string {
  return made(`records-${bytes}-${megabytes}.ndjson`, (write) => {
    const pad = Array.from({ length: Math.ceil(bytes / 100) }, (_value, n) => `item ${n} of a list\n`.padEnd(96, "."));
    for (let n = 0; n * bytes < megabytes * 1_000_000; n += 1) write(`${JSON.stringify({ n, pad })}\n`);
  });
}

/** The same records packed, with many parts as one that writes for long makes them; made once. */
export function packedFile(count: number, format: "gzip" | "zstd"): string {
  const pack = format === "gzip" ? gzipSync : zstdCompressSync;
  return made(`file-${count}.${format}`, (write) => {
    const text = readFileSync(ndjsonFile(count));
    for (let at = 0; at < text.length; at += 1 << 20) write(pack(text.subarray(at, at + (1 << 20))));
  });
}

/** The paths of `count` files with a real record each; made once. */
export function smallFiles(count: number): string[] {
  const folder = join(CACHE, "files");
  const paths = Array.from({ length: count }, (_value, n) => join(folder, `${n}.json`));
  mkdirSync(folder, { recursive: true });
  for (const [n, record] of [...cycle(count)].entries()) {
    const path = paths[n] as string;
    if (!existsSync(path)) writeFileSync(path, `${JSON.stringify(record)}\n`);
  }
  return paths;
}

function made(name: string, fill: (write: (part: string | Uint8Array) => void) => void): string {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  const fd = openSync(path, "w");
  let pending = "";
  fill((part) => {
    if (typeof part !== "string") {
      writeSync(fd, part);
      return;
    }
    pending += part;
    if (pending.length < 1 << 20) return;
    writeSync(fd, pending);
    pending = "";
  });
  writeSync(fd, pending);
  closeSync(fd);
  return path;
}
