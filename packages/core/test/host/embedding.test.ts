import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { LogFields, Logger } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type HostOptions } from "../../src/index.ts";

const params = { type: "object", properties: {}, additionalProperties: false } as const;
const store = (parts: object) => ({ kind: "store", name: "mine", apiVersion: 1, params, ...parts }) as never;
const good = store({ open: () => ({ write: () => undefined }) });

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-embedding-"));
});

/** A logger that keeps what it is given. */
function keeping(): { readonly logger: Logger; readonly lines: { message: string; fields: LogFields | undefined }[] } {
  const lines: { message: string; fields: LogFields | undefined }[] = [];
  const log = (message: string, fields?: LogFields): void => void lines.push({ message, fields });
  return { logger: { debug: log, info: log, warn: log, error: log }, lines };
}

describe("the messages to an embedding program (L-72)", () => {
  it("the message of a ConfigError has the first problem, since test runners show nothing else", async () => {
    const one = createHost({ stores: { archive: { plugin: good, params: { pth: 1 } } } }).open();
    await expect(one).rejects.toThrow(
      'The configuration has 1 problem: plugins.archive.params.pth  params has an unknown key "pth".',
    );
    const two = createHost({
      stores: { a: { plugin: good, params: { x: 1 } }, b: { plugin: good, params: { y: 1 } } },
    });
    await expect(two.open()).rejects.toThrow("The configuration has 2 problems. The first: plugins.a.params.x  params");
  });

  it("flush rejects with the store, its audit and a code, whatever the store threw", async () => {
    const failing = store({
      open: () => ({
        write: () => undefined,
        flush: () => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" })),
      }),
    });
    const unspooled = { plugin: failing, delivery: { spool: false } };
    const host = createHost({
      stores: { archive: unspooled },
      audit: "nightly",
      stateDir,
    });
    await host.write({ n: 1 });
    const expected = { code: "STORE_FLUSH_FAILED", store: "archive", audit: "nightly", cause: { message: "no space" } };
    await expect(host.flush()).rejects.toMatchObject(expected);
    await host.done();

    const both = createHost({ stores: { archive: unspooled, copy: unspooled }, stateDir });
    await both.write({ n: 1 });
    await expect(both.flush()).rejects.toMatchObject({
      code: "STORE_FLUSH_FAILED",
      message: "2 stores did not flush.",
      details:
        "archive (mine) did not flush: no space\ncopy (mine) did not flush: no space\n" +
        "Remove the cause, such as a full disk, and flush again or run again: records since the last good flush may be missing.",
      cause: { errors: [{ store: "archive" }, { store: "copy" }] },
    });
    await both.done();
  });

  it("an option may be undefined, as passed-on options often are", async () => {
    const passed: { signal: AbortSignal | undefined; logger: Logger | undefined; origin: undefined } = {
      signal: undefined,
      logger: undefined,
      origin: undefined,
    };
    const options: HostOptions = { ...passed, stores: { archive: good }, stateDir };
    const host = createHost(options);
    await host.write({ n: 1 }, { origin: undefined });
    expect(await host.done({ deadlineMs: undefined, complete: undefined })).toMatchObject({ ok: true });
  });

  it("hooks and the logger run in the asynchronous context in which the host was made", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const note = (what: string): void => void seen.push(`${what} in ${context.getStore()}`);
    const logger = { ...keeping().logger, error: () => note("logger") };
    const failing = store({ open: () => ({ write: () => undefined, done: () => Promise.reject(new Error("no")) }) });
    const host = context.run("creation", () => createHost({ stores: { archive: failing }, stateDir, logger }));
    host.hooks.record.tap("test", (record) => (note("record"), record));
    host.hooks.store.tap("test", ({ hooks }) => {
      hooks.write.tapPromise("test", async () => void note("write"));
    });
    host.hooks.done.tapPromise("test", async () => note("done"));
    await context.run("elsewhere", () => host.write({ n: 1 }));
    await context.run("elsewhere", () => host.done());
    expect(seen).toEqual(["record", "write", "logger", "done"].map((what) => `${what} in creation`));
  });

  it("node --permission: the error names what is refused and the option that allows it", async () => {
    const program = `
      import { createHost } from "@cloudmarker/core";
      const host = createHost({ stores: { archive: { plugin: "filestore", params: { path: "x" } } }, cwd: "/" });
      const print = ({ code, message, details }) => console.log(JSON.stringify({ code, message, details }));
      await host.open().catch(print);`;
    const root = join(import.meta.dirname, "../../../..");
    const readable = ["packages", "node_modules", "plugins"].map((name) => `--allow-fs-read=${join(root, name)}`);
    const args = ["--permission", ...readable, "--input-type=module", "-e", program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(JSON.parse(stdout)).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringMatching(/^Node was started with --permission, which does not allow FileSystemRead of \//),
      details: expect.stringContaining("--allow-fs-read=/"),
    });
  });
});

describe("what a program can watch (L-73)", () => {
  it("stats() tells how far each store is, and adds up", async () => {
    let isThrottled = true;
    const gate = Promise.withResolvers<void>();
    const slow = store({
      batch: { records: 2 },
      async open() {
        return {
          write: async () => {
            if (isThrottled) throw Object.assign(new Error("later"), { status: "retry", code: "throttled" });
            await gate.promise;
          },
        };
      },
    });
    const delivery = { concurrency: 1, retry: { min: 1, max: 1 } };
    const host = createHost({ stores: { slow: { plugin: slow, delivery }, fast: good }, stateDir });
    expect(host.stats()).toEqual({ received: 0, filtered: 0, rejected: 0, stores: [] });
    const retried = new Promise<void>((resolve) => {
      host.hooks.store.tap("test", ({ key, hooks }) => {
        if (key === "slow") hooks.retry.tap("test", () => (resolve(), undefined));
      });
    });
    await host.write([1, 2, 3, 4, 5].map((n) => ({ n })));
    await retried;
    const name = { audit: "default", store: "slow", plugin: "mine" };
    const counts = { accepted: 5, written: 0, duplicate: 0, deadLettered: 0, lost: 0, queued: 5, spooled: 0 };
    expect(host.stats()).toMatchObject({ received: 5, stores: [{ ...name, ...counts, retrying: 2 }, { accepted: 5 }] });
    isThrottled = false;
    gate.resolve();
    await host.done();
    expect(host.stats().stores[0]).toMatchObject({ ...name, accepted: 5, written: 5, queued: 0, retrying: 0 });
  });

  it("every report names its store", async () => {
    const reports: object[] = [];
    let attempts = 0;
    const failing = store({
      open: () => ({
        write: () => {
          const [status, code] = attempts++ === 0 ? ["retry", "throttled"] : ["blocked", "denied"];
          if (attempts < 3) throw Object.assign(new Error("no"), { status, code });
        },
        done: () => Promise.reject(new Error("no")),
      }),
    });
    const delivery = { retry: { min: 1, max: 1 }, fail_fast: false };
    const host = createHost({ stores: { archive: { plugin: failing, delivery } }, audit: "nightly", stateDir });
    host.hooks.store.tap("test", ({ hooks }) => {
      for (const hook of [hooks.written, hooks.retry, hooks.blocked])
        hook.tap("test", (report) => void reports.push(report));
    });
    host.hooks.failed.tap("test", (failure) => void reports.push(failure));
    await host.write({ n: 1 });
    await host.done();
    const name = { audit: "nightly", store: "archive", plugin: "mine" };
    expect(reports).toMatchObject([
      { ...name, code: "throttled" },
      { ...name, code: "denied" },
      { ...name, records: 1 },
      { ...name, code: "STORE_DONE_FAILED" },
    ]);
  });

  it("the logger gets store, audit and code beside the message", async () => {
    const { logger, lines } = keeping();
    const talking = store({
      open: (_: unknown, context: { logger: Logger }) => {
        context.logger.info("hello", { code: "greeting", store: "another" });
        return { write: () => undefined, done: () => Promise.reject(new Error("no")) };
      },
    });
    const host = createHost({ stores: { archive: talking }, audit: "nightly", stateDir, logger });
    await host.write({ n: 1 });
    await host.done();
    const fields = { store: "archive", audit: "nightly", plugin: "mine" };
    expect(lines).toEqual([
      { message: "hello", fields: { ...fields, code: "greeting" } },
      { message: "archive did not publish: no", fields: { ...fields, code: "STORE_DONE_FAILED" } },
    ]);
  });
});
