// Records that were given up: looked at, sent again, exported, removed, with the real command (issue 14).
import { createWriteStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ElasticsearchServer, startElasticsearch } from "../servers/elasticsearch/server.ts";
import { numbered, SearchProject as Setup } from "../support/search-project.ts";

const REFUSAL = { status: 400, type: "document_parsing_exception", reason: "failed to parse field [n] of type [long]" };

/** The server refuses every document with this in it. */
function refuse(server: ElasticsearchServer, part: string, reason = REFUSAL.reason): void {
  server.itemFault = (source) => (source.includes(part) ? { ...REFUSAL, reason } : undefined);
}

/** Writes records of which the server refuses those that are bad. @returns the run id */
async function writeRefused(setup: Setup, records: string, ...args: string[]): Promise<string> {
  refuse(setup.server, "bad");
  setup.file("in.ndjson", records);
  const { code, stdout } = await setup.run("write", "-c", "c.yaml", "in.ndjson", "--json", ...args);
  expect(code).toBe(1);
  setup.server.itemFault = undefined;
  return (JSON.parse(stdout) as { run: string }).run;
}

const lines = (count: number): string =>
  Array.from({ length: count }, (_, n) => `{"n":${n},"is":${n % 2 === 0 ? '"good"' : '"bad"'}}\n`).join("");

describe("records that a store refused", () => {
  test("are named by the receipt, listed, and shown to the byte", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    refuse(server, "bad");
    setup.file(
      "in.ndjson",
      '{"is":"bad","n":1.50,"big":14517067005933136034,"twice":1,"twice":2,"e":"\\u00e9"}\n{"n":2}\n',
    );
    const first = await setup.run("write", "-c", "c.yaml", "in.ndjson");
    expect(first.code).toBe(1);
    const run = /^Run (\S+): /u.exec(first.stdout)?.[1] ?? "";
    expect(first.stdout).toContain(`1 dead letter: cloudmarker dead-letters list --run ${run} --store search`);

    const list = await setup.run("dead-letters", "list", "--run", run, "--store", "search");
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(/^letters +store +code +last tried +sample +reason\n/u);
    expect(list.stdout).toContain("failed to parse field [n]");
    expect(list.stdout).toMatch(/^1 dead letter, \d+ bytes\. One of them: cloudmarker dead-letters show 1$/mu);
    const shown = await setup.run("dead-letters", "show", "1");
    expect(shown.stdout).toContain(
      '{"is":"bad","n":1.50,"big":14517067005933136034,"twice":1,"twice":2,"e":"\\u00e9"}',
    );
    expect(shown.stdout).toContain(`given up: `);
    expect((await setup.run("dead-letters", "show", "2")).code).toBe(64);
  });
});

describe("what cannot be undone", () => {
  test("is asked for: without a terminal --yes is needed", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(10));
    const purge = await setup.run("dead-letters", "purge", "--code", "nothing");
    expect([purge.code, purge.stdout]).toEqual([0, "0 dead letters removed.\n"]);
    const asked = await setup.run("dead-letters", "purge");
    expect([asked.code, asked.stderr]).toEqual([
      64,
      expect.stringMatching(
        /^error: Remove 5 dead letters \(\d.*\) for good\? There is no terminal to ask on\.\n {2}Say --yes\.\n$/u,
      ),
    ]);
    const done = await setup.run("dead-letters", "purge", "--yes", "--json");
    expect(JSON.parse(done.stdout)).toMatchObject({ removed: 5, exit: 0 });
    expect((await setup.run("dead-letters", "list")).stdout).toContain("There is no such dead letter");
  });
});

test("export ends when its reader is gone", async () => {
  await using server = await startElasticsearch();
  using setup = new Setup(server);
  await writeRefused(setup, lines(2000));
  const child = setup.start(["dead-letters", "export"]);
  child.stdout?.once("data", () => child.stdout?.destroy());
  child.stderr?.pipe(createWriteStream("/dev/null"));
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
});

test("export prints a line for each, which write refuses", async () => {
  await using server = await startElasticsearch();
  using setup = new Setup(server);
  await writeRefused(setup, lines(20));
  const exported = await setup.run("dead-letters", "export");
  expect([exported.code, exported.stderr, exported.stdout.split("\n").length]).toEqual([0, "", 11]);
  setup.file("out.ndjson", exported.stdout);
  const written = await setup.run("write", "-c", "c.yaml", "out.ndjson");
  expect([written.code, written.stderr]).toEqual([
    65,
    expect.stringContaining("cloudmarker dead-letters replay out.ndjson"),
  ]);
});

describe("runs forget", () => {
  test("makes dead letters of what is left, under the ids that the records had, and removes the run", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(250)));
    await server.stop();
    const args = ["write", "-c", "c.yaml", "--deadline", "300ms", "--run-id", "r1", "in.json"];
    expect((await setup.run(...args)).code).toBe(75);
    const asked = await setup.run("runs", "forget", "r1");
    expect([asked.code, asked.stderr]).toEqual([
      64,
      expect.stringContaining(
        "Forget the run r1, spooled 250 for search: 250 for search become dead letters? There is no",
      ),
    ]);
    const forgotten = await setup.run("runs", "forget", "r1", "--yes");
    expect([forgotten.code, forgotten.stdout]).toEqual([
      0,
      "The run r1 is forgotten.\n250 dead letters of it are kept: cloudmarker dead-letters list --run r1\n",
    ]);
    expect((await setup.run("runs")).stdout).toContain("No run is known in ");
    expect((await setup.run("runs", "forget", "r1", "--yes")).code).toBe(64);
    expect(readdirSync(join(setup.path, "cloudmarker", "runs"))).toEqual([]);
    const list = await setup.run("dead-letters", "list", "--code", "forgotten", "--json");
    expect(JSON.parse(list.stdout)).toMatchObject({ letters: 250 });
  });

  test("removes the receipt of a run that is over", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", "[{}]");
    expect((await setup.run("write", "-c", "c.yaml", "--run-id", "r1", "in.json")).code).toBe(0);
    const { code, stdout } = await setup.run("runs", "forget", "r1", "--yes", "--json");
    expect(JSON.parse(stdout)).toEqual({ run: "r1", forgotten: true, deadLettered: 0, lost: 0, exit: 0 });
    expect([code, (await setup.run("runs", "r1")).code]).toEqual([0, 64]);
  });
});
