// L-14: whatever a plugin answers is judged at the border, and the plugin is named.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch, Failure, Receipt, Store, StorePlugin } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { type Explained, type Host, type HostOptions, createHost } from "../src/index.ts";
import { VirtualClock } from "./support/virtual-clock.ts";

const PLUGIN = { kind: "store", name: "hostile", apiVersion: 1, params: { type: "object" } } as const;
const GOOD: Store = { write: () => undefined };

let folder: string;
let failures: Failure[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudmarker-border-"));
  failures = [];
});

function hostOf(plugin: object, more: HostOptions = {}): Host {
  // What is not delivered is counted, and not kept for later.
  const delivery = { spool: false };
  const stores = { s: { plugin: { ...PLUGIN, open: () => GOOD, ...plugin } as unknown as StorePlugin, delivery } };
  const host = createHost({ stateDir: folder, stores, ...more });
  host.hooks.failed.tap("keep", (failure) => void failures.push(failure));
  return host;
}

/** A host whose store is this. */
function hostWith(store: object): Host {
  return hostOf({ open: () => ({ ...GOOD, ...store }) });
}

function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function trap(...keys: string[]): object {
  return Object.defineProperties(
    {},
    Object.fromEntries(keys.map((key) => [key, { get: () => fails("a trap"), enumerable: true }])),
  );
}

function cyclic(): object {
  const object: { self?: object } = {};
  object.self = object;
  return object;
}

/** What a plugin may give for anything. */
const NONSENSE: readonly [string, unknown][] = [
  ["null", null],
  ["true", true],
  ["a number", 5],
  ["a bigint", 5n],
  ["a text", "yes"],
  ["a huge text", "x".repeat(10_000_000)],
  ["a symbol", Symbol("s")],
  ["a function", () => 1],
  ["a list of nothing", [undefined]],
  ["a huge list without content", Object.assign([], { length: 1_000_000_000 })],
  ["an empty object", {}],
  ["a cyclic object", cyclic()],
  ["an object whose getters throw", trap("0", "length", "ok", "location", "notes", "write", "records")],
  ["a revoked proxy", revoked()],
  ["a revoked list", revoked([])],
];

describe("the sizes of batches (L-14)", () => {
  const WRONG: readonly [string, object, string][] = [
    ["records 0", { records: 0 }, "records is 0 and must be a whole number of at least 1"],
    ["records NaN", { records: Number.NaN }, "records is NaN and must be a whole number of at least 1"],
    ["records as text", { records: "many" }, 'records is "many" and must be a whole number of at least 1'],
    ["half a record", { records: 1.5 }, "records is 1.5 and must be a whole number of at least 1"],
    ["bytes -1", { bytes: -1 }, "bytes is -1 and must be a whole number of at least 1"],
    ["age Infinity", { ageMs: Infinity }, "ageMs is Infinity and must be a number of milliseconds of at least 0"],
    ["concurrency 0", { concurrency: 0 }, "concurrency is 0 and must be a whole number of at least 1"],
    ["concurrency as bigint", { concurrency: 2n }, "concurrency is a bigint and must be a whole number of at least 1"],
  ];

  it.each(WRONG)("%s in `batch` of a plugin are not a plugin", async (_, batch, what) => {
    const { problems } = await hostOf({ batch }).inspect();
    expect(problems).toMatchObject([
      { code: "PLUGIN_SHAPE_INVALID", path: ["plugins", "s", "plugin"], message: expect.stringContaining(what) },
    ]);
    expect(problems[0]?.message).toContain('Plugin "hostile"');
  });

  it.each(WRONG)("%s from `batchFor` are a problem at the place of the plugin", async (_, limits, what) => {
    const { problems } = await hostOf({ batchFor: () => limits }).inspect();
    expect(problems).toMatchObject([
      { code: "PLUGIN_ANSWER_INVALID", path: ["plugins", "s", "plugin"], message: expect.stringContaining(what) },
    ]);
    expect(problems[0]?.message).toMatch(/^hostile: /u);
  });

  it.each([
    ["records: 0", { batch: { records: 0 } }, ["batch", "records"]],
    ["records: NaN", { batch: { records: Number.NaN } }, ["batch", "records"]],
    ["bytes: NaN", { batch: { bytes: Number.NaN } }, ["batch", "bytes"]],
    ["age: -1", { batch: { age: -1 } }, ["batch", "age"]],
    ["queue.records: 0", { queue: { records: 0 } }, ["queue", "records"]],
    ["queue.bytes: Infinity", { queue: { bytes: Infinity } }, ["queue", "bytes"]],
    ["concurrency: 0", { concurrency: 0 }, ["concurrency"]],
    ["concurrency: 0.5", { concurrency: 0.5 }, ["concurrency"]],
    ["timeout: NaN", { timeout: Number.NaN }, ["timeout"]],
    ["timeout: 0", { timeout: 0 }, ["timeout"]],
    ["deadline: NaN", { deadline: Number.NaN }, ["deadline"]],
    ["retry.min: 0", { retry: { min: 0 } }, ["retry", "min"]],
  ])("the user's own delivery with %s is refused with its place", async (_, delivery, at) => {
    const plugin = { ...PLUGIN, supports: {}, batch: {}, open: () => GOOD } as unknown as StorePlugin;
    const own = createHost({ stateDir: folder, stores: { s: { plugin, delivery } } });
    await expect(own.open()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problems: [{ path: ["plugins", "s", "delivery", ...at] }],
    });
    const config = { plugins: { s: { plugin } }, audits: { a: { stores: ["s"] } }, run: ["a"], delivery };
    await expect(createHost({ stateDir: folder, config }).open()).rejects.toMatchObject({
      problems: [{ path: ["delivery", ...at] }],
    });
  });

  it("the same in YAML, with its line", async () => {
    const configFile = join(folder, "c.yaml");
    await writeFile(
      configFile,
      "plugins:\n  s:\n    plugin: ./s.js\n    delivery:\n      batch: { records: .nan }\n      concurrency: 0\n",
    );
    const { problems } = await createHost({ configFile, stateDir: folder }).inspect();
    const places = problems.map(({ path, location }) => [path.at(-1), location?.line]);
    expect(places).toEqual(
      expect.arrayContaining([
        ["records", 5],
        ["concurrency", 6],
      ]),
    );
  });
});

describe("the answers of a plugin about its params (L-14)", () => {
  it.each([
    ["throws", () => fails("no reason"), "hostile: validate() threw: no reason"],
    [
      "throws what is not an error",
      () => throwIt(undefined),
      "validate() threw: something was thrown that has no text: undefined",
    ],
    ["throws a revoked proxy", () => throwIt(revoked()), "validate() threw: something was thrown that has no text"],
    ["is asynchronous", async () => [], "validate() returned a promise and must answer at once"],
    ["fails later", () => Promise.reject(new Error("late")), "validate() returned a promise and must answer at once"],
    ["returns a text", () => "wrong", 'validate() returned "wrong" and must return a list of problems'],
    ["returns texts", () => ["wrong"], 'returned a list with "wrong"; each must be { path, message }'],
    ["returns no message", () => [{ path: [] }], "returned a list with an object; each must be { path, message }"],
    ["returns no path", () => [{ message: "m" }], "returned a list with an object; each must be { path, message }"],
    ["returns traps", () => [trap("path")], "returned a list with an object; each must be { path, message }"],
  ])("a `validate` that %s is a problem of the plugin, by name", async (_, validate, what) => {
    const { problems } = await hostOf({ validate }).inspect();
    expect(problems).toMatchObject([
      { code: "PLUGIN_ANSWER_INVALID", path: ["plugins", "s", "plugin"], message: expect.stringContaining(what) },
    ]);
    expect(problems[0]?.message).toMatch(/^hostile: /u);
  });

  it.each(NONSENSE.filter(([, value]) => value !== null))(
    "%s from `validate` and from `batchFor`",
    async (_, value) => {
      for (const name of ["validate", "batchFor"]) {
        const { problems } = await hostOf({ [name]: () => value }).inspect();
        expect(problems.every(({ code }) => code === "PLUGIN_ANSWER_INVALID")).toBe(true);
        for (const { message } of problems) {
          expect(message).toMatch(/^hostile: /u);
          expect(message.length).toBeLessThan(500);
        }
      }
    },
  );

  it("cannot change them", async () => {
    const params = { type: "object", properties: { a: { type: "object", default: { b: 1 } } } };
    const { stores, problems } = await hostOf({ params, validate: spoil, batchFor: spoil }).inspect();
    expect(problems).toEqual([]);
    expect(stores[0]?.params).toEqual({ a: { b: 1 } });
  });

  it("a tap of host.hooks.validate that pushes nonsense is a problem as well", async () => {
    const host = hostOf({});
    host.hooks.validate.tap(
      "tap",
      (_entry, problems) => void (problems as unknown[]).push(undefined, "text", revoked()),
    );
    expect((await host.inspect()).problems.map(({ code }) => code)).toEqual(
      Array.from({ length: 3 }, () => "PLUGIN_ANSWER_INVALID"),
    );
  });
});

describe("a plugin that cannot be read (L-14)", () => {
  it.each([
    ["supports is a text", { supports: "all" }, 'supports is "all" and must be an object'],
    [
      "supports.ordered is a text",
      { supports: { ordered: "yes" } },
      'supports.ordered is "yes" and must be true or false',
    ],
    ["supports is a trap", { supports: trap("ordered") }, "supports is an object and must be an object"],
    ["a name without end", { name: "x".repeat(1_000) }, "must be at most 200 characters long"],
  ])("%s", async (_, more, what) => {
    const { problems } = await hostOf(more).inspect();
    expect(problems).toMatchObject([{ code: "PLUGIN_SHAPE_INVALID", message: expect.stringContaining(what) }]);
  });

  it.each([
    ["a revoked proxy", revoked()],
    ["a trap", trap("kind", "name")],
  ])("%s", async (_, plugin) => {
    const host = createHost({ stateDir: folder, stores: { s: { plugin: plugin as StorePlugin } } });
    const { problems } = await host.inspect();
    expect(problems).toMatchObject([
      { code: "PLUGIN_SHAPE_INVALID", message: expect.stringContaining("cannot be read") },
    ]);
  });

  it("its schema is a trap", async () => {
    const { problems } = await hostOf({ params: trap("type", "properties") }).inspect();
    expect(problems).toMatchObject([{ code: "PLUGIN_SCHEMA_INVALID", message: expect.stringContaining("hostile") }]);
  });

  it("a tap whose apply is asynchronous", async () => {
    const tap = { kind: "tap", name: "later", apiVersion: 1, params: { type: "object" }, apply: async () => undefined };
    await expect(hostOf({}, { taps: [tap as never] }).open()).rejects.toMatchObject({
      code: "PLUGIN_ANSWER_INVALID",
      message: expect.stringContaining("The tap later returned a promise from apply()"),
    });
  });
});

describe("the results of open, write, done, check and explain (L-14)", () => {
  it.each(NONSENSE)("%s from `open` is not a store", async (_, opened) => {
    const clock = new VirtualClock();
    const host = hostOf({ open: () => opened }, { clock });
    host.hooks.deadLetter.tap("keep", () => true);
    await host.write({ n: 1 });
    const receipt = await clock.run(host.done({ deadlineMs: 1_000 }));
    expect(receipt).toMatchObject({ ok: false, stores: [{ accepted: 1, written: 0, deadLettered: 1 }] });
    expect(receipt.stores[0]?.problem?.message).toMatch(
      /hostile: open\(\) returned .*(?: and must return a store|that cannot be read)/u,
    );
  });

  it("an object whose flush is not a function is not a store", async () => {
    const [check] = await hostWith({ flush: 5 }).check();
    expect(check?.message).toBe("hostile: open() returned a store whose flush is 5 and must be a function, or absent.");
  });

  it.each(NONSENSE.filter(([, value]) => value !== null))(
    "%s from `write` counts nothing as written",
    async (_, value) => {
      const clock = new VirtualClock();
      const host = hostOf({ open: () => ({ write: () => value }) }, { clock });
      host.hooks.deadLetter.tap("keep", () => true);
      await host.write([{ n: 1 }, { n: 2 }]);
      const receipt = await clock.run(host.done({ deadlineMs: 60_000 }));
      expect(receipt.stores[0]).toMatchObject({ accepted: 2, written: 0, deadLettered: 2, lost: 0 });
      for (const { reason } of receipt.stores[0]?.reasons ?? []) expect(reason.length).toBeLessThan(3_000);
    },
  );

  it.each([
    [
      "more outcomes than records",
      [0, 0, 0, 1],
      (index: number) => ({ index, status: index === 1 ? "reject" : "written" }),
    ],
    [
      "a reject behind what is too much",
      [0, 0, 1],
      (index: number) => ({ index, status: index === 1 ? "reject" : "retry" }),
    ],
  ])("%s: what was not read counts as in doubt, not as written", async (_, indexes, outcome) => {
    const clock = new VirtualClock();
    const host = hostOf({ open: () => ({ write: () => indexes.map(outcome) }) }, { clock });
    host.hooks.deadLetter.tap("keep", () => true);
    await host.write([{ n: 1 }, { n: 2 }]);
    const receipt = await clock.run(host.done({ deadlineMs: 60_000 }));
    expect(receipt.stores[0]).toMatchObject({ written: 0, deadLettered: 2 });
    expect(failures).toContainEqual(expect.objectContaining({ code: "STORE_OUTCOME_INVALID", plugin: "hostile" }));
  });

  it("a store that takes records out of its batch and refuses them is believed", async () => {
    const host = hostWith({ write: emptyAndRefuse });
    await host.write([{ n: 1 }, { n: 2 }]);
    expect((await host.done()).stores[0]).toMatchObject({ written: 0, deadLettered: 2 });
  });

  it("texts of an outcome are kept to a length, before they are kept once for each record", async () => {
    const reason = "r".repeat(1_000_000);
    const letters: string[] = [];
    const host = hostWith({ write: () => [{ index: 0, status: "reject", code: reason, reason }] });
    host.hooks.deadLetter.tap(
      "keep",
      (some) => letters.push(...some.map((one) => one.code + one.reason)) > 0 || undefined,
    );
    await host.write({ n: 1 });
    await host.done();
    expect(letters.map(({ length }) => length)).toEqual([2_100]);
  });

  it.each([
    ["a location that is a bigint", { location: 5n }, "a location that is a bigint, not a text"],
    ["a location that throws", trap("location"), "an object in place of { location, notes, remarks }"],
    ["notes that are a text", { notes: "all well" }, 'notes that are "all well", not a list'],
    ["a note that is an object", { notes: [{}] }, "a note that is an object, not a text"],
    ["a text", "done", '"done" in place of { location, notes, remarks }'],
    ["a revoked proxy", revoked(), "an object that cannot be read in place of"],
  ])("%s from `done` does not prevent the receipt, which reports it", async (_, report, what) => {
    // A promise asks an object for `then`.
    const done = (): unknown => report;
    const host = hostWith({ done });
    await host.write({ n: 1 });
    const receipt = await host.done();
    expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt);
    if (report !== null && typeof report === "object" && what.includes("cannot be read")) return;
    expect(receipt).toMatchObject({ ok: true, stores: [{ written: 1 }] });
    expect(receipt.stores[0]?.notes).toEqual([expect.stringContaining(`done() of hostile returned ${what}`)]);
    expect(receipt.stores[0]).not.toHaveProperty("location");
  });

  it("the good part of what `done` returned is kept, to a length", async () => {
    const notes = ["first", 5, "x".repeat(1_000_000), ...Array.from({ length: 1_000 }, (_, n) => `note ${n}`)];
    const host = hostWith({ done: () => ({ location: "/there", notes }) });
    const { stores } = await host.done();
    expect(stores[0]).toMatchObject({ location: "/there" });
    expect(stores[0]?.notes).toHaveLength(101);
    expect(stores[0]?.notes.join("").length).toBeLessThan(10_000);
  });

  it.each(NONSENSE)("%s from `check` is not a report, and not ok", async (_, report) => {
    const [check] = await hostWith({ check: () => report }).check();
    expect(check).toMatchObject({ store: "s", plugin: "hostile", ok: false });
    expect(check?.code).toBe("PLUGIN_ANSWER_INVALID");
    expect(check?.message.length).toBeLessThan(500);
  });

  it("a check that returns nothing or half a report, or throws something that is not an error", async () => {
    expect(await checkMessage(() => undefined)).toContain("check() of hostile returned nothing; it must be");
    expect(await checkMessage(() => ({ ok: true }))).toContain("ok, code and message that are true, missing, missing");
    expect(await checkMessage(() => throwIt(cyclic()))).toBe("something was thrown that has no text: object");
  });

  it("a store whose open() does not end is said once to be late, with the time limit of the configuration", async () => {
    const clock = new VirtualClock();
    const host = hostOf({ open: () => new Promise(() => undefined) }, { clock });
    const receipt = await clock.run(host.done());
    expect(receipt.stores[0]?.problem?.message).toBe("s did not open: open() did not end within 60000 ms");
  });

  it("a store that does not close is not ok, and one that opens too late is closed", async () => {
    const clock = new VirtualClock();
    const hangs = hostOf({ open: () => ({ ...GOOD, close: () => new Promise(() => undefined) }) }, { clock });
    expect(await clock.run(hangs.check())).toMatchObject([{ ok: false, code: "close_failed" }]);
    const closed = Promise.withResolvers<void>();
    const opening = Promise.withResolvers<Store>();
    const late = hostOf({ open: () => opening.promise }, { clock });
    expect(await clock.run(late.check())).toMatchObject([{ ok: false, message: "s did not open within 60000 ms" }]);
    opening.resolve({ ...GOOD, close: () => closed.resolve() });
    await expect(closed.promise).resolves.toBeUndefined();
  });

  it.each([
    ...NONSENSE.filter(([, value]) => value !== undefined),
    ["a request without a body", [{ method: "PUT", url: "u", records: 1 }]],
    ["headers that are not texts", [{ method: "PUT", url: "u", body: "", records: 1, headers: { a: 1 } }]],
    ["headers that throw", [{ method: "PUT", url: "u", body: "", records: 1, headers: trap("a") }]],
    ["records that are not a number", [{ method: "PUT", url: "u", body: "", records: 1n }]],
  ] as [string, unknown][])("%s from `explain` is told as a problem of the plugin", async (_, answer) => {
    const explained: Explained[] = [];
    const host = hostOf({ explain: () => answer }, { explain: (one) => explained.push(one) });
    await host.write({ n: 1 });
    await host.done();
    expect(explained).toMatchObject([{ requests: [], problem: expect.any(String) }]);
    expect(explained[0]?.problem?.length).toBeLessThan(500);
  });

  it("an explain that never answers is reported as well", async () => {
    const clock = new VirtualClock();
    const explained: Explained[] = [];
    const host = hostOf(
      { explain: () => new Promise(() => undefined) },
      { clock, explain: (one) => explained.push(one) },
    );
    await host.write({ n: 1 });
    await clock.run(host.done());
    expect(explained).toMatchObject([{ problem: "explain() did not answer within 59999 ms" }]);
  });
});

describe("the message about a wrong answer", () => {
  it("does not show a secret that is in it (L-31)", async () => {
    const SECRET = "s3cr3t-0f-th3-st0r3";
    const params = { type: "object", properties: { token: { type: "string", writeOnly: true } } };
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const logger = { debug: say, info: say, warn: say, error: say };
    const answers = { validate: () => SECRET, batchFor: () => SECRET };
    const given = (plugin: object): Host => {
      const hostile = { ...PLUGIN, params, open: () => GOOD, ...plugin } as unknown as StorePlugin;
      return hostOf({}, { logger, stores: { s: { plugin: hostile, params: { token: SECRET } } } });
    };
    for (const [name, answer] of Object.entries(answers))
      said.push(JSON.stringify((await given({ [name]: answer }).inspect()).problems));
    const stores = {
      open: () => SECRET,
      write: () => [{ index: 0, status: SECRET }],
      done: () => ({ location: 5, notes: SECRET }),
      check: () => SECRET,
    };
    for (const [name, answer] of Object.entries(stores)) {
      const open = name === "open" ? answer : () => ({ ...GOOD, [name]: answer });
      said.push(JSON.stringify(await given({ open }).check()));
      const host = given({ open });
      host.hooks.deadLetter.tap("keep", (letters) => said.push(JSON.stringify(letters)) > 0 || undefined);
      await host.write({ n: 1 });
      said.push(JSON.stringify(await host.done({ deadlineMs: 10 })));
    }
    said.push(...failures.map(({ message }) => message));
    expect(said.join("\n")).toContain("********");
    expect(said.join("\n")).not.toContain(SECRET.slice(0, 8));
  });
});

describe("what a plugin throws (L-14)", () => {
  const THROWN: readonly [string, unknown][] = [
    ["nothing", undefined],
    ["a text", "no"],
    ["a cyclic object", cyclic()],
    ["a revoked proxy", revoked()],
    ["an error with a huge text", new Error("x".repeat(10_000_000))],
    ["an error with traps", trap("message", "status", "code", "cause")],
    ["a code that is an object", Object.assign(new Error("x"), { code: {}, status: "blocked" })],
  ];

  it.each(THROWN)("%s: every record is accounted for, and the receipt stays small", async (_, thrown) => {
    for (const call of ["open", "write", "flush", "done", "close"]) {
      const { receipt } = await runThrowing(call, thrown);
      const { written = 0, deadLettered = 0, lost } = receipt.stores[0] ?? {};
      expect({ call, sum: written + deadLettered, lost }).toEqual({ call, sum: 2, lost: 0 });
      expect(JSON.stringify(receipt).length).toBeLessThan(20_000);
    }
  });

  it.each(THROWN)("%s from flush, done and close has a code and names the store", async (_, thrown) => {
    expect((await runThrowing("flush", thrown)).flushed).toMatchObject({
      code: "STORE_FLUSH_FAILED",
      message: expect.stringContaining("s (hostile) did not flush: "),
    });
    for (const call of ["done", "close"])
      expect((await runThrowing(call, thrown)).receipt.stores).toMatchObject([
        { problem: { code: "STORE_DONE_FAILED" } },
      ]);
  });
});

describe("in a thread, the same (L-14)", () => {
  const THREAD = {
    "open returns nonsense": ["open: () => 5", "hostile: open() returned 5 and must return a store"],
    "open returns nothing": ["open() {}", "hostile: open() returned nothing and must return a store"],
    "flush is not a function": [
      "open: () => ({ write() {}, flush: 5 })",
      "a store whose flush is 5 and must be a function",
    ],
  } as const;

  it.each(Object.entries(THREAD))("%s", async (_, [open, what]) => {
    const failed = Promise.withResolvers<Failure>();
    const host = await inThread(open);
    host.hooks.failed.tap("first", (failure) => failed.resolve(failure));
    await host.write({ n: 1 });
    expect((await failed.promise).message).toContain(what);
    const receipt = await host.done({ deadlineMs: 1 });
    expect(receipt).toMatchObject({ ok: false, stores: [{ written: 0 }] });
  });

  it("answers that no thread can send are judged before they are sent", async () => {
    const host = await inThread("open: () => ({ write: () => [{ index: 0, status: () => 1 }] })");
    const told = new Promise<Failure>((resolve) => host.hooks.failed.tap("first", resolve));
    await host.write({ n: 1 });
    expect((await told).message).toContain("gives record 0 the status an object, which does not exist");
    await host.done({ deadlineMs: 1 });
  });

  it("the receipt names a report that a thread cannot send", async () => {
    const host = await inThread(
      "open: () => ({ write() {}, done: () => ({ location: 5n, notes: [Symbol('s'), 'n'] }) })",
    );
    await host.write({ n: 1 });
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: true, stores: [{ written: 1 }] });
    expect(receipt.stores[0]?.notes.join(" ")).toMatch(/a note that is a symbol, .*n.* a location that is a bigint/u);
  });

  it("a plugin that talks to the host's end of the thread costs the host nothing", async () => {
    const noise = `[undefined, 5, {}, { kind: "answer" }, { kind: "log", level: "constructor", message: "m" },
      { kind: "log", level: "warn", message: {} }, { kind: "failure", id: 1 }, { kind: "failure", id: 99, error: null }]`;
    const host = await inThread(
      `open: () => ({ write() { for (const one of ${noise}) parentPort.postMessage(one); } })`,
    );
    await host.write({ n: 1 });
    expect(await host.done()).toMatchObject({ ok: true, stores: [{ written: 1 }] });
  });
});

async function inThread(open: string): Promise<Host> {
  const path = join(folder, "hostile.mjs");
  const head = `import { parentPort } from "node:worker_threads";\n`;
  const fields = `kind: "store", name: "hostile", apiVersion: 1, params: { type: "object" }`;
  await writeFile(path, `${head}export default { ${fields}, ${open} };\n`);
  const delivery = { isolation: "thread", retry: { min: 1, max: 5 }, spool: false } as const;
  const host = createHost({ stateDir: folder, stores: { s: { plugin: path, delivery } } });
  host.hooks.failed.tap("keep", (failure) => void failures.push(failure));
  return host;
}

function spoil(given: { a: { b: unknown } }): void {
  given.a.b = "spoilt";
}

function emptyAndRefuse(batch: Batch): object[] {
  (batch as unknown as unknown[]).length = 0;
  return [0, 1].map((index) => ({ index, status: "reject" }));
}

async function checkMessage(check: () => unknown): Promise<string | undefined> {
  return (await hostWith({ check }).check())[0]?.message;
}

/** What becomes of two records where this call of the store throws this. */
async function runThrowing(call: string, thrown: unknown): Promise<{ receipt: Receipt; flushed: unknown }> {
  const clock = new VirtualClock();
  const opened = { ...GOOD, ...(call !== "open" && { [call]: () => throwIt(thrown) }) };
  const host = hostOf({ open: () => (call === "open" ? throwIt(thrown) : opened) }, { clock });
  host.hooks.deadLetter.tap("keep", () => true);
  await host.write([{ n: 1 }, { n: 2 }]);
  const flushed = call === "flush" ? await clock.run(host.flush().catch((error: unknown) => error)) : undefined;
  return { receipt: await clock.run(host.done({ deadlineMs: 60_000 })), flushed };
}

function fails(message: string): never {
  throw new Error(message);
}

function throwIt(value: unknown): never {
  throw value;
}
