// `npm run bench`: each claim of speed and memory as a ratio against its floor, measured in the same run. Not a test: machines are noisy.
import { fileURLToPath } from "node:url";
import { hasData, ndjsonFile, prettyFile, realRecords } from "./data.ts";
import { type Command, median, pairs, run } from "./measure.ts";

const PAIRS = 5;
const node = process.execPath;
const cli = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));
const only = process.argv[2] ?? "";

if (!hasData) {
  process.stdout.write("bench: the real sample data is not here; nothing to measure\n");
  process.exit(0);
}

/** A file of `cases/`, as a command. */
function bench(name: string, ...args: string[]): Command {
  return [node, fileURLToPath(new URL(`cases/${name}.ts`, import.meta.url)), ...args];
}

/** The same with a young generation of fixed size: V8 lets it grow with time, and what is measured is what the host holds. */
function steady(name: string, ...args: string[]): Command {
  return bench(name, ...args).toSpliced(1, 0, "--max-semi-space-size=8");
}

function say(name: string, value: string, limit: string, detail: string): void {
  process.stdout.write(`${name.padEnd(56)} ${value.padStart(9)}  (limit ${limit})  ${detail}\n`);
}

function ratio(name: string, limit: number, command: () => Command, floor: () => Command, count: number = PAIRS): void {
  if (!name.includes(only)) return;
  const { ratio: value, ms, floorMs } = pairs(command(), floor(), count);
  say(name, `${value.toFixed(2)} x`, `${limit.toFixed(2)} x`, `${ms.toFixed(0)} ms against ${floorMs.toFixed(0)} ms`);
}

function growth(
  name: string,
  command: (count: number) => Command,
  counts: readonly [number, number] = [200_000, 2_000_000],
): void {
  if (!name.includes(only)) return;
  const [few, many] = counts.map((count) => median([1, 2, 3].map(() => run(command(count)).rssMiB)));
  if (few === undefined || many === undefined) return;
  say(name, `${(many - few).toFixed(1)} MiB`, "25 MiB", `${few.toFixed(0)} MiB, then ${many.toFixed(0)} MiB`);
}

const bytes = realRecords().map((record) => Buffer.byteLength(JSON.stringify(record)));
const mean = bytes.reduce((sum, size) => sum + size, 0) / bytes.length;
process.stdout.write(
  `Node ${process.versions.node}; ${bytes.length} real records of ${mean.toFixed(0)} bytes, cycled; medians of ${PAIRS} pairs\n`,
);

const N = "200000";
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
  () => [node, cli, "write", ndjsonFile(200_000), ...files],
  () => bench("floor-piped", ndjsonFile(200_000), "{out}"),
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
ratio(
  "four no-op stores against one",
  1.3,
  () => bench("stores", N, "4"),
  () => bench("stores", N, "1"),
);
growth("memory, embedded", (count) => steady("embedded", String(count), "{out}", "ndjson"));
growth("memory, embedded, a store ten times slower", (count) => steady("stores", String(count), "1", "40"));
growth("memory, piped", (count) => bench("piped-memory", ndjsonFile(count), "{out}"));
