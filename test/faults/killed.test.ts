// Issue 14: a process that is killed while it delivers loses nothing that flush() had confirmed, and of a file nothing
// at all, once its run was resumed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createHost, openState, type Receipt } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import {
  type ElasticsearchServer,
  startElasticsearch,
} from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";

const RECORDS = 5_000;
const RUN = "20260101_000000";
const PROGRAM = join(import.meta.dirname, "programs", "killed-run.ts");
const LINES = Array.from({ length: RECORDS }, (_, n) => JSON.stringify({ n, text: "x".repeat(300) }));

let folder: string;
let server: ElasticsearchServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-killed-"));
  server = await startElasticsearch();
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Runs the program and kills it once it has printed so many lines. @returns how many it had read by then, at least */
async function killedAfter(reports: number, file?: string): Promise<number> {
  const args = [PROGRAM, server.url, folder, RUN, ...(file === undefined ? [] : [file])];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  if (file === undefined) child.stdin.write(`${LINES.join("\n")}\n`);
  const exit = once(child, "exit");
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === reports) child.kill("SIGKILL");
  }
  expect(await exit).toEqual([null, "SIGKILL"]);
  return last;
}

async function resume(readsOn: boolean): Promise<Receipt> {
  let from = 0;
  const host = createHost({
    stateDir: folder,
    resume: {
      run: RUN,
      readsOn(inputs) {
        from = Number(inputs[0]?.at["line"] ?? 0);
        return readsOn;
      },
    },
    stores: { search: { plugin: esstore, params: { node: server.url, index: "killed" } } },
  });
  await host.open();
  if (readsOn) await host.write(LINES.slice(from));
  return host.done();
}

function stored(): number[] {
  const numbers = [...server.documents("killed").values()].map(
    (text) => (JSON.parse(text) as { raw: { n: number } }).raw.n,
  );
  return numbers.toSorted((a, b) => a - b);
}

/** Whether the run can be resumed. */
async function isInterrupted(): Promise<boolean> {
  const state = await openState(folder);
  const runs = await state.runs();
  await state.close();
  return runs.some(({ run, status }) => run === RUN && status === "interrupted");
}

const NOTHING = { accepted: 0, written: 0, duplicate: 0, spooled: 0, deadLettered: 0 };

const journals = (): string[] => readdirSync(join(folder, "runs"));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe.each(["works", "is away"])("while the store %s", (how) => {
  const isAway = how === "is away";
  const goAway = (): void => {
    if (isAway) server.faults.always({ kind: "status", status: 503, body: "busy", headers: {} });
  };

  test.each([1, 4, 9])("of a pipe, nothing is lost that flush() confirmed, after %i flushes", async (reports) => {
    goAway();
    const confirmed = await killedAfter(reports);
    server.faults.clear();
    // A run whose store keeps up may have no journal yet: then flush() waited for the store.
    const isLeft = await isInterrupted();
    expect(isLeft || !isAway).toBe(true);
    const receipt = isLeft ? await resume(false) : undefined;
    const numbers = stored();
    expect(numbers.slice(0, confirmed)).toEqual(upTo(confirmed));
    expect(new Set(numbers).size).toBe(numbers.length);
    const { accepted, written, duplicate, ...others } = receipt?.stores[0] ?? NOTHING;
    expect(others).toMatchObject({ spooled: 0, deadLettered: 0 });
    expect([accepted, receipt?.received ?? 0]).toEqual([written + duplicate, accepted]);
    expect([receipt?.ok ?? false, receipt?.complete ?? false]).toEqual([false, false]);
    // What the store had before flush() needed the journal is not in it, and not in the receipt.
    expect(accepted).toBeGreaterThanOrEqual(isAway ? confirmed : 0);
    expect(await isInterrupted()).toBe(false);
  });

  test.each([1, 4, 9])("of a file, nothing is lost, after %i looks at it", async (reports) => {
    const file = join(folder, "input.ndjson");
    writeFileSync(file, `${LINES.join("\n")}\n`);
    goAway();
    await killedAfter(reports, file);
    server.faults.clear();
    // Within the first commit interval there is no journal yet: the file is simply sent again.
    if (!(await isInterrupted())) return;
    const receipt = await resume(true);
    expect(stored()).toEqual(upTo(RECORDS));
    expect(receipt).toMatchObject({ ok: true, complete: true, received: RECORDS });
    const { written = 0, duplicate = 0 } = receipt.stores[0] ?? {};
    expect(written + duplicate).toBe(RECORDS);
    expect(journals()).toEqual([]);
  });
});
