import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Failure, type Receipt, reject } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { type GuardContext } from "../src/guard.ts";
import { HOOK_TABLE, createHostHooks, createStoreHooks, defaultTap } from "../src/hooks.ts";

/** Hooks with a clock whose only timer fires when the test says so. */
function setUp(closed = false) {
  const failures: Failure[] = [];
  const warnings: string[] = [];
  const timers: (() => void)[] = [];
  const context: GuardContext = {
    clock: { now: () => 0, setTimeout: (fn) => timers.push(fn), clearTimeout: () => undefined },
    timeoutMs: 30_000,
    report: (failure) => failures.push(failure),
    warn: (message) => warnings.push(message),
    closed: () => closed,
    mask: (text) => text.replace("hunter2", "***"),
  };
  const host = createHostHooks(context);
  const store = createStoreHooks(context);
  return { host, hooks: host.facade(), store, storeHooks: store.facade(), failures, warnings, timers };
}

const receipt = { run: "r" } as Receipt;
const own = defaultTap("own");

describe("the guard of the hooks (pitfalls of tapable, node-hosts c)", () => {
  it("reports a tap that throws synchronously after an asynchronous one, and goes on (pitfall 1)", async () => {
    const { host, hooks, failures } = setUp();
    const seen: string[] = [];
    hooks.done.tapPromise("first", async () => undefined);
    hooks.done.tapPromise("thrower", () => {
      throw new Error("boom");
    });
    hooks.done.tap("last", () => {
      seen.push("last");
    });
    await host.tapable.done.promise(receipt);
    expect(seen).toEqual(["last"]);
    expect(failures.map((one) => one.message)).toEqual(["thrower in host.hooks.done: boom"]);
    expect(failures[0]).toMatchObject({ code: "TAP_FAILED", plugin: "thrower", hook: "host.hooks.done" });
  });

  it("reports a tap that hangs, when its time is over (pitfall 1)", async () => {
    const { host, hooks, failures, timers } = setUp();
    hooks.done.tapPromise("hanger", () => new Promise(() => undefined));
    const done = host.tapable.done.promise(receipt);
    while (timers.length === 0) await Promise.resolve();
    timers[0]?.();
    await done;
    expect(failures[0]?.message).toBe("hanger in host.hooks.done: did not settle its promise within 30000 ms");
  });

  it("reports a tapPromise function that returns no promise, and takes its answer (pitfall 1)", async () => {
    const { store, storeHooks, failures } = setUp();
    storeHooks.write.tapPromise("plain", (() => []) as unknown as () => Promise<[]>);
    store.tapable.write.tapPromise(own, async () => {
      throw new Error("not reached");
    });
    await expect(
      store.tapable.write.promise([], { attempt: 1, signal: new AbortController().signal }),
    ).resolves.toEqual([]);
    expect(failures[0]?.message).toBe("plain in store.hooks.write: returned no promise from tapPromise");
  });

  it("masks secrets in the outcomes that a tap answers in place of the store", async () => {
    const { store, storeHooks } = setUp();
    storeHooks.write.tap("checker", () => [reject(0, "invalid", "no hunter2 here")]);
    const outcomes = await store.tapable.write.promise([], { attempt: 1, signal: new AbortController().signal });
    expect(outcomes).toMatchObject([{ index: 0, status: "reject", reason: "no *** here" }]);
  });

  it("keeps the cause and names plugin and hook, not eval (pitfalls 4 and 10)", async () => {
    const { host, failures } = setUp();
    const cause = new Error("disk on fire");
    host.facade("redactor").done.tapPromise("some inner name", () => Promise.reject(cause));
    await host.tapable.done.promise(receipt);
    expect(failures[0]).toEqual({
      code: "TAP_FAILED",
      message: "redactor in host.hooks.done: disk on fire",
      plugin: "redactor",
      hook: "host.hooks.done",
      cause,
    });
  });

  it("warns of two taps by one name (pitfall 5)", () => {
    const { host, hooks, warnings } = setUp();
    hooks.done.tap("same", () => undefined);
    hooks.done.tap("same", () => undefined);
    expect(warnings).toEqual(['Two taps of host.hooks.done are called "same"; reports cannot tell them apart.']);
    hooks.done.tap("redact", () => undefined);
    host.facade("redact").done.tap("mine", () => undefined);
    expect(warnings[1]).toBe('Two taps of host.hooks.done are called "redact"; reports cannot tell them apart.');
  });

  it("lets a plugin tap one hook twice: its reports name it either way", () => {
    const { host, warnings } = setUp();
    const { done } = host.facade("redact");
    done.tap("one", () => undefined);
    done.tapPromise("two", async () => undefined);
    expect(warnings).toEqual([]);
  });

  it("refuses a tap that comes after the host was opened (pitfall 5)", () => {
    const { hooks } = setUp(true);
    expect(() => hooks.done.tap("late", () => undefined)).toThrow(
      "late taps host.hooks.done too late: the host is open already.",
    );
  });

  it("takes no answer from a hook that has none to give (pitfall 6)", async () => {
    const { host, hooks } = setUp();
    hooks.done.tap("talker", (() => "ignored") as unknown as () => void);
    await expect(host.tapable.done.promise(receipt)).resolves.toBeUndefined();
  });

  it("says at once that code generation is forbidden, instead of an EvalError in a run (pitfall 9)", async () => {
    const code = `import("./packages/core/lib/index.js").then((core) => core.createHost()).catch((e) => console.log(e.code))`;
    const cwd = new URL("../../../", import.meta.url);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--disallow-code-generation-from-strings", "-e", code],
      { cwd },
    );
    expect(stdout).toBe("CODE_GENERATION\n");
  });

  it("lets the host's own tap reject, since its error is an answer", async () => {
    const { store, failures } = setUp();
    store.tapable.open.tapPromise(own, () => Promise.reject(new Error("refused")));
    await expect(store.tapable.open.promise()).rejects.toThrow("refused");
    expect(failures).toEqual([]);
  });

  it("rejects the record when a tap of the record hook throws or returns a promise, rather than pass it unredacted", () => {
    const { host, hooks, failures } = setUp();
    hooks.record.tap("redact", () => {
      throw new Error("no rule");
    });
    expect(() => host.tapable.record.call({ com: {} })).toThrow("redact in host.hooks.record: no rule");
    const other = setUp();
    other.hooks.record.tap("later", (async (record: unknown) => record) as never);
    expect(() => other.host.tapable.record.call({ com: {} })).toThrow(
      "later in host.hooks.record: returned a promise, but this hook is synchronous",
    );
    expect(failures).toHaveLength(1);
  });

  it("keeps the record when a tap of the filter hook throws", () => {
    const { host, hooks, failures } = setUp();
    hooks.filter.tap("only-fails", () => {
      throw new Error("no status");
    });
    expect(host.tapable.filter.call({ com: {} })).toBeUndefined();
    expect(failures).toHaveLength(1);
  });

  it("lists every hook in the table, and freezes them", () => {
    const { host, hooks, store, storeHooks } = setUp();
    const created = Object.entries({ host: hooks, store: storeHooks }).flatMap(([owner, set]) =>
      Object.keys(set).map((name) => `${owner}.hooks.${name}`),
    );
    expect(HOOK_TABLE.map((row) => row.hook)).toEqual(created);
    const all = [hooks, storeHooks, hooks.done, hooks.record, host.tapable, store.tapable];
    expect(all.filter((one) => !Object.isFrozen(one))).toEqual([]);
  });

  it.each([
    ["the embedding tool", undefined],
    ["a tap plugin", "measure"],
  ])("gives %s hooks on which it can tap and nothing else", (_, plugin) => {
    const { host } = setUp();
    const hooks = host.facade(plugin);
    expect(Object.keys(hooks)).toEqual(Object.keys(host.tapable));
    expect(Object.keys(hooks.done)).toEqual(["tap", "tapPromise"]);
    expect(Object.keys(hooks.record)).toEqual(["tap"]);
  });

  it("refuses to tap without a name, and with unknown options such as tapable's `before` (pitfall 5)", () => {
    const { hooks } = setUp();
    const options = { name: "early", before: "nobody" };
    expect(() => hooks.done.tap(options, () => undefined)).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        message: 'host.hooks.done.tap() has an unknown option "before". Known: name, stage.',
      }),
    );
    expect(() => hooks.done.tap(undefined as never, () => undefined)).toThrow(
      "host.hooks.done.tap() needs the option name.",
    );
  });

  it("runs taps by their stage, and the host's own after them", async () => {
    const { store, storeHooks } = setUp();
    const seen: string[] = [];
    const note = (name: string) => async () => void seen.push(name);
    store.tapable.open.tapPromise(own, note("own"));
    storeHooks.open.tapPromise({ name: "behind", stage: 1_000 }, note("behind"));
    storeHooks.open.tapPromise({ name: "late", stage: 1 }, note("late"));
    storeHooks.open.tapPromise("plain", note("plain"));
    await store.tapable.open.promise();
    expect(seen).toEqual(["plain", "late", "own", "behind"]);
  });
});
