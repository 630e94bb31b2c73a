// Issue 14: a journal that the disk has damaged. What can be read is delivered; of a file, the rest is read again.
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isBulk, startElasticsearch } from "../servers/elasticsearch/server.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

const LINES = Array.from({ length: 600 }, (_, n) => `${JSON.stringify({ n, text: "x".repeat(500) })}\n`).join("");

test.each(["file", "pipe"])("a journal of a %s that is cut in half (issue 14)", async (input) => {
  await using server = await startElasticsearch();
  using project = new Project();
  const search = { plugin: "esstore", params: { node: server.url, index: "audit" } };
  const audits = { nightly: { stores: ["search"] } };
  writeFileSync(join(project.path, "c.yaml"), JSON.stringify({ plugins: { search }, audits, run: ["nightly"] }));
  writeFileSync(join(project.path, "in.ndjson"), LINES);
  server.faults.always({ kind: "hang", on: isBulk });
  const args = ["write", "-c", "c.yaml", "--run-id", "r1", "--deadline", "300ms"];
  const isFile = input === "file";
  const written = await runCli(isFile ? [...args, "in.ndjson"] : args, project.path, isFile ? "" : LINES);
  expect(written.code).toBe(75);
  server.faults.clear();
  const journal = join(project.path, "cloudmarker", "runs", "r1.db");
  truncateSync(journal, Math.floor(statSync(journal).size / 2));
  const { code, stdout, stderr } = await runCli(["resume", "r1", "--json"], project.path);
  expect(stderr).toContain("error: The journal of the run r1 is damaged:");
  const { size } = server.documents("audit");
  const lost = isFile ? 0 : 600 - size;
  expect(JSON.parse(stdout)).toMatchObject({
    runs: [
      { received: 600, stores: [{ accepted: 600, written: size, duplicate: 0, spooled: 0, deadLettered: 0, lost }] },
    ],
  });
  expect([code, size + lost]).toEqual([isFile ? 0 : 1, 600]);
});
