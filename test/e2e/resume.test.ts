import type { ChildProcess } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { platform } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { isBulk, startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { noise } from "../support/noise.ts";
import { indexed, numbered, SearchProject as Setup, upTo } from "../support/search-project.ts";

describe("a run that kill -9 ended", () => {
  const forms: [string, string, (records: object[]) => string | Uint8Array, string[]][] = [
    ["NDJSON", "in.ndjson", (records) => records.map((record) => `${JSON.stringify(record)}\n`).join(""), []],
    ["an array", "in.json", (records) => JSON.stringify(records), []],
    ["gzip", "in.ndjson.gz", (r) => gzipSync(r.map((record) => `${JSON.stringify(record)}\n`).join("")), []],
    ["a list in a wrapper", "in.json", (records) => JSON.stringify({ a: { b: records } }), ["--select", "a.b"]],
  ];
  test.each(forms)(
    "is resumed in the middle of a file with %s: nothing is lost, nothing is twice (issue 14)",
    async (_form, name, write, args) => {
      await using server = await startElasticsearch();
      using setup = new Setup(server);
      setup.file(name, write(numbered(5000)));
      const some = indexed(server, 700);
      const run = await setup.killed(["-c", "c.yaml", name, ...args], () => some);
      expect(setup.numbers.length).toBeLessThan(5000);
      server.itemFault = undefined;
      server.faults.clear();
      const listed = await setup.run("runs");
      // Nothing holds the reading up, so that a slow machine may have read all of it by then.
      expect(listed.stdout).toMatch(/interrupted: (?:in\.\S+ at byte [\d,]+ of [\d,]+|spooled [\d,]+ for search)/u);
      const { code, stdout, stderr } = await setup.run("resume", run);
      expect(stdout).toMatch(new RegExp(`^Run ${run}: 5,000 records in .*, all delivered\\.\n`, "u"));
      expect([code, stderr.includes("error")]).toEqual([0, false]);
      expect(setup.numbers).toEqual(upTo(5000));
      expect(server.updated).toBe(0);
      expect((await setup.run("runs")).stdout).toMatch(/delivered\n$/u);
    },
  );

  test("right behind the line that names it is known, and its file is read from the beginning (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file(
      "in.ndjson",
      numbered(300)
        .map((record) => `${JSON.stringify(record)}\n`)
        .join(""),
    );
    const run = await setup.killed(["-c", "c.yaml", "in.ndjson"], async () => undefined);
    const { code } = await setup.run("resume", run);
    expect(code).toBe(0);
    expect(setup.numbers).toEqual(upTo(300));
  });

  test("by a link that leads to another file now is read on in the file that it was", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("monday.json", JSON.stringify(numbered(3000)));
    setup.file("tuesday.json", "[]");
    symlinkSync("monday.json", join(setup.path, "latest.json"));
    const some = indexed(server, 700);
    const run = await setup.killed(["-c", "c.yaml", "latest.json"], () => some);
    rmSync(join(setup.path, "latest.json"));
    symlinkSync("tuesday.json", join(setup.path, "latest.json"));
    server.itemFault = undefined;
    server.faults.clear();
    const { code } = await setup.run("resume", run);
    expect([code, setup.numbers]).toEqual([0, upTo(3000)]);
  });

  test.runIf(platform() === "linux")(
    "while its standard input was a file that another program had begun to read: it is read on from there (issue 14)",
    async () => {
      await using server = await startElasticsearch();
      using setup = new Setup(server);
      setup.file(
        "in.ndjson",
        `${"x".repeat(99)}\n${numbered(3000)
          .map((record) => `${JSON.stringify(record)}\n`)
          .join("")}`,
      );
      const input = openSync(join(setup.path, "in.ndjson"), "r");
      readSync(input, Buffer.alloc(100));
      const some = indexed(server, 700);
      const run = await setup.killed(["-c", "c.yaml"], () => some, input);
      closeSync(input);
      server.itemFault = undefined;
      server.faults.clear();
      const { code, stdout } = await setup.run("resume", run);
      expect(stdout).toMatch(new RegExp(`^Run ${run}: 3,000 records in .*, all delivered\\.\n`, "u"));
      expect([code, setup.numbers]).toEqual([0, upTo(3000)]);
      expect(server.updated).toBe(0);
    },
  );

  test("while a pipe was read: what was committed is delivered, and the receipt says that the rest is missing", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    server.faults.always({ kind: "hang", on: isBulk });
    const lines = numbered(500)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join("");
    const run = await setup.killed(
      ["-c", "c.yaml"],
      async () => {
        // An empty journal takes 650,000 bytes. While it grows, the commit is under way.
        for (let bytes = 0, same = 0; bytes < 1_000_000 || same < 20;) {
          // oxlint-disable-next-line no-await-in-loop -- until the journal has them
          await delay(10);
          const now = journalBytes(setup);
          same = now === bytes ? same + 1 : 0;
          bytes = now;
        }
      },
      lines,
    );
    server.faults.clear();
    const { code, stdout, stderr } = await setup.run("resume", run);
    expect(code).toBe(1);
    const records = Number(/: (\d+) records in /u.exec(stdout)?.[1]);
    expect(records).toBeGreaterThanOrEqual(256);
    expect(stdout).toContain("INCOMPLETE: the input was not read to its end; what was read is delivered.");
    expect(stderr).toContain("stdin is not read on: it is no file with a known name, so that it cannot be read again.");
    expect(setup.numbers).toEqual(upTo(records));
  });

  test("with a FileStore beside it is read again from the beginning: both have everything once", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    const config = JSON.parse(readFileSync(join(setup.path, "c.yaml"), "utf8")) as { plugins: object };
    const plugins = {
      ...config.plugins,
      archive: { plugin: "filestore", params: { path: "./out", format: "ndjson" } },
    };
    const audits = { nightly: { stores: ["search", "archive"] } };
    setup.file("c.yaml", JSON.stringify({ ...config, plugins, audits }));
    setup.file("in.json", JSON.stringify(numbered(3000)));
    const some = indexed(server, 700);
    const run = await setup.killed(["-c", "c.yaml", "in.json"], () => some);
    server.itemFault = undefined;
    server.faults.clear();
    const { code, stdout } = await setup.run("resume", run, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      runs: [
        {
          received: 3000,
          complete: true,
          stores: [
            { accepted: 3000, spooled: 0, lost: 0 },
            { accepted: 3000, written: 3000 },
          ],
        },
      ],
    });
    expect(code).toBe(0);
    expect(setup.numbers).toEqual(upTo(3000));
    expect(publishedIn(setup, "in.ndjson")).toEqual(upTo(3000));
  });

  test.each([{}, { spool: true }])(
    "replaces no file that a younger run has published since, and says so: FileStore with delivery %j",
    async (delivery) => {
      await using server = await startElasticsearch();
      using setup = new Setup(server);
      const archive = { plugin: "filestore", params: { path: "./out", format: "ndjson" }, delivery };
      const audits = { nightly: { stores: ["archive"] } };
      setup.file("c.yaml", JSON.stringify({ plugins: { archive }, audits, run: ["nightly"] }));
      for (const folder of ["old", "new"]) mkdirSync(join(setup.path, folder));
      setup.file("old/in.json", JSON.stringify(numbered(5000)));
      setup.file("old/more.json", JSON.stringify(numbered(3)));
      setup.file("new/in.json", JSON.stringify([{ n: -1 }]));
      const inputs = ["old/in.json", "old/more.json"];
      const run = await setup.killed(["-c", "c.yaml", "--run-id", "fo1", ...inputs], async () => undefined);
      expect((await setup.run("write", "-c", "c.yaml", "--no-resume", "--run-id", "fn1", "new/in.json")).code).toBe(0);
      const { code, stdout } = await setup.run("resume", run, "--json");
      expect(code).toBe(0);
      expect(publishedIn(setup, "in.ndjson")).toEqual([-1]);
      expect(publishedIn(setup, "more.ndjson")).toEqual(upTo(3));
      const note =
        /A younger run, fn1, has published in\.ndjson, so it stays as it was; the records of this run are in (in\.fo1(?:-2)?\.partial\.ndjson)\./u;
      const [, beside = ""] = note.exec(stdout) ?? [];
      expect(stdout).toMatch(note);
      expect(publishedIn(setup, beside)).toEqual(upTo(5000));
    },
  );

  test("a resume that is killed as well is resumed again", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(4000)));
    const first = indexed(server, 500);
    const run = await setup.killed(["-c", "c.yaml", "in.json"], () => first);
    server.faults.clear();
    const more = indexed(server, 1500);
    const child = setup.start(["resume", run]);
    await more;
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    server.itemFault = undefined;
    server.faults.clear();
    const { code, stdout } = await setup.run("resume", run);
    expect(stdout).toContain("4,000 records in ");
    expect([code, setup.numbers]).toEqual([0, upTo(4000)]);
  });

  test("a file that was changed since is not read on, and why is told", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(3000)));
    const some = indexed(server, 200);
    const run = await setup.killed(["-c", "c.yaml", "in.json"], () => some);
    server.itemFault = undefined;
    server.faults.clear();
    setup.file("in.json", "[]");
    const { code, stdout, stderr } = await setup.run("resume", run);
    expect(code).toBe(1);
    expect(stdout).toContain("INCOMPLETE");
    expect(stderr).toMatch(
      /in\.json is not read on: it had [\d,]+ bytes, and has 2 now\. Write it as a run of its own: cloudmarker write \/\S+in\.json$/mu,
    );
  });
});

/** The numbers of the records in a file of FileStore. */
function publishedIn({ path }: Setup, name: string): number[] {
  const lines = readFileSync(join(path, "out", name), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => (JSON.parse(line) as { raw: { n: number } }).raw.n);
}

/** What the journals take on disk. */
function journalBytes({ path }: Setup): number {
  const folder = join(path, "cloudmarker", "runs");
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** The number of a record: one that is refused is sent again as text. */
function numberOf(source: string): number {
  return Number(/n\\*":(\d+)/u.exec(source)?.[1]);
}

describe("a server that is away", () => {
  test("costs nothing: exit 75, and resume delivers once it is back (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(250)));
    await server.stop();
    const away = await setup.run("write", "-c", "c.yaml", "--deadline", "500ms", "in.json");
    expect(away.code).toBe(75);
    const run =
      /^Run (\S+): 250 records in \S+ s, not all delivered yet: the rest is kept\. Next: cloudmarker resume \1$/mu.exec(
        away.stdout,
      )?.[1] ?? "";
    expect(run).not.toBe("");
    const shown = await setup.run("runs", run);
    expect(shown.stdout).toContain("spooled 250 for search");
    const [headline = ""] = away.stdout.split("\n");
    expect(shown.stdout).toContain(`\n${headline.replace(/ in \S+ s/u, "")}\n`);
    expect(shown.stdout).toMatch(/^ended +\d{4}-/mu);
    await server.restart();
    const { code, stdout } = await setup.run("resume");
    expect(code).toBe(0);
    expect(stdout).toContain("250 records in ");
    expect(setup.numbers).toEqual(upTo(250));
    expect((await setup.run("resume", run)).code).toBe(0);
    expect((await setup.run("resume", "nope")).code).toBe(64);
  });

  test("the next write of the audit delivers what is left, unless --no-resume leaves it", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(250)));
    await server.stop();
    expect((await setup.run("write", "-c", "c.yaml", "--deadline", "500ms", "in.json")).code).toBe(75);
    await server.restart();
    setup.file("next.json", JSON.stringify([{ n: 250 }]));
    const left = await setup.run("write", "-c", "c.yaml", "--no-resume", "next.json");
    expect([left.code, setup.numbers]).toEqual([0, [250]]);
    const next = await setup.run("write", "-c", "c.yaml", "next.json", "--json");
    expect(next.code).toBe(0);
    expect(JSON.parse(next.stdout)).toMatchObject({ ok: true, resumed: [{ delivered: 250, left: 0 }] });
    expect(next.stderr).toMatch(/^Of the earlier run \S+, spooled 250 for search: 250 records delivered now\.$/mu);
    expect(setup.numbers).toEqual([...upTo(250), 250, 250]);
  });

  test("the next write tells what is refused or lost of what is left, and its exit code says so", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(10)));
    const no = { status: 400, type: "document_parsing_exception", reason: "failed to parse field [n] of type [long]" };
    const full = { status: 429, type: "es_rejected_execution_exception", reason: "full" };
    setup.file("none.json", "[]");
    // Its own dead letter is not one of those of what is left.
    server.itemFault = (source) => (numberOf(source) > 1 ? full : numberOf(source) === 0 ? no : undefined);
    const first = await setup.run("write", "-c", "c.yaml", "--deadline", "500ms", "--run-id", "r1", "in.json");
    expect(first.stdout).toContain("8 records kept on disk");
    server.itemFault = (source) => ([2, 3].includes(numberOf(source)) ? no : undefined);
    const next = await setup.run("write", "-c", "c.yaml", "none.json", "--json");
    expect(JSON.parse(next.stdout)).toMatchObject({
      ok: true,
      resumed: [{ run: "r1", delivered: 6, deadLettered: 2, lost: 0, left: 0 }],
      exit: 1,
    });
    expect(next.code).toBe(1);
    expect(next.stderr).toMatch(
      /^error: Of the earlier run r1, spooled 8 for search: 6 records delivered now; 2 dead letters: cloudmarker dead-letters list --run r1$/mu,
    );
    expect(setup.numbers).toEqual([1, 4, 5, 6, 7, 8, 9]);
  });
});

test("an earlier run that was interrupted is named with the state folder that it is in", async () => {
  await using server = await startElasticsearch();
  using setup = new Setup(server);
  setup.file("in.json", JSON.stringify(numbered(10)));
  server.faults.always({ kind: "hang", on: isBulk });
  const args = ["write", "-c", "c.yaml", "--state-dir", "./my state"];
  const child = setup.start([...args, "--run-id", "r1", "in.json"]);
  const ended = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stderr?.once("data", resolve));
  child.kill("SIGKILL");
  await ended;
  server.faults.clear();
  const { code, stderr } = await setup.run(...args, "in.json");
  const folder = join(setup.path, "my state");
  expect(stderr).toContain(`An earlier run was interrupted: cloudmarker resume r1 --state-dir '${folder}'\n`);
  expect(code).toBe(0);
});

/** Takes the store out: the same file has another one in its place. */
function rename(setup: Setup): void {
  const config = JSON.parse(readFileSync(join(setup.path, "c.yaml"), "utf8")) as { plugins: { search: object } };
  setup.file("old.yaml", JSON.stringify(config));
  const plugins = { found: config.plugins.search };
  setup.file("c.yaml", JSON.stringify({ ...config, plugins, audits: { nightly: { stores: ["found"] } } }));
}

describe("a store that was taken out of the configuration", () => {
  const why =
    "search is not in the configuration: 50 records stay in the journal. Put it back, or name the old file with -c.";

  test("is named by resume and by the next write: its records are kept, and why is told (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(50)));
    await server.stop();
    const args = ["-c", "c.yaml", "--deadline", "300ms", "--run-id", "r1", "in.json"];
    expect((await setup.run("write", ...args)).code).toBe(75);
    await server.restart();
    rename(setup);
    const resumed = await setup.run("resume", "r1");
    expect([resumed.code, resumed.stderr]).toEqual([75, expect.stringContaining(`warning: ${why}\n`)]);
    expect(resumed.stdout).toContain(why);
    const again = await setup.run("resume", "r1", "--json");
    const { runs } = JSON.parse(again.stdout) as { runs: [{ stores: [{ notes: string[] }] }] };
    expect(runs[0].stores[0].notes).toEqual([why]);
    setup.file("next.json", "[]");
    const next = await setup.run("write", "-c", "c.yaml", "next.json");
    expect([next.code, next.stderr]).toEqual([0, expect.stringContaining(`warning: ${why}\n`)]);
    const back = await setup.run("resume", "r1", "-c", "old.yaml");
    expect([back.code, setup.numbers]).toEqual([0, upTo(50)]);
    expect(back.stdout + back.stderr).not.toContain("is not in the configuration");
  });

  test("has a row in the receipt of a run that was killed, which is not ok (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    server.faults.always({ kind: "hang", on: isBulk });
    setup.file("in.json", JSON.stringify(numbered(1500)));
    const run = await setup.killed(["-c", "c.yaml", "in.json"], async () => {
      // oxlint-disable-next-line no-await-in-loop -- until the journal has them
      while (journalBytes(setup) < 1_000_000) await delay(10);
    });
    server.faults.clear();
    setup.file("in.json", "[]");
    rename(setup);
    const { code, stdout, stderr } = await setup.run("resume", run, "--json");
    const { runs } = JSON.parse(stdout) as {
      runs: [{ ok: boolean; received: number; stores: { store: string; accepted: number; spooled: number }[] }];
    };
    expect(stderr).toMatch(/^warning: search is not in the configuration: [\d,]+ records stay in the journal\. /mu);
    const [{ received }] = runs;
    expect(received).toBeGreaterThanOrEqual(256);
    expect(runs).toMatchObject([{ ok: false, stores: [{ store: "search", accepted: received, spooled: received }] }]);
    expect(code).toBe(1);
    const back = await setup.run("resume", run, "-c", "old.yaml");
    expect([back.code, setup.numbers]).toEqual([1, upTo(received)]);
  });
});

test("a run that another process has is refused, and stays as it is (exit 75)", async () => {
  await using server = await startElasticsearch();
  using setup = new Setup(server);
  setup.file("in.json", JSON.stringify(numbered(10)));
  server.faults.always({ kind: "hang", on: isBulk });
  await setup.killed(["-c", "c.yaml", "--run-id", "r1", "in.json"], async () => {
    const { code, stderr } = await setup.run("resume", "r1");
    expect([code, stderr]).toEqual([75, expect.stringContaining("error: Another process has the run r1.")]);
  });
});

const goneOf = (run: string): string =>
  `in.json is not read on: it is gone.\nThe run stays open: put back what is missing, and resume it again. Or give it up: cloudmarker runs forget ${run}\n`;

describe("a signal (issue 14)", () => {
  test("ends the reading of a file, exit 75, and resume reads on: nothing is lost, nothing is twice", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    // More than the journal takes: the reading is held up, and the signal comes when the journal is full.
    setup.file(
      "c.yaml",
      `${readFileSync(join(setup.path, "c.yaml"), "utf8").slice(0, -1)}, "spool": { "max_bytes": "2MiB" }}`,
    );
    setup.file("in.json", JSON.stringify(Array.from({ length: 2500 }, (_, n) => ({ n, more: noise(20_000, n) }))));
    const some = indexed(server, 700);
    const child = setup.start(["write", "-c", "c.yaml", "in.json", "--deadline", "1s"]);
    const isFull = said(child, "The journal takes no more records");
    const ended = textOf(child);
    await Promise.all([some, isFull]);
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    const run = /^Run (\S+): /u.exec(stdout)?.[1] ?? "";
    expect(stdout).toContain("INTERRUPTED: the input was not read to its end, and can be read on");
    expect(stdout).toContain(` Next: cloudmarker resume ${run}\n`);
    const [accepted, onDisk, again] =
      /^search +([\d,]+)[^]*: (?:([\d,]+) records kept on disk, to be delivered later; )?([\d,]+) records not on disk: they are read again from in\.json$/mu
        .exec(stdout)
        ?.slice(1)
        .map((number: string | undefined) => Number((number ?? "0").replaceAll(",", ""))) ?? [];
    expect(onDisk).toBeLessThan(100);
    expect(again).toBeGreaterThan(0);
    expect(code).toBe(75);
    server.itemFault = undefined;
    server.faults.clear();
    renameSync(join(setup.path, "in.json"), join(setup.path, "away.json"));
    const away = await setup.run("resume", run, "--json");
    expect(JSON.parse(away.stdout)).toMatchObject({
      runs: [
        {
          received: accepted,
          stores: [{ accepted, spooled: again, readAgain: again, lost: 0 }],
          next: `cloudmarker resume ${run}`,
        },
      ],
    });
    expect([away.code, away.stderr]).toEqual([75, expect.stringContaining(goneOf(run))]);
    renameSync(join(setup.path, "away.json"), join(setup.path, "in.json"));
    const resumed = await setup.run("resume", run);
    expect(resumed.stdout).toContain("2,500 records in ");
    expect([resumed.code, setup.numbers]).toEqual([0, upTo(2500)]);
  });

  test("a second one keeps the rest at once, and there are no dead letters", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("in.json", JSON.stringify(numbered(50)));
    const asked = Promise.withResolvers<void>();
    server.faults.always({ kind: "hang", on: (request) => isBulk(request) && (asked.resolve(), true) });
    const child = setup.start(["write", "-c", "c.yaml", "in.json", "--json"]);
    const ended = textOf(child);
    await asked.promise;
    const again = said(child, "Again: stop now.");
    child.kill("SIGTERM");
    await again;
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(stderr).toContain("Stopping now: what is not delivered is kept.");
    const receipt = JSON.parse(stdout) as { run: string };
    expect(receipt).toMatchObject({
      received: 50,
      stores: [{ spooled: 50, deadLettered: 0, lost: 0 }],
      next: `cloudmarker resume ${receipt.run}`,
    });
    expect(code).toBe(75);
    server.faults.clear();
    expect([(await setup.run("resume")).code, setup.numbers]).toEqual([0, upTo(50)]);
  });
});

test("a run that was killed is not read again for a store that must get nothing twice (issue 14)", async () => {
  await using server = await startElasticsearch();
  using setup = new Setup(server);
  const config = readFileSync(join(setup.path, "c.yaml"), "utf8").slice(0, -1);
  setup.file("c.yaml", `${config}, "delivery": { "guarantee": "at-most-once" }}`);
  setup.file("in.json", JSON.stringify(numbered(3000)));
  const some = indexed(server, 700);
  const child = setup.start(["write", "-c", "c.yaml", "--run-id", "r1", "in.json"]);
  const ended = textOf(child);
  await some;
  child.kill("SIGKILL");
  expect((await ended).stderr).toContain(
    "Run r1. If it is interrupted: its input is not read again, for search must get nothing twice.",
  );
  server.itemFault = undefined;
  server.faults.clear();
  const before = server.indexed;
  const { code, stderr } = await setup.run("resume", "r1");
  expect([code, stderr]).toEqual([64, expect.stringContaining("The run r1 cannot be resumed: it is not known what")]);
  expect(server.indexed).toBe(before);
  expect((await setup.run("runs", "forget", "r1", "--yes")).code).toBe(0);
});

/** Takes nothing before there is a file "go": the reading is held up until then. */
const HELD_UP = `
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { defineStore } from "@cloudmarker/store-api";
const open = () => ({
  async write() {
    while (!existsSync("go")) await delay(10);
  },
});
const params = { type: "object" };
export default defineStore({ name: "held", apiVersion: 1, params, supports: { durable: true }, open });
`;

describe.each(["replace", "append"])("a signal, with FileStore alone and write_mode %s", (write_mode) => {
  test("exit 75, and resume reads the files again: each record is there once (issue 14)", async () => {
    await using server = await startElasticsearch();
    using setup = new Setup(server);
    setup.file("held.mjs", HELD_UP);
    const plugins = {
      archive: { plugin: "filestore", params: { path: "./out", format: "ndjson", write_mode } },
      held: { plugin: "./held.mjs", delivery: { queue: { records: 500 }, batch: { records: 100 } } },
    };
    const audits = { nightly: { stores: ["archive", "held"] } };
    setup.file("c.yaml", JSON.stringify({ plugins, audits, run: ["nightly"] }));
    setup.file("in.json", JSON.stringify(numbered(5000)));
    const child = setup.start(["write", "-c", "c.yaml", "in.json"]);
    const ended = textOf(child);
    const stopped = said(child, "no more input is read");
    await vi.waitUntil(() => hasRecords(join(setup.path, "out")), { timeout: 20_000 });
    child.kill("SIGINT");
    await stopped;
    setup.file("go", "");
    const { code, stdout } = await ended;
    const run = /^Run (\S+): /u.exec(stdout)?.[1] ?? "";
    expect(stdout).toContain("INTERRUPTED: the input was not read to its end, and can be read on");
    expect(stdout).toContain(` Next: cloudmarker resume ${run}\n`);
    expect(code).toBe(75);
    const resumed = await setup.run("resume", run);
    expect(resumed.stdout).toMatch(new RegExp(`^Run ${run}: 5,000 records in .*, all delivered\\.\n`, "u"));
    expect(resumed.code).toBe(0);
    expect(readdirSync(join(setup.path, "out")).filter((name) => !name.startsWith("."))).toEqual(["in.ndjson"]);
    const lines = readFileSync(join(setup.path, "out", "in.ndjson"), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { raw: { n: number } }).raw.n)).toEqual(upTo(5000));
    expect((await setup.run("resume", run)).code).toBe(0);
  });
});

/** Whether FileStore has a hidden file with records. */
function hasRecords(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => name.includes("in.ndjson") && statSync(join(folder, name)).size > 0);
}

/** Resolves when a process has written a text to its standard error. */
function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    let all = "";
    child.stderr?.on("data", (data: Buffer) => {
      all += data.toString();
      if (all.includes(text)) resolve();
    });
  });
}

/** What a process prints, and how it ends. */
async function textOf(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

test("a secret of the command line is not kept, and is asked for by name; a reference is kept (issue 14)", async () => {
  await using server = await startElasticsearch({ auth: { username: "u", password: "s3cret-w0rd" } });
  using setup = new Setup(server);
  setup.file("in.json", JSON.stringify(numbered(5)));
  await server.stop();
  const params = [`node=${server.url}`, "index=audit", "username=u", "password=s3cret-w0rd"];
  const args = params.flatMap((param) => ["--param", param]);
  const away = await setup.run("write", "--store", "esstore", ...args, "--deadline", "300ms", "in.json");
  expect(away.code).toBe(75);
  const kept = readdirSync(join(setup.path, "cloudmarker", "runs")).map((name) =>
    readFileSync(join(setup.path, "cloudmarker", "runs", name), "latin1"),
  );
  expect(kept.join("")).toContain("username=u");
  expect(kept.join("")).not.toContain("s3cret-w0rd");
  await server.restart();
  const without = await setup.run("resume");
  expect([without.code, without.stderr]).toEqual([
    64,
    expect.stringContaining("Give it again: --param esstore.password=…"),
  ]);
  const given = await setup.run("resume", "--param", "esstore.password=s3cret-w0rd");
  expect([given.code, setup.numbers]).toEqual([0, upTo(5)]);

  // A reference is no secret: it is kept as it is written.
  await server.stop();
  vi.stubEnv("SEARCH_PASSWORD", "s3cret-w0rd");
  const named = ["--param", "password=${SEARCH_PASSWORD}", ...args.slice(0, -2)];
  expect((await setup.run("write", "--store", "esstore", ...named, "--deadline", "300ms", "in.json")).code).toBe(75);
  await server.restart();
  expect((await setup.run("resume")).code).toBe(0);
  vi.unstubAllEnvs();
});
