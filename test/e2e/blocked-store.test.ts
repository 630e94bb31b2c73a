// Issue 14: a store that takes nothing, because of its password or because it is not configured, costs no record.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { Project } from "../support/project.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";

const RECORDS = 10_000;

/** A folder with an input of 10,000 records. */
class Setup extends Project {
  constructor() {
    super();
    const lines = Array.from({ length: RECORDS }, (_, n) => `${JSON.stringify({ n })}\n`);
    writeFileSync(join(this.path, "in.ndjson"), lines.join(""));
  }

  /** Writes the configuration, with these stores by key. */
  configure(plugins: Readonly<Record<string, object>>): void {
    const audits = { nightly: { stores: Object.keys(plugins) } };
    writeFileSync(join(this.path, "c.yaml"), JSON.stringify({ plugins, audits, run: ["nightly"] }));
  }

  run(...args: string[]): Promise<CliResult> {
    return runCli(args, this.path);
  }
}

function search(node: string, password: string): object {
  return { plugin: "esstore", params: { node, index: "audit", username: "u", password } };
}

test("a wrong password: 10,000 records wait, and resume delivers them once it is mended (issue 14)", async () => {
  await using server = await startElasticsearch({ auth: { username: "u", password: "right" } });
  using setup = new Setup();
  setup.configure({ search: search(server.url, "wrong") });
  const write = await setup.run("write", "-c", "c.yaml", "--run-id", "r1", "--deadline", "1s", "--json", "in.ndjson");
  expect(write.code).toBe(75);
  expect(JSON.parse(write.stdout)).toMatchObject({
    received: RECORDS,
    complete: true,
    stores: [{ accepted: RECORDS, written: 0, spooled: RECORDS, deadLettered: 0, lost: 0 }],
    next: "cloudmarker resume r1",
  });
  const again = await setup.run("resume", "r1", "--deadline", "1s", "--json");
  expect([again.code, JSON.parse(again.stdout)]).toMatchObject([75, { runs: [{ stores: [{ spooled: RECORDS }] }] }]);

  setup.configure({ search: search(server.url, "right") });
  const resumed = await setup.run("resume", "r1", "--json");
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    runs: [
      {
        ok: true,
        received: RECORDS,
        stores: [{ accepted: RECORDS, written: RECORDS, duplicate: 0, spooled: 0, deadLettered: 0, lost: 0 }],
      },
    ],
  });
  expect([resumed.code, server.documents("audit").size, server.duplicates]).toEqual([0, RECORDS, 0]);
});

test("a store that was removed from the configuration: its records are kept, and that is told (issue 14)", async () => {
  await using server = await startElasticsearch({ auth: { username: "u", password: "right" } });
  await using other = await startElasticsearch();
  using setup = new Setup();
  const copy = { plugin: "esstore", params: { node: other.url, index: "copy" } };
  setup.configure({ search: search(server.url, "wrong"), copy });
  const write = await setup.run("write", "-c", "c.yaml", "--run-id", "r1", "--deadline", "2s", "in.ndjson");
  expect([write.code, other.documents("copy").size]).toEqual([75, RECORDS]);

  setup.configure({ copy });
  const resumed = await setup.run("resume", "r1");
  expect(resumed.stdout + resumed.stderr).toContain("search");
  expect(resumed.code).toBe(75);
  expect((await setup.run("runs")).stdout).toContain("spooled 10,000 for search");
  expect(other.documents("copy").size).toBe(RECORDS);

  setup.configure({ search: search(server.url, "right"), copy });
  expect((await setup.run("resume", "r1")).code).toBe(0);
  expect([server.documents("audit").size, other.duplicates + other.updated]).toEqual([RECORDS, 0]);
});
