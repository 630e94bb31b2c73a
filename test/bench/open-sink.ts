import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Sink } from "./cases/sink.ts";
import { bench } from "./line.ts";

/** Names of `cases/sink-*.ts`. */
export type SinkName = "elasticsearch" | "splunk" | "mongodb";

/**
 * Runs a sink in a process of its own for the time of `use`.
 * @param args `--delay MS` for each request, `--engine` for a real MongoDB
 */
export async function withSink(
  name: SinkName,
  args: readonly string[],
  use: (sink: Sink) => void | Promise<void>,
): Promise<void> {
  const [file = "", ...rest] = bench(`sink-${name}`, ...args);
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const exit = once(child, "exit");
  try {
    const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    if (first.done) throw new Error(`the sink ${name} did not start`);
    await use(JSON.parse(first.value) as Sink);
  } finally {
    // It ends with its input, also when this process is killed.
    child.stdin.end();
    await exit;
  }
}
