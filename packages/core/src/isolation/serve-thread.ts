// What runs in the thread of a store: the plugin, and what does as the host asks.
import { parentPort, workerData } from "node:worker_threads";
import type { DoneReport, LogFields, Logger, Outcome, Store, StoreContext, StorePlugin } from "@cloudmarker/store-api";
import { systemClock } from "../clock.ts";
import { FairClock } from "../fair-clock.ts";
import { PluginCalls } from "../border/calls.ts";
import { cut } from "../border/describe.ts";
import { MOST_TEXT } from "../border/read.ts";
import { storeBehind } from "../border/store.ts";
import { expandPath } from "../config/expand-path.ts";
import { asksToReopen, readError } from "../delivery/answer.ts";
import { messageOf } from "../errors.ts";
import { checkShape } from "../plugins/check-shape.ts";
import { Identity } from "../records/identity.ts";
import { type Numbered, OPTIONAL_CALLS, type Reply, type ThreadStart } from "./messages.ts";
import { unpackBatch } from "./packed-batch.ts";

const { plugin: url, params, context, identity: of } = workerData as ThreadStart;
const identity = new Identity(of.run, of.pointers);
/** For records that are sent again: the remarks have already counted them. */
const repeated = new Identity(of.run, of.pointers);
/** Progress is reported at most once in this many milliseconds, so that the host is not kept busy. */
const PROGRESS_MS = 200;

/** Pending calls of `write` and `done`. */
const attempts = new Map<number, AbortController>();
let store: Store | undefined;

/** Begins to do what it is asked. */
export function take(request: Numbered): void {
  if (request.kind === "abort") {
    attempts.get(request.id)?.abort(new DOMException("the attempt is over", "TimeoutError"));
    say({ kind: "alive" });
  } else void answer(request);
}

async function answer(request: Exclude<Numbered, { kind: "abort" }>): Promise<void> {
  const { id } = request;
  try {
    say({ kind: "answer", id, result: await perform(request) });
  } catch (error) {
    say({ kind: "failure", id, error: { ...readError(error), reopen: asksToReopen(error) } });
  }
}

async function perform(request: Exclude<Numbered, { kind: "abort" }>): Promise<unknown> {
  switch (request.kind) {
    case "open":
      store = await open();
      return OPTIONAL_CALLS.filter((name) => store?.[name] !== undefined);
    case "write": {
      const { attempt, batch } = request;
      const records = unpackBatch(batch, attempt === 1 ? identity : repeated);
      const settle = (outcomes: readonly Outcome[]): void => say({ kind: "settle", id: request.id, outcomes });
      return abortable(request.id, (signal) => store?.write(records, { attempt, signal, settle }));
    }
    case "flush":
      return store?.flush?.();
    case "check":
      return store?.check?.();
    case "done": {
      const progress = progressOf(request.id);
      return withRemarks(await abortable(request.id, (signal) => store?.done?.({ ...request.run, signal, progress })));
    }
    case "close":
      try {
        return await store?.close?.();
      } finally {
        await printed();
      }
  }
}

/** Adds the remarks about ids to the report, since ids are made in this thread. */
function withRemarks(report: DoneReport | void): DoneReport | void {
  const own = identity.remarks(context.audit);
  return own.length === 0 ? report : { ...report, remarks: [...(report?.remarks ?? []), ...own] };
}

async function abortable<T>(id: number, work: (signal: AbortSignal) => T): Promise<Awaited<T>> {
  const controller = new AbortController();
  attempts.set(id, controller);
  try {
    return await work(controller.signal);
  } finally {
    attempts.delete(id);
  }
}

function progressOf(id: number): (done: unknown, total: unknown) => void {
  let toldMs = -Infinity;
  return (done, total) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    if (typeof done === "number" && typeof total === "number") say({ kind: "progress", id, done, total });
  };
}

/**
 * The output of a plugin goes through the host's thread, with a delay. What is not printed yet is lost if this thread
 * is ended.
 */
async function printed(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write("", resolve))));
}

async function open(): Promise<Store> {
  const shape = checkShape(await import(/* webpackIgnore: true */ /* @vite-ignore */ url));
  if (!("plugin" in shape)) throw new TypeError(shape.problems.join("; "));
  const { name, open: openPlugin } = shape.plugin as StorePlugin;
  const { audit, key } = context;
  // Long calls are not reported, since only this store uses the event loop of this thread.
  const calls = new PluginCalls({ audit, key, plugin: name, now: clock.now, failed: () => undefined });
  return storeBehind(await openPlugin(params, storeContext()), name, calls);
}

const clock = new FairClock(systemClock);
const logger: Logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };

function storeContext(): StoreContext {
  const { home, folders, ...rest } = context;
  const resolvePath = (param: string, path: string): string =>
    expandPath(path, folders[param] ?? folders[""] ?? ".", home);
  return { ...rest, resolvePath, logger, clock };
}

function log(level: keyof Logger): (message: string) => void {
  return (message: unknown, fields?: LogFields) => {
    const text = typeof message === "string" ? message : messageOf(message);
    const code = fields?.code;
    const fieldsOf = typeof code === "string" ? { code: cut(code, MOST_TEXT) } : {};
    say({ kind: "log", level, message: cut(text, MOST_TEXT), ...fieldsOf });
  };
}

function say(reply: Reply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a port has no origin
  parentPort?.postMessage(reply);
}
