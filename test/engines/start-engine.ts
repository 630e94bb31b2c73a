import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EngineName, ENGINES } from "./catalogue.ts";
import { EngineProcess } from "./engine-process.ts";
import { freePort } from "./free-port.ts";
import { hello } from "./hello.ts";
import { missing } from "./missing.ts";

/** Starts, each on another port, before a clash counts as a failure. */
const STARTS = 3;

/** Where an engine is reached. */
export interface EngineAddress {
  readonly name: EngineName;
  readonly port: number;
  /** `http://127.0.0.1:PORT/` or `mongodb://127.0.0.1:PORT/`. */
  readonly url: string;
  /** The folder of its data. */
  readonly dir: string;
  /** HEC only: the file that it appends a line of OTLP JSON to for each request, within about 50 ms. */
  received?(): string;
}

/** A real server that runs on this machine until it is stopped, or until this process ends. */
export interface Engine extends EngineAddress {
  /** Ends it in an orderly way, and removes its data if {@link startEngine} made the folder. */
  stop(): Promise<void>;
  /** Ends it as a crash does (SIGKILL). Its data stay until {@link Engine.stop} is called as well. */
  kill(): Promise<void>;
}

/** How an engine differs from the usual. */
export interface StartOptions {
  /** Settings of the engine itself, as `http.max_content_length` or `receivers::splunk_hec::max_request_body_size`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Folder of its data, which stays when it stops. @default a temporary folder */
  readonly dir?: string;
  /** @default a free port */
  readonly port?: number;
}

/**
 * Starts an engine and waits until it answers. An error says what is missing, or carries the last output of the engine.
 */
export async function startEngine(name: EngineName, options: StartOptions = {}): Promise<Engine> {
  const lack = missing(name);
  if (lack !== undefined) throw new Error(`${name} cannot be started: ${lack}`);
  const settings = Object.entries(options.settings ?? {}).flatMap(([key, value]) => [key, String(value)]);
  if (settings.length > 0 && !ENGINES[name].settings) throw new Error(`${name} has no settings`);
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), `cloudmarker-${name}-`));
  mkdirSync(dir, { recursive: true });
  const cleanUp = () => {
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    for (let start = 1; ; start += 1) {
      const port = options.port ?? (await freePort());
      const url = `${ENGINES[name].scheme}://127.0.0.1:${port}/`;
      const engine = new EngineProcess(name, [String(port), dir, ...settings], dir);
      try {
        await engine.ready(() => hello(name, url));
      } catch (error) {
        await engine.end("SIGKILL");
        if (start < STARTS && options.port === undefined && engine.portWasTaken) continue;
        throw error;
      }
      return {
        name,
        port,
        url,
        dir,
        ...(name === "hec" && { received: () => receivedIn(dir) }),
        stop: () => engine.end("SIGTERM").finally(cleanUp),
        kill: () => engine.end("SIGKILL"),
      };
    }
  } catch (error) {
    cleanUp();
    throw error;
  }
}

/** The file that the HEC engine of this folder writes. */
export function receivedIn(dir: string): string {
  return join(dir, "received.json");
}
