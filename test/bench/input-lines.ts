import { largeRecordsFile, ndjsonFile, packedFile, smallFiles } from "./data.ts";
import { bench, cli, cpuRatio, growth, peak, ratio, RECORDS, throughPipe } from "./line.ts";

import type { Command } from "./measure.ts";

const MEGABYTE = 1_000_000;

const huge = (): string => largeRecordsFile(60 * MEGABYTE, 180);

/** A run of one record. */
const idle = (): Command => bench("piped-memory", ndjsonFile(1), "{out}");

/** What the reader of inputs costs where an input is not one file of small records. */
export function inputLines(): void {
  const files = ["--store", "filestore", "--param", "path={out}", "--param", "format=ndjson", "--quiet"];
  ratio(
    "10,000 small files to FileStore NDJSON",
    6,
    () => [process.execPath, cli, "write", "--worker", "all", ...files, ...smallFiles(10_000)],
    () => bench("floor-files", "{out}", ...smallFiles(10_000)),
  );
  const long = (): string => largeRecordsFile(MEGABYTE / 10, 200);
  cpuRatio(
    "records of 100 kB, CPU time through a pipe against a file",
    1.25,
    () => throughPipe(long(), "piped-memory", "-", "{out}"),
    () => bench("piped-memory", long(), "{out}"),
  );
  cpuRatio(
    "zstd input, CPU time against gzip",
    1,
    () => bench("piped-memory", packedFile(RECORDS, "zstd"), "{out}"),
    () => bench("piped-memory", packedFile(RECORDS, "gzip"), "{out}"),
  );
  const mib = (60 * MEGABYTE) / (1 << 20);
  peak("peak memory in records of 60 MB, a file", 4, mib, () => bench("piped-memory", huge(), "{out}"), idle);
  peak(
    "peak memory in records of 60 MB, through a pipe",
    4,
    mib,
    () => throughPipe(huge(), "piped-memory", "-", "{out}"),
    idle,
  );
  growth("memory, through a pipe", (count) => throughPipe(ndjsonFile(count), "piped-memory", "-", "{out}"));
  cpuRatio(
    "eight audits of a store against one of eight stores, CPU time",
    1.35,
    () => bench("audits", String(RECORDS), "8", "1"),
    () => bench("audits", String(RECORDS), "1", "8"),
  );
}
