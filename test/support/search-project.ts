import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ElasticsearchServer, isBulk } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { Project } from "./project.ts";
import { noise } from "./noise.ts";
import { runCli } from "./run-cli.ts";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));

/** A folder with a configuration of one Elasticsearch, to which batches go one by one. */
export class SearchProject extends Project {
  readonly server: ElasticsearchServer;

  constructor(server: ElasticsearchServer) {
    super();
    this.server = server;
    const delivery = { batch: { records: 100, age: "50ms" }, concurrency: 1, retry: { min: "10ms", max: "50ms" } };
    this.file(
      "c.yaml",
      JSON.stringify({
        plugins: { search: { plugin: "esstore", params: { node: server.url, index: "audit" }, delivery } },
        audits: { nightly: { stores: ["search"] } },
        run: ["nightly"],
      }),
    );
  }

  file(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.path, name), content);
  }

  /** Starts the command. @param input a descriptor that is its standard input @default a pipe */
  start(args: readonly string[], input: number | "pipe" = "pipe"): ChildProcess {
    const env = { ...process.env, HOME: this.path, XDG_STATE_HOME: this.path, NO_COLOR: "1" };
    return spawn(process.execPath, [BIN, ...args], { cwd: this.path, env, stdio: [input, "pipe", "pipe"] });
  }

  /**
   * Starts `write` and, once `seen` is over, kills it with no chance to do anything.
   * @param input what goes into its standard input, or the descriptor that it is
   * @returns the run id
   */
  async killed(
    args: readonly string[],
    seen: (child: ChildProcess) => Promise<void>,
    input?: string | number,
  ): Promise<string> {
    const child = this.start(["write", ...args], typeof input === "number" ? input : "pipe");
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdin?.on("error", () => undefined);
    if (typeof input === "string") child.stdin?.write(input);
    const run = new Promise<string>((resolve) => {
      let text = "";
      child.stderr?.on("data", (data: Buffer) => {
        text += data.toString();
        const found = /^Run (\S+)\. If it is interrupted: cloudmarker resume \1\n/mu.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const id = await run;
    await seen(child);
    child.kill("SIGKILL");
    await ended;
    return id;
  }

  run(...args: string[]): ReturnType<typeof runCli> {
    return runCli(args, this.path);
  }

  /** The numbers of the documents that are there, in order. */
  get numbers(): number[] {
    const sources = [...this.server.documents("audit").values()];
    return sources.map((source) => (JSON.parse(source) as { raw: { n: number } }).raw.n).toSorted((a, b) => a - b);
  }
}

/** So many records of 1 KB. */
export const numbered = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ n, padding: noise(1000, n) }));
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Resolves once the server has indexed so many documents, after which it does not answer any more. */
export function indexed(server: ElasticsearchServer, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.itemFault = () => {
    if (server.indexed >= count) {
      server.faults.always({ kind: "hang", on: isBulk });
      resolve();
    }
    return undefined;
  };
  return promise;
}
