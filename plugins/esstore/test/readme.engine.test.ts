import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@cloudmarker/core";
import { expect, onTestFinished, test } from "vitest";
import { describeEngine, sharedEngine, uniqueName } from "../../../test/engines/index.ts";
import esstore from "../src/index.ts";

const README = join(import.meta.dirname, "..", "README.md");

/** The queries of the README, as they stand there. */
const QUERIES = Array.from(
  readFileSync(README, "utf8").matchAll(/^```http\nGET audit-\*\/_search\n(.+?)\n```$/gmsu),
  ([, body = ""]) => body,
);

const FINDINGS = [
  ["f1", "CRITICAL", "arn:aws:s3:::logs", "2026-11-03T10:00:00Z"],
  ["f2", "LOW", "arn:aws:s3:::website", "2026-11-05T10:00:00Z"],
  ["f3", "CRITICAL", "arn:aws:iam::1:user/ci", "2026-10-30T10:00:00Z"],
] as const;

/** Ids of what is found, and what is counted by severity. */
interface Found {
  readonly hits: { readonly hits: readonly { readonly _source: { readonly com: { readonly record_id: string } } }[] };
  readonly aggregations?: { readonly by_severity: { readonly buckets: readonly object[] } };
}

describeEngine(["elasticsearch", "opensearch"], "the queries of the README", (name) => {
  test("find what they say", async () => {
    const { url } = await sharedEngine(name);
    const prefix = uniqueName("readme");
    const stateDir = mkdtempSync(join(tmpdir(), "esstore-test-"));
    onTestFinished(() => rmSync(stateDir, { recursive: true }));
    const params = {
      node: url,
      index: `${prefix}-%Y.%m`,
      fields: {
        severity: { from: "/raw/Severity/Label", type: "keyword" },
        title: { from: "/raw/Title", type: "text" },
        score: { from: "/raw/Score", type: "double" },
      },
      time: [{ from: "/raw/UpdatedAt" }],
    };
    const host = createHost({ stores: { search: { plugin: esstore, params } }, run: "20261123_145314", stateDir });
    await host.write(
      FINDINGS.map(([record_id, Label, Id, UpdatedAt], n) => ({
        raw: { Severity: { Label }, Resources: [{ Id }], UpdatedAt, Title: "Block public access", Score: 9.5 + n },
        ext: {},
        com: { record_id, origin_worker: "aws", cloud_type: "aws" },
      })),
    );
    await host.write({ raw: ["no object"], ext: {}, com: { record_id: "f4", origin_worker: "gcp" } });
    expect(await host.done()).toMatchObject({ ok: true, stores: [{ written: 4, diverted: 1 }] });
    await fetch(`${url}${prefix}-*/_refresh`, { method: "POST" });

    const found: Found[] = [];
    for (const body of QUERIES) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}${prefix}-*/_search`, { method: "POST", headers, body });
      expect(answer.status, `${body}`).toBe(200);
      found.push((await answer.json()) as Found);
    }
    const ids = found.map(({ hits }) => hits.hits.map(({ _source }) => _source.com.record_id));
    expect(ids[0]?.toSorted()).toEqual(["f1", "f3"]);
    expect(ids[1]).toEqual(["f1"]);
    // The record without a time of its own has that of the run.
    expect(ids[2]).toEqual(["f4", "f2", "f1", "f3"]);
    expect(found[3]?.aggregations?.by_severity.buckets).toMatchObject([
      { key: "CRITICAL", doc_count: 1 },
      { key: "LOW", doc_count: 1 },
    ]);
    expect(ids[4]?.toSorted()).toEqual(["f2", "f3"]);
    expect(ids[5]?.toSorted()).toEqual(["f1", "f2", "f3"]);
    expect(ids[6]).toEqual(["f4"]);
    expect(ids).toHaveLength(7);
    // The README says that a value inside raw cannot be searched like this.
    for (const query of [{ match_phrase: { "raw.Title": "public access" } }, { range: { "raw.Score": { gte: 10 } } }]) {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify({ query }) };
      const answer = await fetch(`${url}${prefix}-*/_count`, init);
      const { count = 0 } = (await answer.json()) as { count?: number };
      // All three have the words, and two the score.
      expect([query, count]).not.toEqual([query, "range" in query ? 2 : 3]);
    }
  });
});
