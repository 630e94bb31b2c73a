import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Failure, Receipt } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { type GuardContext } from "../src/guard.ts";
import { HOOK_TABLE, OWN_STAGE, createHostHooks, createStoreHooks, tapHostFor } from "../src/hooks.ts";

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
    mask: String,
  };
  return { hooks: createHostHooks(context), store: createStoreHooks(context), failures, warnings, timers };
}

const receipt = { run: "r" } as Receipt;
const own = { name: "own", stage: OWN_STAGE, own: true } as { name: string };

describe("the guard of the hooks (pitfalls of tapable, node-hosts c)", () => {
  it("reports a tap that throws synchronously after an asynchronous one, and goes on (pitfall 1)", async () => {
    const { hooks, failures } = setUp();
    const seen: string[] = [];
    hooks.done.tapPromise("first", async () => undefined);
    hooks.done.tapPromise("thrower", () => {
      throw new Error("boom");
    });
    hooks.done.tap("last", () => {
      seen.push("last");
    });
    await hooks.done.promise(receipt);
    expect(seen).toEqual(["last"]);
    expect(failures.map((one) => one.message)).toEqual(["thrower in host.hooks.done: boom"]);
    expect(failures[0]).toMatchObject({ code: "TAP_FAILED", plugin: "thrower", hook: "host.hooks.done" });
  });

  it("reports a tap that hangs, when its time is over (pitfall 1)", async () => {
    const { hooks, failures, timers } = setUp();
    hooks.done.tapPromise("hanger", () => new Promise(() => undefined));
    const done = hooks.done.promise(receipt);
    while (timers.length === 0) await Promise.resolve();
    timers[0]?.();
    await done;
    expect(failures[0]?.message).toBe("hanger in host.hooks.done: did not settle its promise within 30000 ms");
  });

  it("reports a callback that never comes (pitfall 1)", async () => {
    const { hooks, failures, timers } = setUp();
    hooks.done.tapAsync("forgetful", () => undefined);
    const done = hooks.done.promise(receipt);
    while (timers.length === 0) await Promise.resolve();
    timers[0]?.();
    await done;
    expect(failures[0]?.message).toBe("forgetful in host.hooks.done: did not call its callback within 30000 ms");
  });

  it("reports a tapPromise function that returns no promise, and takes its answer (pitfall 1)", async () => {
    const { store, failures } = setUp();
    store.write.tapPromise("plain", (() => []) as unknown as () => Promise<[]>);
    store.write.tapPromise(own, async () => {
      throw new Error("not reached");
    });
    await expect(store.write.promise([], { attempt: 1, signal: new AbortController().signal })).resolves.toEqual([]);
    expect(failures[0]?.message).toBe("plain in store.hooks.write: returned no promise from tapPromise");
  });

  it("runs the rest of a series once when a callback is called twice (pitfall 3)", async () => {
    const { hooks, failures } = setUp();
    let runs = 0;
    hooks.done.tapAsync("twice", (_receipt, callback) => {
      callback();
      callback();
    });
    hooks.done.tap("counter", () => {
      runs += 1;
    });
    await hooks.done.promise(receipt);
    expect(runs).toBe(1);
    expect(failures.map((one) => one.message)).toEqual(["twice in host.hooks.done: called its callback twice"]);
  });

  it("keeps the cause and names plugin and hook, not eval (pitfalls 4 and 10)", async () => {
    const { hooks, failures } = setUp();
    const cause = new Error("disk on fire");
    tapHostFor("redactor", hooks, console).hooks.done.tapPromise("some inner name", () => Promise.reject(cause));
    await hooks.done.promise(receipt);
    expect(failures[0]).toEqual({
      code: "TAP_FAILED",
      message: "redactor in host.hooks.done: disk on fire",
      plugin: "redactor",
      hook: "host.hooks.done",
      cause,
    });
  });

  it("warns of two taps by one name and of an unknown `before` (pitfall 5)", () => {
    const { hooks, warnings } = setUp();
    hooks.done.tap("same", () => undefined);
    hooks.done.tap("same", () => undefined);
    hooks.done.tap({ name: "early", before: "nobody" }, () => undefined);
    expect(warnings).toEqual([
      'Two taps of host.hooks.done are called "same"; reports cannot tell them apart.',
      'early wants to run before "nobody" in host.hooks.done, which nobody has tapped by that name.',
    ]);
  });

  it("refuses a tap that comes after the host was opened (pitfall 5)", () => {
    const { hooks } = setUp(true);
    expect(() => hooks.done.tap("late", () => undefined)).toThrow(
      "late taps host.hooks.done too late: the host is open already.",
    );
  });

  it("takes no answer from a hook that has none to give (pitfall 6)", async () => {
    const { hooks } = setUp();
    hooks.done.tap("talker", (() => "ignored") as unknown as () => void);
    await expect(hooks.done.promise(receipt)).resolves.toBeUndefined();
  });

  it("reports an interceptor that throws, and the operation goes on (pitfall 7)", async () => {
    const { hooks, failures } = setUp();
    let ran = false;
    hooks.done.intercept({
      name: "profiler",
      call: () => {
        throw new Error("no profile");
      },
    });
    hooks.done.tap("worker", () => {
      ran = true;
    });
    await hooks.done.promise(receipt);
    expect(ran).toBe(true);
    expect(failures[0]?.message).toBe("profiler in host.hooks.done: threw in its interceptor (call): no profile");
  });

  it("says so at once where code generation is forbidden, in place of an EvalError in a run (pitfall 9)", async () => {
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
    store.open.tapPromise(own, () => Promise.reject(new Error("refused")));
    await expect(store.open.promise()).rejects.toThrow("refused");
    expect(failures).toEqual([]);
  });

  it("rejects the record when a tap of the record hook throws or returns a promise, rather than pass it unredacted", () => {
    const { hooks, failures } = setUp();
    hooks.record.tap("redact", () => {
      throw new Error("no rule");
    });
    expect(() => hooks.record.call({ com: {} })).toThrow("redact in host.hooks.record: no rule");
    const other = setUp();
    other.hooks.record.tap("later", (async (record: unknown) => record) as never);
    expect(() => other.hooks.record.call({ com: {} })).toThrow(
      "later in host.hooks.record: returned a promise, but this hook is synchronous",
    );
    expect(failures).toHaveLength(1);
  });

  it("keeps the record when a tap of the filter hook throws", () => {
    const { hooks, failures } = setUp();
    hooks.filter.tap("only-fails", () => {
      throw new Error("no status");
    });
    expect(hooks.filter.call({ com: {} })).toBeUndefined();
    expect(failures).toHaveLength(1);
  });

  it("lists every hook in the table, and freezes them", () => {
    const { hooks, store } = setUp();
    const all = { host: hooks, store };
    const created = Object.entries(all).flatMap(([owner, set]) =>
      Object.keys(set).map((name) => `${owner}.hooks.${name}`),
    );
    expect(HOOK_TABLE.map((row) => row.hook)).toEqual(created);
    expect(Object.isFrozen(hooks) && Object.isFrozen(store)).toBe(true);
  });

  it("gives taps a host on which they can tap and nothing else", () => {
    const { hooks } = setUp();
    const seen = tapHostFor("measure", hooks, console);
    expect(Object.keys(seen.hooks)).toEqual(Object.keys(hooks));
    expect(Object.keys(seen.hooks.done)).toEqual(["tap", "tapPromise"]);
    expect(Object.keys(seen.hooks.record)).toEqual(["tap"]);
  });
});
