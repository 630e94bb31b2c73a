// Drives a FileStore through its contract, step by step, in a process that tests may starve, trace and kill.
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import filestore from "../src/index.ts";
import { makeRecord } from "./make-record.ts";
import type { ChildTask } from "./support.ts";

const task = JSON.parse(process.argv[2] ?? "") as ChildTask;
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const signal = new AbortController().signal;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function attempt(name: string, action: () => unknown): Promise<void> {
  try {
    say(`${name} ok ${JSON.stringify((await action()) ?? null)}`);
  } catch (error) {
    const { status, code, message } = error as { status?: string; code?: string; message: string };
    say(`${name} failed ${status} ${code} ${message}`);
  }
}

await attempt("run", async () => {
  const store = await filestore.open(
    { path: task.folder, format: "json", compress: "none", write_mode: "replace", recover: "salvage", ...task.params },
    {
      key: "archive",
      audit: task.audit ?? "nightly",
      run: task.run ?? "r1",
      startedMs: 0,
      guarantee: "at-least-once",
      workers: [],
      resolvePath: (_param, path) => path,
      env: {},
      logger: { debug() {}, info() {}, warn: (text) => say(`warn ${text}`), error() {} },
      clock: {
        now: () => Date.now(),
        setTimeout: (fn, ms) => setTimeout(fn, ms),
        clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
      },
    },
  );
  say("open ok");
  for (const step of task.steps) {
    const [verb = "", worker, from, to, padding] = step.split(" ");
    if (verb === "wait") {
      say("waiting");
      await lines.next();
    } else if (verb === "write") {
      const count = Number(to) - Number(from);
      const batch = Array.from({ length: count }, (_, n) =>
        makeRecord(worker, Number(from) + n, "x".repeat(Number(padding ?? 0))),
      );
      await attempt("write", () => store.write(batch, { attempt: 1, signal }));
    } else if (verb === "workers") {
      // Every worker twice, far apart, so that its file is closed and opened again in between.
      const all = Number(worker);
      for (let round = 0; round < 2; round += 1) {
        for (let n = 0; n < all; n += 500) {
          const length = Math.min(500, all - n);
          const batch = Array.from({ length }, (_, index) => makeRecord(`w${n + index}`, round));
          await store.write(batch, { attempt: 1, signal });
        }
      }
      say("workers ok");
    } else if (verb === "count") {
      // The descriptor that readdir itself used is gone by now.
      const paths = readdirSync("/proc/self/fd").map((fd) => join("/proc/self/fd", fd));
      const those = paths.filter((path) => existsSync(path) && readlinkSync(path).startsWith(task.folder));
      say(`${those.length} files are open`);
    } else if (verb === "flush") await attempt("flush", () => store.flush?.());
    else if (verb === "check") await attempt("check", () => store.check?.());
    else if (verb === "done") await attempt("done", () => store.done?.({ complete: true }));
    else if (verb === "stop")
      await attempt("done", () => store.done?.({ complete: true, signal: AbortSignal.abort() }));
    // Opened to be read, a pipe takes the one thread for files until somebody writes to it.
    else if (verb === "hang") void open(join(task.folder, worker ?? ""), "r");
  }
});
process.stdin.destroy();
