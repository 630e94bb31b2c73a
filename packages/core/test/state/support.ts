import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LetterLimits, NewLetter } from "../../src/state/kept-letters.ts";
import type { Block } from "../../src/state/stored.ts";

const CHILD: string = join(import.meta.dirname, "child.ts");

/** Whether strace can inject faults here. */
export const canTrace: boolean = spawnSync("strace", ["-e", "inject=fsync:error=EIO", "true"]).status === 0;

/** Whether this user may mount file systems. */
export const canMount: boolean = process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0;

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

/** A folder for a test, removed when it goes out of scope. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "cloudmarker-state-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A file system of its own with these limits. */
export function mounted(options: string): TemporaryFolder {
  const { path: parent } = temporaryFolder();
  const path = join(parent, "disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  const remove = (): void => {
    execFileSync("umount", ["--lazy", path]);
    rmSync(parent, { recursive: true });
  };
  return { path, [Symbol.dispose]: remove };
}

/** A block whose bytes depend on its place, and do not repeat. */
export function blockOf(first: number, count: number, bytes: number): Block {
  const filled = new Uint8Array(bytes);
  let state = first + 1;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    filled[at] = state >>> 24;
  }
  return { first, count, bytes: filled };
}

/** The same with a digest in place of the bytes, which is quicker to compare. */
export function digested(blocks: readonly Block[]): unknown {
  return blocks.map(({ first, count, bytes }) => [first, count, bytes.length, hash("sha1", bytes)]);
}

export const NO_LIMITS: LetterLimits = { before: -Infinity, maxBytes: Infinity };

export function deadLetterOf(more: Partial<NewLetter> = {}): NewLetter {
  return {
    run: "r1",
    started: 500,
    audit: "nightly",
    store: "search",
    plugin: "esstore",
    code: "mapping",
    reason: "no such field",
    attempts: 1,
    time: 1_000,
    recordId: "d1",
    place: 0,
    record: new Uint8Array([1, 2, 3]),
    ...more,
  };
}

/** A process that runs `child.ts`. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #changed: (() => void)[] = [];
  readonly #ended: Promise<unknown>;

  constructor(args: readonly string[], wrapper: readonly string[] = []) {
    const [command = "", ...rest] = [...wrapper, process.execPath, "--no-warnings", CHILD, ...args];
    this.#process = spawn(command, rest);
    let text = "";
    this.#process.stdout.on("data", (data: Buffer) => {
      text += String(data);
      this.#lines.push(...text.split("\n").slice(0, -1));
      text = text.slice(text.lastIndexOf("\n") + 1);
      this.#wake();
    });
    this.#process.stderr.resume();
    this.#ended = once(this.#process, "close");
    this.#process.on("close", () => this.#wake());
  }

  /** The first line that begins so. */
  async line(beginning: string): Promise<string> {
    for (;;) {
      const found = this.#lines.find((line) => line.startsWith(beginning));
      if (found !== undefined) return found;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`it ended without "${beginning}": ${this.#lines.join("; ")}`);
      // oxlint-disable-next-line no-await-in-loop -- it waits for the next line
      await new Promise<void>((resolve) => void this.#changed.push(resolve));
    }
  }

  /** All lines once it has ended. */
  async all(): Promise<readonly string[]> {
    this.#process.stdin.end();
    await this.#ended;
    return this.#lines;
  }

  #wake(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }

  /** Kills it as `kill -9` does. */
  async kill(): Promise<readonly string[]> {
    this.#process.kill("SIGKILL");
    await this.#ended;
    return this.#lines;
  }
}
