// Issue 14: several processes with one state folder.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { codeFault, isEventPost } from "../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import { type SplunkServer, startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { Project } from "../support/project.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";

const RECORDS = 500;
const PROCESSES = [1, 2, 3, 4];

let project: Project;
/** A collector has no ids: what is sent twice is there twice. */
let server: SplunkServer;
beforeEach(async () => {
  project = new Project();
  server = await startSplunk({ tokens: { "t-1": { useAck: false } } });
  onTestFinished(async () => {
    await server.stop();
    project[Symbol.dispose]();
  });
  const delivery = { batch: { records: 50 }, retry: { min: "10ms", max: "50ms" } };
  const siem = { plugin: "splunkhecstore", params: { uri: server.url, token: "t-1" }, delivery };
  file("c.yaml", JSON.stringify({ plugins: { siem }, audits: { nightly: { stores: ["siem"] } }, run: ["nightly"] }));
  for (const n of [0, ...PROCESSES]) file(`${n}.ndjson`, lines(n));
});

function file(name: string, content: string): void {
  writeFileSync(join(project.path, name), content);
}

function lines(from: number): string {
  return Array.from({ length: RECORDS }, (_, n) => `${JSON.stringify({ n: from * RECORDS + n })}\n`).join("");
}

function run(...args: string[]): Promise<CliResult> {
  return runCli(args, project.path);
}

/** The numbers of the events, in order, with repetitions. */
function numbers(): number[] {
  const events = server.events().map(({ text }) => (JSON.parse(text) as { raw: { n: number } }).raw.n);
  return events.toSorted((a, b) => a - b);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const open = (): string[] => readdirSync(join(project.path, "cloudmarker", "runs"));

/** A run of `0.ndjson` that left everything. */
async function leave(): Promise<void> {
  server.faults.always(codeFault(9, { on: isEventPost }));
  expect((await run("write", "-c", "c.yaml", "--run-id", "left", "--deadline", "300ms", "0.ndjson")).code).toBe(75);
  server.faults.clear();
}

test("any number of them write at once", async () => {
  const all = await Promise.all(PROCESSES.map((n) => run("write", "-c", "c.yaml", "--run-id", `r${n}`, `${n}.ndjson`)));
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(numbers()).toEqual(upTo(RECORDS * 5).slice(RECORDS));
  const runs = JSON.parse((await run("runs", "--json")).stdout) as { runs: object[] };
  expect(runs.runs).toHaveLength(4);
  expect(open()).toEqual([]);
});

test("of those with the same run id, one writes, and the others are told that it has the run (exit 75)", async () => {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  server.faults.always({
    kind: "edit",
    on: (request) => isEventPost(request) && (asked.resolve(), true),
    edit: (answer) => gate.promise.then(() => answer),
  });
  const first = run("write", "-c", "c.yaml", "--run-id", "same", "0.ndjson");
  await asked.promise;
  const others = await Promise.all(
    PROCESSES.map((n) => run("write", "-c", "c.yaml", "--run-id", "same", `${n}.ndjson`)),
  );
  for (const { code, stderr } of others)
    expect([code, stderr]).toEqual([75, expect.stringContaining("Another process has the run same.")]);
  gate.resolve();
  expect((await first).code).toBe(0);
  expect(numbers()).toEqual(upTo(RECORDS));
});

test("a run that is left is delivered by exactly one of several that resume it", async () => {
  await leave();
  const all = await Promise.all(PROCESSES.map(() => run("resume", "left")));
  // Who comes late finds the receipt.
  for (const { code } of all) expect([0, 75]).toContain(code);
  expect(all.map(({ code }) => code)).toContain(0);
  expect(numbers()).toEqual(upTo(RECORDS));
  expect(open()).toEqual([]);
});

test("a run that is left is delivered by exactly one of several that write", async () => {
  await leave();
  const all = await Promise.all(PROCESSES.map((n) => run("write", "-c", "c.yaml", "--run-id", `r${n}`, `${n}.ndjson`)));
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(all.filter(({ stderr }) => stderr.includes("500 records delivered now"))).toHaveLength(1);
  expect(numbers()).toEqual(upTo(RECORDS * 5));
  expect(open()).toEqual([]);
});
