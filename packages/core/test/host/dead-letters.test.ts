import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { defineStore, type Failure, type Store } from "@cloudmarker/store-api";
import { expect, onTestFinished, test, vi } from "vitest";
import { createHost, type Host, type HostOptions, type KeptLetter, openState } from "../../src/index.ts";
import { temporaryFolder } from "../state/support.ts";
import { lettersIn } from "../support/letters-in.ts";

/** A store that refuses everything. */
const refusing = defineStore({
  name: "refusing",
  apiVersion: 1,
  params: { type: "object" },
  open(): Store {
    return {
      write: (batch) => batch.map((_, index) => ({ index, status: "reject", code: "no", reason: "not today" })),
    };
  },
});

function folder(): string {
  const made = temporaryFolder();
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

function hostOf(stateDir: string, more: HostOptions = {}): Host & { readonly failures: Failure[] } {
  const host = createHost({ stores: { s: refusing }, stateDir, run: "r1", ...more });
  const failures: Failure[] = [];
  host.hooks.failed.tap("test", (failure) => void failures.push(failure));
  return Object.assign(host, { failures });
}

const RECORDS = ['{"n":14517067005933136034,"n":1.0,"u":"\\u00e9"}', '{"n":2}', '{"n":2}'];

test("those that state.keep removes are told, and one of elsewhere is kept from when it came", async () => {
  const stateDir = folder();
  const letter = { audit: "default", store: "s", code: "c", reason: "r", attempts: 1, id: "d", json: "{}" };
  const time = "2020-01-01T00:00:00Z";
  await using state = await openState(stateDir);
  await state.deadLetters.add(["r1", "r2"].map((run) => ({ ...letter, time, run })));
  const refuse = async (run: string): Promise<readonly string[]> => {
    const host = hostOf(stateDir, { run });
    await host.write({});
    await host.done();
    return host.warnings;
  };
  expect(await refuse("r3")).toEqual([]);
  expect(await state.deadLetters.count()).toMatchObject({ letters: 3 });
  const db = new DatabaseSync(join(stateDir, "state.db"));
  db.exec("UPDATE letters SET kept_time = 0 WHERE run <> 'r3'");
  db.close();
  expect(await refuse("r4")).toEqual([
    "2 dead letters were removed that had not arrived: they were last tried longer ago than state.keep.",
  ]);
  expect(await state.deadLetters.runs()).toEqual(["r3", "r4"]);
});

test("a filter with an unknown key or a wrong value chooses nothing, and is told", async () => {
  await using state = await openState(folder());
  const { deadLetters } = state;
  await deadLetters.add([
    { audit: "a", store: "s", run: "r", time: "2026-01-01", code: "c", reason: "r", attempts: 1, id: "d", json: "{}" },
  ]);
  const told = async (method: "purge" | "count" | "groups" | "runs" | "list", filter: object): Promise<string> => {
    const found: Promise<unknown> =
      method === "list" ? Array.fromAsync(deadLetters.list(filter)) : deadLetters[method](filter);
    const error = await found.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "OPTION_INVALID" });
    return (error as Error).message;
  };
  expect(await told("purge", { stat: "replayed" })).toContain(
    'deadLetters.purge() has an unknown option "stat". Did you mean "state"?',
  );
  expect(await told("list", { state: "Replayed" })).toContain(
    "state of deadLetters.list() must be kept or replayed, not a string.",
  );
  expect(await told("count", { since: "24h" })).toContain(
    "since of deadLetters.count() must be a number of milliseconds since the epoch, not a string. Use Date.parse()",
  );
  await told("groups", { before: Number.NaN });
  await told("runs", { id: 1 });
  await expect(deadLetters.get("1" as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(state.runs({ audits: "a" } as object)).rejects.toThrow("Did you mean");
  expect(await deadLetters.count({ state: undefined })).toMatchObject({ letters: 1 });
});

test("each record that is given up is a row with the text that the store was given, also one that came twice", async () => {
  const stateDir = folder();
  const host = hostOf(stateDir);
  for (const record of RECORDS) await host.write(record);
  expect((await host.done()).stores).toMatchObject([{ deadLettered: 3, lost: 0 }]);
  const letters = await lettersIn(stateDir);
  expect(letters).toMatchObject(
    RECORDS.map((raw, n) => ({
      id: n + 1,
      run: "r1",
      audit: "default",
      store: "s",
      plugin: "refusing",
      code: "no",
      reason: "not today",
      attempts: 1,
      state: "kept",
      json: expect.stringContaining(`{"raw":${raw},"ext":{}`),
      history: [{ outcome: "dead_lettered", code: "no", reason: "not today" }],
    })),
  );
  expect(new Set(letters.map(({ recordId }) => recordId)).size).toBe(2);
});

test("a run without a dead letter makes no database", async () => {
  const stateDir = folder();
  const host = hostOf(stateDir);
  await host.done();
  expect(readdirSync(stateDir).filter((name) => name.startsWith("state.db"))).toEqual([]);
  await using state = await openState(stateDir);
  expect(await state.deadLetters.groups()).toEqual([]);
  expect(await state.deadLetters.purge()).toBe(0);
  expect(await state.deadLetters.get(1)).toBeUndefined();
  expect(readdirSync(stateDir).filter((name) => name.startsWith("state.db"))).toEqual([]);
});

test("what does not fit into state.max_bytes stays in the journal, with a word, until it fits", async () => {
  const stateDir = folder();
  const host = hostOf(stateDir, { state: { max_bytes: "1MiB" } });
  await host.write({ text: "x".repeat(1_100_000) });
  expect((await host.done()).stores).toMatchObject([{ deadLettered: 0, lost: 0, spooled: 1, reasons: [] }]);
  expect(host.failures).toMatchObject([
    {
      code: "DEAD_LETTER_FAILED",
      message: expect.stringMatching(
        /stay in the journal of the run while it has room: .*, 1 MiB more are needed, and state.max_bytes allows 1 MiB/u,
      ),
    },
  ]);
  const again = hostOf(stateDir, { run: undefined, resume: "r1", state: { max_bytes: "8MiB" } });
  expect((await again.done()).stores).toMatchObject([{ accepted: 1, deadLettered: 1, lost: 0, spooled: 0 }]);
});

test("what does not fit into state.max_bytes is lost without a journal, with a word", async () => {
  const host = hostOf(folder(), { state: { max_bytes: "1MiB" }, delivery: { spool: false } });
  await host.write({ text: "x".repeat(1_100_000) });
  expect((await host.done()).stores).toMatchObject([{ deadLettered: 0, lost: 1 }]);
  expect(host.failures).toMatchObject([
    { code: "DEAD_LETTER_FAILED", message: expect.stringContaining("and state.max_bytes allows 1 MiB") },
  ]);
});

test("where there can be no thread, dead letters are kept without one", async () => {
  const stateDir = folder();
  const host = hostOf(stateDir, { workerUrl: join(stateDir, "missing.js") });
  await host.write({ n: 1 });
  expect((await host.done()).stores).toMatchObject([{ deadLettered: 1, lost: 0 }]);
  expect(await lettersIn(stateDir)).toHaveLength(1);
});

test("a process that may start no thread keeps them, lists them and sends them again", () => {
  const stateDir = folder();
  const core = join(import.meta.dirname, "..", "..", "src", "index.ts");
  const program = `
    import { defineStore } from "@cloudmarker/store-api";
    import { createHost, openState } from ${JSON.stringify(core)};
    let outcomes = (batch) => batch.map((_, index) => ({ index, status: "reject", code: "no", reason: "no" }));
    const open = () => ({ write: async (batch) => outcomes(batch) });
    const s = defineStore({ name: "s", apiVersion: 1, params: { type: "object" }, open });
    const options = { stores: { s }, stateDir: ${JSON.stringify(stateDir)} };
    const host = createHost(options);
    await host.write({ n: 1 });
    const { stores } = await host.done();
    const state = await openState(options.stateDir);
    const { letters } = await state.deadLetters.count();
    await state.close();
    outcomes = () => undefined;
    const again = await createHost({ ...options, replay: {} }).done();
    console.log(JSON.stringify([stores[0].deadLettered, letters, again.stores[0].written]));`;
  const args = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*", "--input-type=module", "--eval", program];
  const cwd = join(import.meta.dirname, "..", "..");
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd });
  expect({ stdout, stderr }).toEqual({ stdout: "[1,1,1]\n", stderr: "" });
});

test("where the runtime has no SQLite, a warning says so at the start, and what is given up is lost with a word", async () => {
  const builtin = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  onTestFinished(() => builtin.mockRestore());
  const host = hostOf(folder(), { workerUrl: "missing.js" });
  await host.open();
  expect(host.warnings).toContain(
    "Dead letters cannot be kept, since this runtime has no node:sqlite: a record that is given up is lost.",
  );
  await host.write({ n: 1 });
  expect((await host.done()).stores).toMatchObject([{ deadLettered: 0, lost: 1 }]);
  expect(host.failures).toMatchObject([{ code: "DEAD_LETTER_FAILED" }]);
});

const DAMAGES = [
  ["is no database", (path) => writeFileSync(path, "no database, and longer than its header".repeat(10))],
  [
    "was overwritten behind its beginning",
    (path) => overwrite(path, (pages) => Array.from({ length: pages }, (_, n) => n + 1)),
  ],
  ["was cut off", (path) => truncateSync(path, (statSync(path).size >> 13) << 12)],
] satisfies [string, (path: string) => void][];

test.each(DAMAGES)(
  "a state.db that %s is set aside, and new letters are kept beside what can be read",
  async (how, damage) => {
    const stateDir = folder();
    const before = await manyLetters(stateDir);
    damage(join(stateDir, "state.db"));
    const host = hostOf(stateDir, { run: "r2" });
    await host.write({ n: 1 });
    expect((await host.done()).stores).toMatchObject([{ deadLettered: 1, lost: 0 }]);
    const [aside = ""] = asideIn(stateDir);
    const left = await lettersIn(stateDir, { run: "r0" });
    expect(host.warnings).toEqual([
      expect.stringMatching(
        new RegExp(
          String.raw`state\.db was damaged: ${left.length} (?:of its \d+ )?dead letters could be read, and are in a new one\. The damaged file is \S+${aside}\.$`,
          "u",
        ),
      ),
    ]);
    for (const letter of left) expect(letter).toEqual(before.find(({ id }) => id === letter.id));
    expect(left.length > 0, "of one that was cut off not all are gone").toBe(how === "was cut off");
    expect(await lettersIn(stateDir, { run: "r2" })).toHaveLength(1);
  },
);

const UNSEEN = [
  ["has a page that was overwritten", (path) => overwrite(path, (pages) => [pages >> 1])],
  ["has a text that was overwritten", (path) => overwrite(path, (pages) => [pages >> 1], 8)],
] satisfies [string, (path: string) => void][];

test.each([...DAMAGES, ...UNSEEN])(
  "who looks at a state.db that %s is told so, and finds what can be read the next time",
  async (how, damage) => {
    const stateDir = folder();
    const before = await manyLetters(stateDir);
    damage(join(stateDir, "state.db"));
    const state = await openState(stateDir);
    onTestFinished(() => state.close());
    const looking = Array.fromAsync(state.deadLetters.list());
    await expect(looking).rejects.toMatchObject({
      code: "LETTERS_DAMAGED",
      exit: 1,
      message: expect.stringMatching(
        how.startsWith("has") ? /: 19 of its 20 dead letters could be read/u : /was damaged/u,
      ),
    });
    expect(asideIn(stateDir)).toHaveLength(1);
    const left = await Array.fromAsync(state.deadLetters.list());
    for (const letter of left) expect(letter).toEqual(before.find(({ id }) => id === letter.id));
    expect(left.length).toBeLessThan(20);
    expect(left.length, "of one page in the middle only one").toBeGreaterThanOrEqual(how.startsWith("has") ? 19 : 0);
  },
);

test("a state.db of a newer version is left alone, and the host does not open (exit 78)", async () => {
  const stateDir = folder();
  await using state = await openState(stateDir);
  await state.deadLetters.add([]);
  const db = new DatabaseSync(join(stateDir, "state.db"));
  db.exec("PRAGMA user_version = 99");
  db.close();
  await expect(hostOf(stateDir).open()).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    problems: [{ code: "unusable_state_dir", message: expect.stringContaining("a newer version of Cloudmarker") }],
  });
});

/** Of several pages each. */
async function manyLetters(stateDir: string): Promise<KeptLetter[]> {
  const state = await openState(stateDir);
  const letter = { audit: "a", store: "s", run: "r0", time: new Date().toISOString(), code: "no", reason: "no" };
  for (let n = 0; n < 20; n += 1) {
    const json = JSON.stringify(String(n).repeat(15_000));
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await state.deadLetters.add([{ ...letter, attempts: 1, id: `d${n}`, json }]);
  }
  await state.close();
  return lettersIn(stateDir);
}

/** @param from where in each page: a page of a long text begins with the number of the next */
function overwrite(path: string, pagesOf: (pages: number) => readonly number[], from = 0): void {
  const file = openSync(path, "r+");
  for (const page of pagesOf(statSync(path).size / 4096 - 1))
    writeSync(file, Buffer.alloc(4096 - from, 7), 0, 4096 - from, page * 4096 + from);
  closeSync(file);
}

function asideIn(stateDir: string): string[] {
  return readdirSync(stateDir).filter((name) => /^state\.db\.damaged-\d+$/u.test(name));
}
