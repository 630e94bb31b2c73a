// Records that were given up: looked at, sent again, exported, removed, with the real command (issue 14).
import { createWriteStream, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type ElasticsearchServer,
  startElasticsearch,
} from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";
import { indexed, numbered, SearchProject as Setup } from "../support/search-project.ts";

const REFUSAL = { status: 400, type: "document_parsing_exception", reason: "failed to parse field [n] of type [long]" };

/** The server refuses every document with this in it. */
function refuse(server: ElasticsearchServer, part: string, reason = REFUSAL.reason): void {
  server.itemFault = (source) => (source.includes(part) ? { ...REFUSAL, reason } : undefined);
}

/** Writes records of which the server refuses those with `"bad"`. @returns the run id */
async function writeRefused(setup: Setup, records: string, ...args: string[]): Promise<string> {
  refuse(setup.server, "bad");
  setup.file("in.ndjson", records);
  const { code, stdout } = await setup.run("write", "-c", "c.yaml", "in.ndjson", "--json", ...args);
  expect(code).toBe(1);
  setup.server.itemFault = undefined;
  return (JSON.parse(stdout) as { run: string }).run;
}

/** NDJSON of so many records; every second one is bad. */
const lines = (count: number): string =>
  Array.from({ length: count }, (_, n) => `{"n":${n},"is":"${n % 2 === 0 ? "good" : `bad${n}.`}"}\n`).join("");

describe("records that a store refused", () => {
  test("are named by the receipt, listed, shown, and sent again to the byte under their ids", async () => {
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

    server.itemFault = undefined;
    const refused = server.received.slice(0, 1);
    const replayed = await setup.run("dead-letters", "replay", "--run", run);
    expect(replayed.stdout).toMatch(/^Replay \S+: 1 dead letter sent again in .*, all delivered\.\n/u);
    expect(replayed.code).toBe(0);
    expect([...server.documents("audit").keys()]).toContain(refused[0]);
    const source = [...server.documents("audit").values()].find((text) => text.includes('"bad"'));
    expect(source).toContain(
      '"raw":{"is":"bad","n":1.50,"big":14517067005933136034,"twice":1,"twice":2,"e":"\\u00e9"}',
    );

    const again = await setup.run("dead-letters", "replay");
    expect([again.code, again.stdout, server.indexed]).toEqual([0, "", 2]);
    expect(again.stderr).toContain("No dead letter is kept in ");
    expect((await setup.run("dead-letters", "list")).stdout).toContain("No dead letter is kept in ");
    const other = await setup.run("dead-letters", "list", "--code", "other");
    expect(other.stdout).toContain("No dead letter fits the options in ");
    const arrived = await setup.run("dead-letters", "list", "--state", "replayed");
    expect(arrived.stdout).toMatch(/^1 dead letter, /mu);
  });

  test("are kept with their new reason where they are refused again, and the receipt adds up (exit 1)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(100));
    refuse(server, "bad99.", "another reason");
    const { code, stdout } = await setup.run("dead-letters", "replay", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      letters: 50,
      replays: [{ stores: [{ store: "search", accepted: 50, written: 49, deadLettered: 1, spooled: 0, lost: 0 }] }],
      exit: 1,
    });
    const list = await setup.run("dead-letters", "list", "--json");
    expect(JSON.parse(list.stdout)).toMatchObject({
      letters: 1,
      groups: [{ audit: "nightly", store: "search", count: 1, reason: expect.stringContaining("another reason") }],
    });
    const [{ sample }] = (JSON.parse(list.stdout) as { groups: [{ sample: number }] }).groups;
    const shown = await setup.run("dead-letters", "show", String(sample));
    expect(shown.stdout).toMatch(/given up: .*failed to parse field.*\n.*given up: .*another reason/u);
    expect(server.documents("audit").size).toBe(99);
  });

  test("stay as they are while the store is away (exit 75), and options choose among them", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    const one = await writeRefused(setup, lines(10));
    const two = await writeRefused(setup, lines(6));
    await server.stop();
    const away = await setup.run("dead-letters", "replay", "--deadline", "300ms", "--json");
    expect(away.code).toBe(75);
    expect(JSON.parse(away.stdout)).toMatchObject({ replays: [{ stores: [{ accepted: 8, spooled: 8 }] }] });
    await server.restart();
    const count = async (...args: string[]): Promise<unknown> =>
      (JSON.parse((await setup.run("dead-letters", "list", "--json", ...args)).stdout) as { letters: number }).letters;
    expect(await count("--run", one)).toBe(5);
    expect(await count("--run", two, "--store", "search", "--audit", "nightly", "--since", "1h")).toBe(3);
    expect(await count("--reason", "failed to parse field [n]")).toBe(8);
    expect(await count("--reason", "nothing like that")).toBe(0);
    expect(await count("--since", "2999-01-01")).toBe(0);
    expect(await count("--id", "1", "--id", "2")).toBe(2);
    expect((await setup.run("dead-letters", "list", "--since", "yesterday")).code).toBe(64);
    const replayed = await setup.run("dead-letters", "replay", "--run", two);
    expect([replayed.code, await count()]).toEqual([0, 5]);
  });

  test("are sent to another store with --to", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    const config = JSON.parse(readFileSync(join(setup.path, "c.yaml"), "utf8")) as { plugins: object };
    const archive = { plugin: "filestore", params: { path: "./out", format: "ndjson" } };
    setup.file("c.yaml", JSON.stringify({ ...config, plugins: { ...config.plugins, archive } }));
    await writeRefused(setup, lines(10));
    const { code, stdout } = await setup.run("dead-letters", "replay", "--to", "archive");
    expect([code, stdout]).toEqual([0, expect.stringContaining("all delivered")]);
    expect(stdout).not.toContain("incomplete");
    expect(stdout).toMatch(
      /^archive: These may not be all records of the run, so in\.ndjson is not published\. The records of this run are in/mu,
    );
    const [file = ""] = readdirSync(join(setup.path, "out"));
    expect(
      readFileSync(join(setup.path, "out", file), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(5);
    expect(server.documents("audit").size).toBe(5);
  });

  test("that another store refuses as well stay under their own, and the list says where they were sent", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    const config = JSON.parse(readFileSync(join(setup.path, "c.yaml"), "utf8")) as { plugins: { search: object } };
    setup.file("c.yaml", JSON.stringify({ ...config, plugins: { ...config.plugins, second: config.plugins.search } }));
    await writeRefused(setup, lines(10));
    const unknown = await setup.run("dead-letters", "replay", "--to", "secnd");
    expect([unknown.code, unknown.stderr]).toEqual([
      64,
      "error: --to secnd: the configuration has no such store. Did you mean second?\n  It has filestore, esstore, mongodbstore, search, second.\n",
    ]);
    refuse(server, "bad");
    const { code, stdout } = await setup.run("dead-letters", "replay", "--to", "second");
    expect(code).toBe(1);
    expect(stdout).toContain("second: 5 dead letters refused again: cloudmarker dead-letters list --store search\n");
    const list = await setup.run("dead-letters", "list", "--store", "search");
    expect(list.stdout).toMatch(/^ +5 +search \(sent to second\) /mu);
    const groups: unknown = JSON.parse((await setup.run("dead-letters", "list", "--json")).stdout);
    expect(groups).toMatchObject({ groups: [{ store: "search", to: "second" }] });
  });

  test("and had arrived are not called kept where they cannot be sent once more", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(10));
    expect((await setup.run("dead-letters", "replay")).code).toBe(0);
    const other = { plugins: { other: { plugin: "filestore", params: { path: "./out" } } } };
    setup.file("other.yaml", JSON.stringify({ ...other, audits: { nightly: { stores: ["other"] } } }));
    const { code, stdout } = await setup.run("dead-letters", "replay", "--state", "replayed", "-c", "other.yaml");
    expect(code).toBe(75);
    expect(stdout).toContain("search: 5 dead letters not sent now; they had arrived before\n");
    expect(stdout).not.toContain("kept");
  });
});

describe("a replay that does not come to its end", () => {
  test("by kill -9 is repeated: all of them arrive, and none is there twice", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(2000));
    const some = indexed(server, 1300);
    const child = setup.start(["dead-letters", "replay"]);
    const ended = new Promise((resolve) => child.once("close", resolve));
    await some;
    child.kill("SIGKILL");
    await ended;
    server.itemFault = undefined;
    server.faults.clear();
    const { code, stdout } = await setup.run("dead-letters", "replay", "--json");
    expect(code).toBe(0);
    const { letters } = JSON.parse(stdout) as { letters: number };
    expect(letters).toBeLessThanOrEqual(1000);
    expect(letters).toBeGreaterThanOrEqual(700);
    expect([server.documents("audit").size, server.updated]).toEqual([2000, 0]);
  });

  test("by a signal leaves what did not arrive, and says so (exit 75)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(2000));
    const some = indexed(server, 1300);
    const child = setup.start(["dead-letters", "replay", "--json"]);
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await some;
    child.kill("SIGINT");
    expect(await ended).toBe(75);
    expect(stderr).toContain("SIGINT: nothing more is sent; what did not arrive stays a dead letter.\n");
    const [{ stores }] = (JSON.parse(stdout) as { replays: [{ stores: [{ written: number; spooled: number }] }] })
      .replays;
    expect(stores).toMatchObject([{ accepted: 1000, deadLettered: 0, lost: 0 }]);
    expect(stores[0].written + stores[0].spooled).toBe(1000);
    server.itemFault = undefined;
    server.faults.clear();
    expect((await setup.run("dead-letters", "replay")).code).toBe(0);
    expect([server.documents("audit").size, server.updated]).toEqual([2000, 0]);
  });
});

test("letters of several runs, stores and configurations go in one call, and a secret that lacks is named", async () => {
  await using server = await startElasticsearch({ auth: { username: "u", password: "s3cret-w0rd" } });
  using setup = new Setup(server);
  refuse(server, "bad");
  setup.file("in.ndjson", lines(10));
  const params = [`node=${server.url}`, "index=lines", "username=u", "password=s3cret-w0rd"];
  const args = params.flatMap((param) => ["--param", param]);
  expect((await setup.run("write", "--store", "esstore", ...args, "in.ndjson")).code).toBe(1);
  const config = JSON.parse(readFileSync(join(setup.path, "c.yaml"), "utf8")) as {
    plugins: { search: { params: object } };
  };
  const search = {
    ...config.plugins.search,
    params: { ...config.plugins.search.params, username: "u", password: "s3cret-w0rd" },
  };
  const other = { ...search, params: { ...search.params, index: "other" } };
  setup.file(
    "c.yaml",
    JSON.stringify({
      plugins: { search, other },
      audits: { nightly: { stores: ["search", "other"] } },
      run: ["nightly"],
    }),
  );
  for (let run = 0; run < 2; run++) {
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    expect((await setup.run("write", "-c", "c.yaml", "in.ndjson")).code).toBe(1);
  }
  server.itemFault = undefined;
  const without = await setup.run("dead-letters", "replay", "--json");
  expect(without.code).toBe(64);
  expect(without.stderr).toContain("Give it again: --param esstore.password=…");
  expect(JSON.parse(without.stdout)).toMatchObject({
    letters: 25,
    replays: [
      { error: { code: "SECRET_MISSING" } },
      {
        stores: expect.arrayContaining([
          expect.objectContaining({ store: "search", accepted: 10, written: 10 }),
          expect.objectContaining({ store: "other", accepted: 10, written: 10 }),
        ]),
      },
    ],
  });
  const given = await setup.run("dead-letters", "replay", "--param", "esstore.password=s3cret-w0rd");
  expect([given.code, server.documents("lines").size]).toEqual([0, 10]);
  const useless = await setup.run("dead-letters", "replay", "--state", "replayed", "--param", "esstore.passwort=x");
  expect([useless.code, useless.stderr]).toEqual([64, expect.stringContaining("--param number 1 is no secret")]);
});

/** A line of a file of earlier versions. */
const oldLine = (n: number): string =>
  `{"time":"2026-11-23T14:53:14.009Z","run":"20261123_145314","audit":"nightly","store":"search","code":"deadline",` +
  `"reason":"a \\"reason\\"","attempts":7,"id":"${String(n).padStart(32, "0")}",` +
  `"record":{"raw":{"n":${n}.0,"twice":1,"twice":2},"ext":{},"com":{"audit_key":"nightly"}}}`;

test("a store that had them after all has them once: its answer never came (ES-07, MG-09)", async () => {
  await using mongo = await startMongo();
  using project = new Project();
  const config = {
    plugins: { web: { plugin: "mongodbstore", params: { uri: mongo.uri } } },
    audits: { nightly: { stores: ["web"], id: "/raw/n" } },
    run: ["nightly"],
    delivery: { spool: false, deadline: "500ms" },
  };
  writeFileSync(join(project.path, "c.yaml"), JSON.stringify(config));
  // Both are inserted, and the answer never comes.
  mongo.faults.always({ kind: "hang", applied: true });
  const input = '{"n": 1.0}{"n":2, "t":"\\u00e9 \\" }"}{"n":1e2,"record":{"n":3}}';
  const first = await runCli(["write", "-c", "c.yaml", "--json"], project.path, input);
  expect(JSON.parse(first.stdout)).toMatchObject({
    stores: [{ written: 0, deadLettered: 3, reasons: [{ code: "deadline" }] }],
  });
  mongo.faults.clear();
  const { code, stdout } = await runCli(["dead-letters", "replay", "--json"], project.path);
  expect(JSON.parse(stdout)).toMatchObject({ replays: [{ stores: [{ accepted: 3, written: 0, duplicate: 3 }] }] });
  expect([code, [...mongo.documents("cloudmarker.cloudmarker").keys()].length]).toEqual([0, 3]);
});

describe("files of dead letters", () => {
  test("what export prints is refused by write, and sent by replay: once, to the byte (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(20));
    const exported = await setup.run("dead-letters", "export");
    expect([exported.code, exported.stderr]).toEqual([0, ""]);
    setup.file("out.ndjson", exported.stdout);
    const written = await setup.run("write", "-c", "c.yaml", "out.ndjson");
    expect([written.code, written.stderr]).toEqual([
      65,
      expect.stringContaining("cloudmarker dead-letters replay out.ndjson"),
    ]);
    const args = ["--state-dir", "./elsewhere", "-c", "c.yaml"];
    const replayed = await setup.run("dead-letters", "replay", "out.ndjson", ...args);
    expect(replayed.stdout).toMatch(/^Replay \S+: 10 dead letters sent again in .*, all delivered\.\n/u);
    expect([replayed.code, server.documents("audit").size]).toEqual([0, 20]);
    const again = await setup.run("dead-letters", "replay", "out.ndjson", ...args);
    expect([again.code, server.indexed, server.duplicates]).toEqual([0, 20, 0]);
    expect(again.stderr).toBe(
      "The 10 dead letters of the input arrived when they were sent again before: nothing was sent now.\n",
    );
    const here = await setup.run("dead-letters", "replay");
    expect([here.code, server.indexed, server.duplicates]).toEqual([0, 20, 10]);
  });

  test("of earlier versions are sent; torn lines are skipped, counted and named, and the exit is 65 (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    const torn = oldLine(5).slice(0, 250);
    setup.file(
      "old.ndjson",
      `${oldLine(1)}\n${torn}\n${oldLine(2)}\n{"some":"thing"}\n${oldLine(3)}\n${oldLine(3).slice(0, 100)}`,
    );
    const { code, stdout, stderr } = await setup.run("dead-letters", "replay", "old.ndjson", "-c", "c.yaml");
    expect(code).toBe(65);
    expect(stdout).toContain("3 dead letters sent again");
    expect(stderr).toContain("error: 3 lines are no dead letters, and were skipped\n");
    expect(stderr).toMatch(/^ {2}old\.ndjson:2: /mu);
    expect(stderr).toContain('  old.ndjson: an object, but no dead letter: {"some":"thing"}\n');
    expect([...server.documents("audit").keys()].toSorted()).toEqual([1, 2, 3].map((n) => String(n).padStart(32, "0")));
    expect([...server.documents("audit").values()].join("")).toContain('{"raw":{"n":2.0,"twice":1,"twice":2},');
    const again = await setup.run("dead-letters", "replay", "-", "-c", "c.yaml", "--json");
    expect([again.code, server.indexed]).toEqual([0, 3]);
    expect(again.stderr).toBe("The input has no dead letter.\n");
  });
});

test("replay names the configuration before it sends letters of a run that is not known, unless -c does", async () => {
  await using server = await startElasticsearch();
  using setup = new Setup(server);
  setup.file("old.ndjson", `${oldLine(1)}\n`);
  setup.file("cloudmarker.yaml", readFileSync(join(setup.path, "c.yaml")));
  const { code, stdout, stderr } = await setup.run("dead-letters", "replay", "old.ndjson");
  expect(stderr).toMatch(/^Nothing is known of the run 20261123_145314\. Configuration: \S+cloudmarker\.yaml$/mu);
  expect(stdout).toMatch(/\nConfiguration: \S+cloudmarker\.yaml\n$/u);
  expect([code, server.indexed]).toEqual([0, 1]);
  setup.file("older.ndjson", `${oldLine(2)}\n`);
  const named = await setup.run("dead-letters", "replay", "older.ndjson", "-c", "c.yaml");
  expect([named.code, named.stderr.includes("Configuration: ")]).toEqual([0, false]);
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
    expect((await setup.run("dead-letters", "list")).stdout).toContain("No dead letter is kept in ");
  });

  test("as is a replay of more than 1,000", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    await writeRefused(setup, lines(2004));
    const asked = await setup.run("dead-letters", "replay");
    expect([asked.code, asked.stderr]).toEqual([64, expect.stringContaining("Send 1,002 dead letters (")]);
    const done = await setup.run("dead-letters", "replay", "--yes");
    expect([done.code, server.documents("audit").size]).toEqual([0, 2004]);
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
    await server.restart();
    const list = await setup.run("dead-letters", "list", "--code", "forgotten", "--json");
    expect(JSON.parse(list.stdout)).toMatchObject({ letters: 250 });
    expect((await setup.run("dead-letters", "replay", "-c", "c.yaml")).code).toBe(0);
    expect(setup.numbers).toEqual(numbered(250).map((_, n) => n));
    expect((await setup.run(...args)).code).toBe(0);
    expect([server.indexed, server.duplicates]).toEqual([250, 250]);
  });

  test("leaves its dead letters the configuration of the run: replay sends them nowhere else (issue 14)", async () => {
    await using server = await startElasticsearch();
    await using other = await startElasticsearch();
    using setup = new Setup(server);
    using elsewhere = new Setup(other);
    setup.file("in.json", JSON.stringify(numbered(20)));
    await server.stop();
    const args = ["write", "-c", "c.yaml", "--deadline", "300ms", "in.json"];
    expect((await setup.run(...args, "--run-id", "r1")).code).toBe(75);
    await setup.killed(["-c", "c.yaml", "--run-id", "r2", "in.json"], async () => undefined);
    expect((await setup.run("runs", "forget", "r1", "--yes")).code).toBe(0);
    expect((await setup.run("runs", "forget", "r2", "--yes")).code).toBe(0);
    expect((await setup.run("runs")).stdout).toContain("No run is known in ");
    await server.restart();
    const state = join(setup.path, "cloudmarker");
    elsewhere.file("cloudmarker.yaml", readFileSync(join(elsewhere.path, "c.yaml")));
    const replayed = await elsewhere.run("dead-letters", "replay", "--run", "r1", "--state-dir", state);
    expect(replayed.stdout).toMatch(/, all delivered\.\n/u);
    expect(replayed.stdout).toMatch(/\nConfiguration: \S+c\.yaml\n$/u);
    expect([replayed.code, server.indexed, other.indexed]).toEqual([0, 20, 0]);
    expect(replayed.stderr).not.toContain("Configuration: ");
    const rest = await elsewhere.run("dead-letters", "replay", "--state-dir", state);
    expect([rest.code, other.indexed]).toEqual([0, 0]);
  });

  test("removes a run that is over from the list", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", "[{}]");
    expect((await setup.run("write", "-c", "c.yaml", "--run-id", "r1", "in.json")).code).toBe(0);
    const { code, stdout } = await setup.run("runs", "forget", "r1", "--yes", "--json");
    expect(JSON.parse(stdout)).toEqual({ run: "r1", forgotten: true, deadLettered: 0, lost: 0, exit: 0 });
    expect([code, (await setup.run("runs", "r1")).code]).toEqual([0, 64]);
  });
});
