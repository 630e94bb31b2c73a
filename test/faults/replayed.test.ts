// Issue 14: dead letters are sent again as the same texts under the same ids, and none twice, whatever interrupts it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createHost, type HostOptions, type KeptLetter, openState, type StoreOption } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import filestore from "@cloudmarker/filestore";
import type { Receipt } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { ItemScript } from "../../packages/store-testkit/src/servers/elasticsearch/bulk.ts";
import {
  type ElasticsearchServer,
  startElasticsearch,
} from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";

const RECORDS = 5_000;
const RUN = "20260101_000000";
const PROGRAM = join(import.meta.dirname, "programs", "replayed.ts");

/** Number literals and a duplicate key that JSON.parse would not keep. */
const LINES = Array.from(
  { length: RECORDS },
  (_, n) => `{"n":${n},"big":14517067005933136034,"f":1.0,"f":1e2,"u":"\\u00e9","status":"x${n}"}`,
);

const MAPPING: ItemScript = () => ({
  status: 400,
  type: "document_parsing_exception",
  reason: "failed to parse field [raw.status] of type [long]",
});

let folder: string;
let server: ElasticsearchServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-replayed-"));
  server = await startElasticsearch();
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

function search(more: Partial<StoreOption> = {}): StoreOption {
  return { plugin: esstore, params: { node: server.url, index: "replayed" }, ...more };
}

async function run(options: HostOptions, lines: readonly string[] = []): Promise<Receipt> {
  const host = createHost({ stateDir: folder, audit: "nightly", stores: { search: search() }, ...options });
  await host.open();
  for (const line of lines) await host.write(line);
  return host.done();
}

/** Every record is refused for a mapping. @returns the dead letters */
async function refused(options: HostOptions = {}): Promise<KeptLetter[]> {
  server.itemFault = MAPPING;
  const receipt = await run({ run: RUN, ...options }, LINES);
  server.itemFault = undefined;
  expect(receipt.stores).toMatchObject([{ accepted: RECORDS, written: 0, deadLettered: RECORDS, lost: 0 }]);
  return letters();
}

async function letters(): Promise<KeptLetter[]> {
  const state = await openState(folder);
  try {
    return await Array.fromAsync(state.deadLetters.list());
  } finally {
    await state.close();
  }
}

/** Every letter is in the store once, as it was, and is marked. */
async function expectAll(before: readonly KeptLetter[]): Promise<void> {
  const stored = server.documents("replayed");
  expect(stored.size).toBe(RECORDS);
  for (const { recordId, json } of before) expect(stored.get(recordId)).toContain(rawOf(json));
  expect(new Set((await letters()).map(({ state }) => state))).toEqual(new Set(["replayed"]));
}

/** The store adds a time behind it. */
function rawOf(json: string): string {
  return json.slice(0, json.indexOf(',"com"'));
}

function replaying(): { readonly child: ChildProcess; readonly lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [PROGRAM, server.url, folder], { stdio: ["ignore", "pipe", "inherit"] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe.each(["inline", "thread"] as const)("letters of a store %s", (isolation) => {
  const stores = (): HostOptions["stores"] => ({
    search: search({ plugin: isolation === "thread" ? "esstore" : esstore, delivery: { isolation } }),
  });

  test("5,000 that were refused for a mapping are written once it is mended, and none twice", async () => {
    const options = { stores: stores(), cwd: import.meta.dirname };
    const before = await refused(options);
    expect(before).toHaveLength(RECORDS);
    expect(before.map(({ json }) => rawOf(json)).toSorted()).toEqual(
      LINES.map((line) => `{"raw":${line},"ext":{}`).toSorted(),
    );
    const [{ code = "" } = {}] = before;
    const sent = server.received.length;
    const receipt = await run({ ...options, replay: { letters: { code } } });
    expect(receipt).toMatchObject({ ok: true, stores: [{ accepted: RECORDS, written: RECORDS, duplicate: 0 }] });
    expect(server.received.slice(sent).toSorted()).toEqual(before.map(({ recordId }) => recordId).toSorted());
    await expectAll(before);
  });
});

test.each([1, 10, 30])("a replay that is killed after %i batches, and repeated, stores none twice", async (batches) => {
  const before = await refused();
  const { child, lines } = replaying();
  let seen = 0;
  for await (const line of lines) {
    if (line === "batch") seen += 1;
    if (seen === batches) child.kill("SIGKILL");
  }
  expect(child.signalCode ?? (await once(child, "exit"))[1]).toBe("SIGKILL");
  const receipt = await run({ replay: {} });
  const [{ accepted, written, duplicate } = { accepted: 0, written: 0, duplicate: 0 }] = receipt.stores;
  expect(receipt.ok).toBe(true);
  expect(accepted).toBe(written + duplicate);
  expect(accepted, "what was marked is not sent again").toBeLessThanOrEqual(RECORDS);
  await expectAll(before);
});

test("two at once: the second is refused, and the first sends all", async () => {
  const before = await refused();
  server.faults.always({ kind: "status", status: 503, body: "busy", headers: {} });
  const first = replaying();
  await first.lines.next();
  const second = replaying();
  expect((await second.lines.next()).value).toBe("REPLAY_IN_USE");
  server.faults.clear();
  const said = await Array.fromAsync(first.lines);
  expect(JSON.parse(said.at(-1) ?? "")).toMatchObject([{ written: RECORDS }]);
  await expectAll(before);
});

test("letters that FileStore gets in a run of its own stand beside what a complete run published", async () => {
  const path = join(folder, "out");
  const archive = { plugin: filestore, params: { path, format: "ndjson" } };
  await run({ run: "20260102_000000", stores: { archive } }, LINES.slice(0, 10));
  const published = readFileSync(join(path, "no_worker.ndjson"), "utf8");
  await refused();
  await run({ stores: { search: search(), archive }, replay: { to: "archive", letters: { ids: [1, 2, 3] } } });
  expect(readFileSync(join(path, "no_worker.ndjson"), "utf8")).toBe(published);
  const beside = readdirSync(path).filter((name) => name.includes("partial"));
  expect(beside).toEqual([`no_worker.${RUN}.partial.ndjson`]);
  expect(
    readFileSync(join(path, beside[0] ?? ""), "utf8")
      .trimEnd()
      .split("\n"),
  ).toHaveLength(3);
});

test("letters that are sent to FileStore instead are its lines, to the byte", async () => {
  const before = await refused();
  const archive = { plugin: filestore, params: { path: join(folder, "out"), format: "ndjson", write_mode: "append" } };
  const options = { stores: { search: search(), archive }, replay: { to: "archive" } };
  const receipt = await run(options);
  expect(receipt).toMatchObject({ ok: true, stores: [{ store: "archive", accepted: RECORDS, written: RECORDS }] });
  const text = readFileSync(join(folder, "out", "no_worker.ndjson"), "utf8");
  expect(text.trimEnd().split("\n")).toEqual(before.map(({ json }) => json));
  expect(await letters()).toMatchObject(before.map(({ id }) => ({ id, state: "replayed" })));
});
