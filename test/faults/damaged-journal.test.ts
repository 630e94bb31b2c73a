// Issue 14: a journal that the disk has damaged. What can be read is delivered; of a file, the rest is read again.
import { rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type ElasticsearchServer,
  isBulk,
  startElasticsearch,
} from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { noise } from "../support/noise.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

const LINES = Array.from({ length: 600 }, (_, n) => `${JSON.stringify({ n, text: noise(500, n) })}\n`).join("");

const WRITE = ["write", "-c", "c.yaml", "--run-id", "r1", "--deadline", "300ms"];

/** Writes what the store does not take, and cuts the journal of the run in half. */
async function writeAndCut(
  server: ElasticsearchServer,
  folder: string,
  args: readonly string[],
  stdin: string,
): Promise<void> {
  const search = { plugin: "esstore", params: { node: server.url, index: "audit" } };
  const audits = { nightly: { stores: ["search"] } };
  writeFileSync(join(folder, "c.yaml"), JSON.stringify({ plugins: { search }, audits, run: ["nightly"] }));
  writeFileSync(join(folder, "in.ndjson"), LINES);
  server.faults.always({ kind: "hang", on: isBulk });
  expect((await runCli([...WRITE, ...args], folder, stdin)).code).toBe(75);
  const journal = join(folder, "cloudmarker", "runs", "r1.db");
  truncateSync(journal, Math.floor(statSync(journal).size / 2));
}

test.each(["file", "pipe"])("a journal of a %s that is cut in half (issue 14)", async (input) => {
  await using server = await startElasticsearch();
  using project = new Project();
  const isFile = input === "file";
  await writeAndCut(server, project.path, isFile ? ["in.ndjson"] : [], isFile ? "" : LINES);
  server.faults.clear();
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

test("what was read again is in the journal: nothing is damaged for the next resume (issue 14)", async () => {
  await using server = await startElasticsearch();
  using project = new Project();
  await writeAndCut(server, project.path, ["in.ndjson"], "");
  const again = await runCli(["resume", "r1", "--deadline", "300ms"], project.path);
  expect(again).toMatchObject({ code: 75, stderr: expect.stringContaining("is damaged:") });
  const { stdout: listed } = await runCli(["runs"], project.path);
  expect(listed).toContain("spooled 600 for search");
  expect(listed).not.toContain("interrupted");
  rmSync(join(project.path, "in.ndjson"));
  server.faults.clear();
  const { code, stdout, stderr } = await runCli(["resume", "r1", "--json"], project.path);
  expect(stderr).not.toContain("damaged");
  expect(JSON.parse(stdout)).toMatchObject({ runs: [{ ok: true, received: 600, stores: [{ written: 600 }] }] });
  expect([code, server.documents("audit").size]).toEqual([0, 600]);
});
