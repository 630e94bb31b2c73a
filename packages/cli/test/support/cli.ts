import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assertReadable } from "../../../../test/support/readable.ts";

/** The command as a user starts it; `tsc -b` has built what is behind it. */
export const BIN: string = fileURLToPath(new URL("../../bin/cloudmarker.js", import.meta.url));

/** The Nodes that the command is tested on: the one that runs the tests, and the newest. */
export const NODES: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../../../../test/node_modules/node26/bin/node", import.meta.url)),
];

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Without {@link named}. */
  readonly stderr: string;
  /** The line that names the run. */
  readonly named: string;
}

/** A folder of its own with a home that has no configuration, removed when disposed of. */
export class Sandbox {
  readonly path: string = mkdtempSync(join(tmpdir(), "cloudmarker-cli-"));
  readonly home: string = join(this.path, "home");
  readonly state: string = join(this.path, "state");

  constructor() {
    mkdirSync(this.home);
  }

  /** Writes a file and returns its path. */
  file(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Starts the command. */
  start(
    args: readonly string[],
    env: Record<string, string> = {},
    node: string = process.execPath,
  ): ChildProcessWithoutNullStreams {
    return spawn(node, [BIN, ...args], {
      cwd: this.path,
      env: { PATH: process.env.PATH, HOME: this.home, XDG_STATE_HOME: this.state, ...env },
    });
  }

  /** Runs the command to its end with this on standard input. */
  async run(
    args: readonly string[],
    input: string | Uint8Array = "",
    env: Record<string, string> = {},
  ): Promise<Result> {
    const child = this.start(args, env);
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const result = await finished(child);
    assertReadable(args, result.stdout, result.stderr);
    return result;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Waits for the end of a command and collects what it printed. */
export async function finished(child: ChildProcessWithoutNullStreams): Promise<Result> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, stdout, ...withoutName(stderr) });
    });
  });
}

/** What a command printed on standard error, and the line in it that names its run. */
export function withoutName(text: string): Pick<Result, "stderr" | "named"> {
  const [named = ""] = /^Run \S+\. If it is interrupted: .*\n/mu.exec(text) ?? [];
  return { named, stderr: text.replace(named, "") };
}

/**
 * A store in one file: appends the JSON of each record to `params.path`; `hang` never answers, `reject` refuses every
 * record.
 */
export const STORE_SOURCE = `
import { appendFileSync } from "node:fs";
export default {
  kind: "store",
  name: "my-store",
  apiVersion: 1,
  supports: {},
  batch: { records: 1000 },
  params: {
    type: "object",
    properties: {
      path: { type: "string", description: "File to append to." },
      mode: { type: "string", enum: ["ok", "hang", "reject", "crash"], default: "ok" },
      token: { type: "string", writeOnly: true },
    },
    required: ["path"],
  },
  open(params: { path: string; mode: string }) {
    if (params.mode === "crash") setTimeout(() => { throw new Error("from a timer"); }, 20);
    return {
      async write(batch: readonly { json: string }[]) {
        if (params.mode === "hang") appendFileSync(params.path, "hanging");
        if (params.mode === "hang") await new Promise(() => setTimeout(() => undefined, 1e6));
        if (params.mode === "reject") return batch.map((_record, index) => ({ index, status: "reject", code: "nope", reason: "not today" }));
        appendFileSync(params.path, batch.map((record) => record.json + "\\n").join(""));
        return undefined;
      },
      done: () => ({ location: params.path }),
      check: () => ({ ok: params.mode === "ok", code: params.mode, message: "mode is " + params.mode }),
    };
  },
};
`;
