import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEnd, Store, StoreContext, StoreRecord } from "@cloudmarker/store-api";
import { onTestFinished } from "vitest";
import { attempt, storeContext } from "../../../test/support/store-context.ts";
import filestore from "../src/index.ts";
import type { FileStoreParams } from "../src/index.ts";
import { makeRecord } from "./make-record.ts";

export { attempt };

const CHILD: string = join(import.meta.dirname, "child.ts");

/** Whether strace can inject faults here. */
export const canTrace: boolean = spawnSync("strace", ["-e", "inject=fsync:error=EIO", "true"]).status === 0;

/** A disk in memory, where there is one. */
export const MEMORY: string = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Whether this user may mount file systems. */
export const canMount: boolean = process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0;

/** A folder of its own for a test, removed after it; in memory where a test writes thousands of files. */
export function temporaryFolder(base = tmpdir()): string {
  const folder = mkdtempSync(join(base, "filestore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Visible files, sorted; hidden ones are FileStore's own business. */
export function files(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .toSorted();
}

/** Temporary files, locks and journals: what must not be there after `done`. Control files and lists of runs may be. */
export function leftovers(folder: string): string[] {
  const stays = /^\.cloudmarker\.[0-9a-f]{12}\.run$|\.runs$/;
  return readdirSync(folder).filter((name) => name.startsWith(".") && !stays.test(name));
}

/** The records of a JSON array file. */
export function readArray(folder: string, name: string): { raw: { n: number } }[] {
  return JSON.parse(readFileSync(join(folder, name), "utf8"));
}

/** The records of an NDJSON file. */
export function readLines(folder: string, name: string): { raw: { n: number } }[] {
  const text = readFileSync(join(folder, name), "utf8");
  if (text !== "" && !text.endsWith("\n")) throw new Error(`${name} ends in a torn line`);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** The numbers that `makeRecord` gave them. */
export function numbers(records: { raw: { n: number } }[]): number[] {
  return records.map(({ raw }) => raw.n);
}

/** Records `from` to `to`, without `to`, of one worker. */
export function batchOf(worker: string | undefined, from: number, to: number): StoreRecord[] {
  return Array.from({ length: to - from }, (_, index) => makeRecord(worker, from + index));
}

export interface Opened extends Required<Store> {
  readonly warnings: string[];
}

/** Every param as the schema has it. */
export const DEFAULTS: FileStoreParams = {
  path: "/tmp/cloudmarker",
  format: "json",
  compress: "none",
  write_mode: "replace",
  recover: "salvage",
};

/** An open FileStore in this process. */
export async function openStore(
  folder: string,
  given: Partial<FileStoreParams> = {},
  context: Partial<StoreContext> = {},
): Promise<Opened> {
  const warnings: string[] = [];
  const world = storeContext({ key: "archive", ...context }, warnings);
  const store = await filestore.open({ ...DEFAULTS, path: folder, ...given }, world);
  return { ...(store as Required<Store>), warnings };
}

/** Workers, and the numbers of their records. */
export type Workers = Record<string, readonly [from: number, to: number]>;

/** One whole run in this process. */
export function runStore(
  folder: string,
  workers: Workers,
  given: Partial<FileStoreParams> = {},
  context: Partial<StoreContext> = {},
): Promise<readonly string[]> {
  return run(folder, workers, given, context, { complete: true });
}

/** A run whose producer broke off. */
export function incompleteRun(
  folder: string,
  workers: Workers,
  given: Partial<FileStoreParams> = {},
  context: Partial<StoreContext> = {},
): Promise<readonly string[]> {
  return run(folder, workers, given, context, { complete: false });
}

async function run(
  folder: string,
  workers: Workers,
  given: Partial<FileStoreParams>,
  context: Partial<StoreContext>,
  end: RunEnd,
): Promise<readonly string[]> {
  const store = await openStore(folder, given, context);
  for (const [worker, [from, to]] of Object.entries(workers)) await store.write(batchOf(worker, from, to), attempt());
  const report = await store.done(end);
  return report?.notes ?? [];
}

/** What a child process is to do; see child.ts. */
export interface ChildTask {
  readonly folder: string;
  readonly params?: Partial<FileStoreParams>;
  readonly run?: string;
  readonly audit?: string;
  /**
   * `write WORKER FROM TO`, `workers COUNT`, `count` (the open files), `flush`, `done`, `stop`, `hang PIPE`, `wait`
   * (for a line on stdin).
   */
  readonly steps: readonly string[];
}

/** A child process with a FileStore, perhaps under another command such as `strace`. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  output = "";
  errors = "";
  #wakeUp = (): void => {};

  constructor(task: ChildTask, wrapper: readonly string[] = []) {
    const [command = process.execPath, ...rest] = [...wrapper, process.execPath, CHILD, JSON.stringify(task)];
    // One thread for files: strace counts calls per thread.
    this.process = spawn(command, rest, { env: { ...process.env, NODE_OPTIONS: "", UV_THREADPOOL_SIZE: "1" } });
    this.process.stdout.on("data", (data: Buffer) => {
      this.output += data.toString();
      this.#wakeUp();
    });
    this.process.stderr.on("data", (data: Buffer) => {
      this.errors += data.toString();
    });
    this.exited = new Promise((resolve) => {
      this.process.on("close", (code, signal) => {
        resolve({ code, signal });
        this.#wakeUp();
      });
    });
  }

  /**
   * Kills the child when it calls the system for the `count`-th time from now on; resolves when that is arranged.
   * @param path the only path whose calls count
   */
  async killAt(call: string, count: number, path?: string): Promise<void> {
    const options = `-f -o /dev/null -p ${this.process.pid} -e trace=${call} -e inject=${call}:signal=KILL:when=${count}`;
    const tracer = spawn("strace", [...options.split(" "), ...(path === undefined ? [] : ["-P", path])]);
    await new Promise<void>((resolve) => tracer.stderr.on("data", () => resolve()));
  }

  /** Resolves when the child has printed this. */
  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`The child ended without "${text}":\n${this.output}${this.errors}`);
      }
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
    }
  }
}

/** Runs a child to its end and returns what it printed. */
export async function runChild(task: ChildTask, wrapper: readonly string[] = []): Promise<string> {
  const child = new Child(task, wrapper);
  await child.exited;
  return child.output + child.errors;
}
