import { mkdtemp, readFile, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";
import { SAMPLES, type Sample, compact, compactSample, hasSharedData, samplePath } from "../support/shared-data.ts";

/**
 * The text of `raw` of a record that FileStore wrote: everything between `{"raw":` and the `ext` that the host adds.
 */
function rawOf(line: string): string {
  const end = line.lastIndexOf(',"ext":{},"com":{');
  expect(line.startsWith('{"raw":') && end > 0).toBe(true);
  return compact(line.slice('{"raw":'.length, end));
}

/**
 * Whether `raws` are all of `source`, or all of the list that is selected in it: nothing between the records but what
 * separated them there, in order.
 */
function isWhole(source: string, raws: readonly string[], sample: Sample): boolean {
  if (source.startsWith("[")) return `[${raws.join(",")}]` === source;
  if (sample.select === undefined) return raws.join("") === source;
  return source.includes(`"${sample.select.split(/[./]/).at(-1)}":[${raws.join(",")}]`);
}

async function write(
  sample: Sample,
  format: "json" | "ndjson",
): Promise<{ lines: string[]; text: string; receipt: string }> {
  const folder = await mkdtemp(join(tmpdir(), "cloudmarker-data-"));
  const select = sample.select === undefined ? [] : ["--select", sample.select];
  const store = ["--store", "filestore", "--param", `path=${join(folder, "out")}`, "--param", `format=${format}`];
  const { code, stdout, stderr } = await runCli(
    ["write", samplePath(sample.file), ...select, ...store, "--json"],
    folder,
  );
  expect(stderr + code).toMatch(/0$/);
  const names = (await readdir(join(folder, "out"))).filter((name) => !name.startsWith("."));
  expect(names).toHaveLength(1);
  const text = await readFile(join(folder, "out", names[0] ?? ""), "utf8");
  const lines = text.split("\n").filter((line) => line.length > 1);
  return { lines: lines.map((line) => line.replace(/,$/, "")), text, receipt: stdout };
}

describe.skipIf(!hasSharedData)("every file of real scanner output, when it is there", () => {
  for (const sample of SAMPLES) {
    const at = sample.select === undefined ? "" : ` at ${sample.select}`;
    for (const format of ["json", "ndjson"] as const) {
      it(`${sample.file}${at} arrives whole as ${format}, digit for digit`, async () => {
        const { lines, text, receipt } = await write(sample, format);
        expect(lines).toHaveLength(sample.count);
        expect(JSON.parse(receipt).stores[0]).toMatchObject({ accepted: sample.count, written: sample.count });
        const published: unknown[] = format === "json" ? JSON.parse(text) : lines;
        expect(published).toHaveLength(sample.count);
        const raws = lines.map(rawOf);
        const source = compactSample(sample.file);
        // Compared as a boolean: a diff of two megabytes of text is useless.
        expect(isWhole(source, raws, sample)).toBe(true);
      });
    }
  }
});
