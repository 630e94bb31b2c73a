import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { classPath } from "./build-engine.ts";
import { type EngineName, ENGINES } from "./catalogue.ts";
import { BUILT } from "./paths.ts";
import { readStamp } from "./stamp.ts";

/** Longest start and longest orderly end, in milliseconds: several times what a busy machine with two cores needs. */
const START_MS = 120_000;
const STOP_MS = 20_000;
/** How much of an engine's output is kept for the message of a failed start. */
const OUTPUT_CHARS = 8000;
/** A short life on few cores: the quick compiler and the collector without threads start a node in half the time. */
const JVM = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"];

/** The process of an engine. It ends by itself when this process does: then its standard input closes. */
export class EngineProcess {
  readonly #name: EngineName;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = "";
  #listening = false;
  #over = false;

  constructor(name: EngineName, args: readonly string[], cwd: string) {
    this.#name = name;
    const [command, ...rest] = commandOf(name);
    // Nothing is written to standard input: its end shows that the parent has ended.
    this.#child = spawn(command, [...rest, ...args], { cwd, stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#read(String(error)));
      this.#child.once("close", (code, signal) => {
        this.#over = true;
        this.#read(`\n(ended with ${code ?? signal})`);
        resolve();
      });
    });
  }

  /** Whether the start failed because somebody else listens on the port. */
  get portWasTaken(): boolean {
    return /address already in use/i.test(this.#output);
  }

  /** Waits until the engine says that it listens, and the question is answered as well. */
  async ready(question: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + START_MS;
    let refusal: unknown = "it does not say that it listens";
    while (!this.#over && Date.now() < deadline) {
      if (this.#listening) {
        try {
          await question();
          return;
        } catch (error) {
          refusal = error;
        }
      }
      await Promise.race([delay(25), this.#ended]);
    }
    throw new Error(`${this.#name} did not start; its output ends with:\n${this.#output}`, { cause: refusal });
  }

  /** Sends the signal and waits for the end; an engine that does not obey is killed. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    const impatient = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await this.#ended;
    clearTimeout(impatient);
  }

  #read(text: string): void {
    this.#output = (this.#output + text).slice(-OUTPUT_CHARS);
    this.#listening ||= /^listening \d+$/m.test(this.#output);
  }
}

function commandOf(name: EngineName): readonly [string, ...string[]] {
  const recipe = ENGINES[name];
  if (recipe.language === "go") return [join(BUILT, name, name)];
  const java = join(readStamp(name)?.javaHome ?? "", "bin", "java");
  return [java, ...JVM, "-cp", classPath(name), recipe.main];
}
