// L-28: a process that is frozen (SIGSTOP; a closed lid, a cloud function between two calls are the same) for longer
// than its limits. When it wakes up its timers run first, while the answer waits in the socket.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Receipt } from "@cloudmarker/store-api";
import { beforeEach, expect, onTestFinished, test } from "vitest";

const LIMIT_MS = 1_000;
const LONG = "1h";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-frozen-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** A server that answers when the test says so. */
async function hesitant(): Promise<{ url: string; asked: (path: string) => Promise<ServerResponse> }> {
  const server: Server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const asked = async (path: string): Promise<ServerResponse> => {
    for (;;) {
      const [request, answer] = (await once(server, "request")) as [{ url: string }, ServerResponse];
      if (request.url === path) return answer;
      answer.end();
    }
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

interface Run {
  readonly child: ChildProcess;
  /** Has it end the run; resolves when it does. */
  readonly end: () => Promise<void>;
  readonly receipt: Promise<Receipt>;
}

function start(url: string, delivery: object, deadlineMs: number): Run {
  const args = [
    join(import.meta.dirname, "programs", "frozen-run.ts"),
    url,
    folder,
    JSON.stringify(delivery),
    `${deadlineMs}`,
  ];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const end = async (): Promise<void> => {
    child.stdin.write("end");
    while (!printed.startsWith("done\n")) await once(child.stdout, "data");
  };
  const receipt = once(child, "close").then(() => JSON.parse(printed.slice("done\n".length)) as Receipt);
  return { child, end, receipt };
}

async function freeze(child: ChildProcess): Promise<void> {
  child.kill("SIGSTOP");
  while (!/^\d+ \(.*\) T/s.test(readFileSync(`/proc/${child.pid}/stat`, "utf8"))) await turn();
}

/**
 * Resolves when a limit that began after the call is over. By then a program whose batch gets no answer has given up
 * and publishes.
 */
async function limitIsOver(): Promise<void> {
  const { url, asked } = await hesitant();
  const { end, receipt } = start(url, { timeout: LONG }, LIMIT_MS);
  await asked("/write");
  await end();
  (await asked("/done")).end();
  expect((await receipt).stores).toMatchObject([{ written: 0, deadLettered: 2 }]);
}

test.runIf(process.platform === "linux").each([
  ["an attempt, past the deadline", { timeout: LONG }, LIMIT_MS],
  ["an attempt, past its time limit", { timeout: LIMIT_MS, guarantee: "at-most-once" }, 60_000],
  ["an attempt in a thread, past the deadline", { timeout: LONG, isolation: "thread" }, LIMIT_MS],
])("frozen during %s: the answer that came meanwhile counts (L-28)", async (_, delivery, deadlineMs) => {
  const { url, asked } = await hesitant();
  const { child, end, receipt } = start(url, delivery, deadlineMs);
  const answer = await asked("/write");
  await end();
  const published = asked("/done");
  await freeze(child);
  await limitIsOver();
  answer.end();
  child.kill("SIGCONT");
  (await published).end();
  const stores = [{ written: 2, deadLettered: 0, lost: 0, retries: 0 }];
  expect(await receipt).toMatchObject({ ok: true, stores });
});
