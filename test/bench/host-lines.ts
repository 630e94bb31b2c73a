import { ndjsonFile, prettyFile } from "./data.ts";
import { bench, cli, cpuRatio, growth, ratio, RECORDS, steady } from "./line.ts";

const N = String(RECORDS);
const node = process.execPath;

/** The host, the command and FileStore. */
export function hostLines(): void {
  ratio(
    "embedded, FileStore NDJSON",
    1.15,
    () => bench("embedded", N, "{out}", "ndjson"),
    () => bench("floor-embedded", N, "{out}", "ndjson"),
  );
  ratio(
    "embedded, FileStore JSON array",
    1.2,
    () => bench("embedded", N, "{out}", "json"),
    () => bench("floor-embedded", N, "{out}", "json"),
  );
  const files = ["--store", "filestore", "--param", "path={out}", "--param", "format=ndjson", "--quiet"];
  ratio(
    "piped, NDJSON to FileStore NDJSON",
    1.5,
    () => [node, cli, "write", ndjsonFile(RECORDS), ...files],
    () => bench("floor-piped", ndjsonFile(RECORDS), "{out}"),
  );
  ratio(
    "pretty array of 200 MB to FileStore NDJSON",
    1.5,
    () => [node, cli, "write", prettyFile(200), ...files],
    () => bench("floor-pretty", prettyFile(200), "{out}"),
  );
  ratio(
    "start-up: --version",
    2.5,
    () => [node, cli, "--version"],
    () => [node, "-e", "0"],
    15,
  );
  ratio(
    "start-up: write of one record",
    4,
    () => [node, cli, "write", ndjsonFile(1), ...files],
    () => [node, "-e", "0"],
    15,
  );
  // An empty param counts as not set, and only ajv can tell: the same run, but with ajv loaded and the schema compiled.
  ratio(
    "start-up: params that need no ajv against params that do",
    0.95,
    () => [node, cli, "write", ndjsonFile(1), ...files],
    () => [node, cli, "write", ndjsonFile(1), ...files, "--param", "mode="],
    15,
  );
  ratio(
    "four no-op stores against one",
    1.3,
    () => bench("stores", N, "4"),
    () => bench("stores", N, "1"),
  );
  cpuRatio(
    "two no-op stores, a condition of tap-filter for one, processor time",
    3,
    () => bench("tapped", N, "filter"),
    () => bench("tapped", N, "none"),
  );
  cpuRatio(
    "two no-op stores, tap-redact for one, processor time",
    7,
    () => bench("tapped", N, "redact"),
    () => bench("tapped", N, "none"),
  );
  // Four times as many take four times as long, but for the start.
  ratio(
    "FileStore, 4,000 workers against 1,000",
    4.4,
    () => bench("workers", "4000", "{out}"),
    () => bench("workers", "1000", "{out}"),
  );
  ratio(
    "FileStore, 1,000 workers by turns against one",
    4,
    () => bench("interleaved", N, "1000", "{out}"),
    () => bench("interleaved", N, "1", "{out}"),
  );
  ratio(
    "FileStore, what 4,000 workers of a killed run left",
    4.4,
    () => bench("workers", "4000", "{out}", "killed"),
    () => bench("workers", "1000", "{out}", "killed"),
  );
  growth("memory, embedded", (count) => steady("embedded", String(count), "{out}", "ndjson"));
  growth("memory, embedded, a store ten times slower", (count) => steady("stores", String(count), "1", "40"));
  growth("memory, piped", (count) => bench("piped-memory", ndjsonFile(count), "{out}"));
}
