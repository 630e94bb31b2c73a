import { createReadStream, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { BoundRecord, entryOf, makeOrigin, makeStamp } from "../../src/records/entry.ts";
import { Identity } from "../../src/records/identity.ts";
import type { SelectHint } from "../../src/reader/select-hints.ts";
import { readRecords } from "../../src/reader/read-records.ts";
import { compact, read } from "../records/support.ts";

const DATA = new URL("../../../../../shared/data/", import.meta.url);
const isThere = existsSync(DATA);
const ORIGIN = makeOrigin({ origin_worker: "data" });
const STAMP = makeStamp({ audit_key: "a" }, new Identity("r", []));

/** File, path of the records, how many there are (SOURCES.md), and what is around them. */
const FILES: [file: string, select: string | undefined, count: number, form: "array" | "lines" | "one" | "inside"][] = [
  ["prowler/example_output_aws.ocsf.json", undefined, 5, "array"],
  ["prowler/prowler-output.asff.json", undefined, 731, "array"],
  ["prowler/many_vuln.json", undefined, 6, "lines"],
  ["cloud-custodian/resources.json", undefined, 1, "array"],
  ["gcp-asset-inventory/mock_cai_resources.dump", undefined, 133, "lines"],
  ["trivy/issue_9170.json", "Resources", 13, "inside"],
  ["kubescape/many_findings.json", "resources", 44, "inside"],
  ["kubescape/many_findings.json", "results", 44, "inside"],
  ["npm-audit/multiple_cwes.json", undefined, 1, "one"],
  ["falco/single_rule_with_cat_write.json", undefined, 8, "lines"],
  ["checkov/checkov_sample.json", "results.passed_checks", 204, "inside"],
  ["checkov/checkov_sample.json", "/results/failed_checks", 28, "inside"],
];

describe.skipIf(!isThere)("the shared data (skipped if the folder shared/data is absent)", () => {
  for (const [file, select, count, form] of FILES) {
    test(`${file} ${select ?? ""}: ${count} records, every literal kept`, async () => {
      const path = fileURLToPath(new URL(file, DATA));
      const source = compact(readFileSync(path, "utf8"));
      for (const highWaterMark of [1 << 20, 64 * 1024, 777]) {
        const records = await Array.fromAsync(
          readRecords(createReadStream(path, { highWaterMark }), {
            name: file,
            ...(select !== undefined && { select }),
          }),
        );
        const texts = records.flat().map((record) => compact(record.text));
        expect(texts.length).toBe(count);
        const joined = texts.join(form === "lines" ? "" : ",");
        const whole = form === "array" || form === "inside" ? `[${joined}]` : joined;
        expect(form === "inside" ? source.includes(whole) : whole === source).toBe(true);
        for (const [index, record] of records.flat().entries()) {
          const bound = new BoundRecord(entryOf(record, ORIGIN), STAMP);
          expect(compact(bound.json)).toBe(
            `{"raw":${texts[index]},"ext":{},"com":{"origin_worker":"data","audit_key":"a"}}`,
          );
          expect(bound.bytes).toBe(Buffer.byteLength(bound.json));
          if (highWaterMark > 777) continue;
          expect(JSON.parse(JSON.stringify(bound.value))).toEqual(JSON.parse(bound.json));
        }
      }
    });
  }

  test("Falco's nanoseconds survive as a value as well", async () => {
    const path = fileURLToPath(new URL("falco/single_rule_with_cat_write.json", DATA));
    const text = readFileSync(path, "utf8");
    const { records } = await read(text);
    const values = records.map((record) => new BoundRecord(entryOf(record, ORIGIN), STAMP).value.raw);
    expect(values.map((value) => JSON.stringify(value))).toEqual(text.trim().split("\n").map(compact));
    expect(JSON.stringify(JSON.parse(records[0]?.text ?? ""))).not.toBe(compact(records[0]?.text ?? ""));
  });

  test("wrappers get a hint of where the records are", async () => {
    const hints: Record<string, readonly SelectHint[]> = {};
    for (const file of new Set(FILES.map(([name]) => name))) {
      await read(readFileSync(new URL(file, DATA)), { onHint: (found) => (hints[file] = found.slice(0, 3)) });
    }
    expect(hints).toEqual({
      "trivy/issue_9170.json": [
        { path: "Resources", count: 13 },
        { path: "Resources.Results", count: 13 },
        { path: "Resources.Results.Misconfigurations", count: 37 },
      ],
      "kubescape/many_findings.json": [
        { path: "results", count: 44 },
        { path: "resources", count: 44 },
        { path: "results.controls", count: 710 },
      ],
      "npm-audit/multiple_cwes.json": [
        { path: "advisories", count: 41 },
        { path: "actions", count: 8 },
      ],
      "checkov/checkov_sample.json": [
        { path: "results.passed_checks", count: 204 },
        { path: "results.failed_checks", count: 28 },
      ],
    });
  });
});
