import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../packages/cli/bin/cloudmarker.js", import.meta.url));

/** When a process is killed. */
export type KillPoint =
  /** As the server gets the request with this number. */
  | { readonly at: "request"; readonly n: number }
  /** As it accepts the record with this number, or calls that hook for the n-th time. */
  | { readonly at: "record" | "written" | "flush" | "done"; readonly n: number }
  /** Once it has written so many bytes, to whatever. */
  | { readonly at: "bytes"; readonly n: number }
  /** As it makes this call to the system for a file of the state folder, for the n-th time in one thread. */
  | { readonly at: "call"; readonly call: string; readonly n: number }
  /** As it names the run. */
  | { readonly at: "named" }
  /** So many milliseconds after it named the run. */
  | { readonly at: "ms"; readonly n: number };

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** When it was killed, as the clock of the system says; undefined if it came to its end. */
  readonly killedMs: number | undefined;
}

/** The command in a process of its own. */
export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = "";
  #stderr = "";
  #killedMs: number | undefined;
  readonly #point: KillPoint | undefined;

  constructor(args: readonly string[], cwd: string, point: KillPoint | undefined) {
    const env: NodeJS.ProcessEnv = { ...process.env, HOME: cwd, XDG_STATE_HOME: cwd, NO_COLOR: "1" };
    env["XDG_CACHE_HOME"] = CACHE;
    if (point && "n" in point) env["KILL_AT"] = `${point.at} ${point.n}`;
    this.#point = point;
    const tracer = point?.at === "call" ? traced(point, join(cwd, "cloudmarker")) : [];
    const [program = process.execPath, ...rest] = [...tracer, process.execPath, BIN, ...args];
    this.child = spawn(program, rest, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    const { stdin, stdout, stderr } = this.child;
    stdin?.on("error", () => undefined);
    stdout?.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    stderr?.setEncoding("utf8").on("data", (text: string) => this.#said(text));
    this.ended = new Promise((resolve) => {
      this.child.once("exit", () => (this.#killedMs ??= Date.now()));
      this.child.once("close", (code) => {
        const killedMs = code === null ? this.#killedMs : undefined;
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr, killedMs });
      });
    });
    if (point?.at === "bytes") void this.#killAfterBytes(point.n);
  }

  /** The server got a request. */
  requested(n: number): void {
    if (this.#point?.at === "request" && n === this.#point.n) this.#kill();
  }

  #said(text: string): void {
    const wasNamed = this.#stderr.includes("If it is interrupted:");
    this.#stderr += text;
    if (wasNamed || !this.#stderr.includes("If it is interrupted:")) return;
    if (this.#point?.at === "named") this.#kill();
    else if (this.#point?.at === "ms") void delay(this.#point.n).then(() => this.#kill());
  }

  #kill(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.#killedMs ??= Date.now();
    this.child.kill("SIGKILL");
  }

  async #killAfterBytes(bytes: number): Promise<void> {
    while (this.child.exitCode === null && this.child.signalCode === null) {
      if (bytesWritten(this.child.pid) >= bytes) return this.#kill();
      // oxlint-disable-next-line no-await-in-loop -- until it has
      await delay(1);
    }
  }
}

/** Calls that change something. */
export const CALLS: readonly string[] = [
  "openat",
  "pwrite64",
  "write",
  "ftruncate",
  "fdatasync",
  "fsync",
  "unlink",
  "rename",
  "mkdir",
  "fcntl",
];

/** Whether strace can kill processes here. */
export const canTrace: boolean = spawnSync("strace", ["-e", "inject=fsync:error=EIO", "true"]).status === 0;

/** The run whose files are watched. */
export const RUN = "r1";

/** The command that kills what it runs at a call for one of the files that a run has in the state folder. */
function traced({ call, n }: { readonly call: string; readonly n: number }, folder: string): string[] {
  const databases = [`runs/${RUN}.db`, `runs/${RUN}.run`, "state.db", "replay.claim"];
  const files = databases.flatMap((name) => ["", "-wal", "-shm", "-journal"].map((end) => name + end));
  const paths = [...files, "runs", "receipts", `receipts/${RUN}.json`, `receipts/${RUN}.json.tmp`].flatMap((name) => [
    "-P",
    join(folder, name),
  ]);
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${n}`];
  return ["strace", "-f", "-qqq", "-o", "/dev/null", ...inject, ...paths];
}

/** Compiled code of the command; each round has a home folder of its own. */
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache", import.meta.url));

/** What a process has written, to whatever. */
function bytesWritten(pid: number | undefined): number {
  try {
    return Number(/^wchar: (\d+)/mu.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}
