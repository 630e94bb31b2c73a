import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { StorePlugin } from "@cloudmarker/store-api";

/** A store that differs from the good one in one line. */
export interface BrokenStore {
  /** What it does wrong. */
  readonly name: string;
  /** The clause that it breaks. */
  readonly clause: string;
  /** The good store. @default "row-store" */
  readonly of?: "line-store" | "object-store";
  /** It differs only in a thread or a process of its own. */
  readonly alone?: true;
  /** When it says that its records can be read. */
  readonly visible?: "done";
  /** The line of the good store, and what stands there instead. */
  readonly line: string;
  readonly instead: string;
}

const PUT = 'const { refused = [] } = await ask("put", signal, { rows: rowsOf(batch) }).then(sure);';
const REFUSED = 'return refused.map((index) => reject(index, "refused", "The server takes no U+0000."));';
const OPENS = "logger.debug(`writes to ${table}`);";
const DENIED = 'throw new BlockedError("no_permission", "The token is not valid.");';
const CLOSES = "connection.close();";
const PING = 'await ask("ping", undefined);';

/** The broken family. */
export const BROKEN: readonly BrokenStore[] = [
  {
    name: "swallows errors",
    clause: "SC-11",
    line: PUT,
    instead: 'const { refused = [] } = await ask("put", signal, { rows: rowsOf(batch) }).catch((): Answer => ({}));',
  },
  { name: "does not read what was refused", clause: "SC-11", line: REFUSED, instead: "return [];" },
  {
    name: "writes each record twice",
    clause: "SC-11",
    line: PUT,
    instead:
      'const { refused = [] } = await ask("put", signal, { rows: [...rowsOf(batch), ...rowsOf(batch).map((row) => ({ ...row, id: row.id + "b" }))] }).then(({ refused = [] }) => ({ refused: refused.filter((index) => index < batch.length) }));',
  },
  {
    name: "answers for the record after it",
    clause: "SC-12",
    line: REFUSED,
    instead: 'return refused.map((index) => reject((index + 1) % batch.length, "refused", "no"));',
  },
  {
    name: "acknowledges before it has written",
    clause: "SC-30",
    line: PUT,
    instead:
      'const { refused = [] } = (void ask("put", signal, { rows: rowsOf(batch) }).catch(() => undefined), {} as Answer);',
  },
  {
    name: "does not use the id",
    clause: "SC-29",
    line: "return batch.map(({ id, json }) => ({ id, json }));",
    instead: 'return batch.map(({ json }) => ({ id: "", json }));',
  },
  {
    name: "reads numbers as doubles",
    clause: "SC-38",
    line: "return batch.map(({ id, json }) => ({ id, json }));",
    instead: "return batch.map(({ id, json }) => ({ id, json: JSON.stringify(JSON.parse(json)) }));",
  },
  {
    name: "leaves out keys that begin with $",
    clause: "SC-38",
    line: "return batch.map(({ id, json }) => ({ id, json }));",
    instead: 'return batch.map(({ id, json }) => ({ id, json: json.replaceAll("$", "") }));',
  },
  {
    name: "rejects the whole batch for one record",
    clause: "SC-16",
    line: REFUSED,
    instead: 'return refused.length > 0 ? batch.map((_, index) => reject(index, "refused", "no")) : [];',
  },
  {
    name: "tries a refused record for ever",
    clause: "SC-16",
    line: REFUSED,
    instead: 'return refused.map((index) => ({ index, status: "retry", code: "refused", reason: "no" }));',
  },
  {
    name: "rejects the records of a connection that was cut",
    clause: "SC-15",
    line: 'made.on("close", () => socket === made && end(new UnknownOutcomeError("cut", "The connection was cut.")));',
    instead:
      'made.on("close", () => socket === made && end(Object.assign(new Error("cut"), { status: "reject", code: "cut" })));',
  },
  {
    name: "rejects the records while the server is down",
    clause: "SC-26",
    line: 'const refused = (error: Error): void => fail(new RetryError("unreachable", error.message));',
    instead: 'const refused = (): void => fail(Object.assign(new Error("down"), { status: "reject", code: "down" }));',
  },
  {
    name: "rejects the records if the token is wrong",
    clause: "SC-17",
    line: DENIED,
    instead: 'throw Object.assign(new Error("denied"), { status: "reject", code: "denied" });',
  },
  {
    name: "rejects the records that had no answer in time",
    clause: "SC-18",
    line: 'const late = (): void => end(new UnknownOutcomeError("no_answer", "The server did not answer in time."));',
    instead: "const late = (): void => undefined;",
  },
  { name: "leaves its connection open", clause: "SC-32", line: CLOSES, instead: "" },
  { name: "leaves a timer", clause: "SC-32", line: OPENS, instead: "setInterval(() => undefined, 60_000);" },
  { name: "does not close", clause: "SC-32", line: CLOSES, instead: 'throw (connection.close(), new Error("no"));' },
  { name: "prints", clause: "SC-04", line: OPENS, instead: "console.log(`writes to ${table}`);" },
  {
    name: "does not listen to errors of its connection",
    clause: "SC-04",
    line: 'made.off("error", refused).on("error", () => undefined);',
    instead: 'made.off("error", refused);',
  },
  {
    name: "waits for no promise",
    clause: "SC-04",
    line: OPENS,
    instead: 'void Promise.reject(new Error("nobody waits"));',
  },
  {
    name: "installs a handler of the process",
    clause: "SC-04",
    line: OPENS,
    instead: 'process.on("SIGUSR2", () => undefined);',
  },
  {
    name: "makes a global",
    clause: "SC-04",
    line: OPENS,
    instead: "Object.assign(globalThis, { ['row' + port]: 1 });",
  },
  {
    name: "writes to the table of the first store",
    clause: "SC-04",
    line: "const line = JSON.stringify({ token, op, table, ...more });",
    instead:
      "const line = JSON.stringify({ token, op, table: ((lineConnection as { table?: string }).table ??= table), ...more });",
  },
  { name: "says that it is well without asking", clause: "SC-33", line: PING, instead: "" },
  {
    name: "writes a record to check",
    clause: "SC-33",
    line: PING,
    instead:
      'await ask("create", undefined).then(() => ask("put", undefined, { rows: [{ id: "probe", json: "{}" }] }));',
  },
  {
    name: "writes a record when it opens",
    clause: "SC-05",
    line: OPENS,
    instead:
      'void create(new AbortController().signal).then(() => ask("put", undefined, { rows: [{ id: "probe", json: "{}" }] })).catch(() => undefined);',
  },
  {
    name: "makes the table in each of the first calls",
    clause: "SC-19",
    line: 'creating ??= ask("create", signal).then(sure).catch(again);',
    instead: 'creating ??= await ask("create", signal).then(sure).then(() => Promise.resolve({}) as never);',
  },
  {
    name: "turns the batch around",
    clause: "SC-10",
    line: "await create(signal);",
    instead: "await create(signal); (batch as unknown as unknown[]).reverse();",
  },
  {
    name: "misspells a keyword",
    clause: "SC-02",
    line: 'port: { type: "integer", minimum: 1, description: "Port of the server." },',
    instead: 'port: { type: "integer", minimun: 1 },',
  },
  {
    name: "has a default that is not valid",
    clause: "SC-02",
    line: 'table: { type: "string", default: "audit", description: "Name of the table." },',
    instead: 'table: { type: "string", default: 5 as never },',
  },
  {
    name: "says its token in an error",
    clause: "SC-02",
    line: DENIED,
    instead: 'throw new BlockedError("no_permission", `The token ${token} is not valid.`);',
  },
  {
    name: "explains with its token",
    clause: "SC-07",
    line: 'const body = JSON.stringify({ token: MASK, op: "put", table, rows: rowsOf(batch) });',
    instead: 'const body = JSON.stringify({ token: params.token, op: "put", table, rows: rowsOf(batch) });',
  },
  {
    name: "explains another table",
    clause: "SC-07",
    line: 'const body = JSON.stringify({ token: MASK, op: "put", table, rows: rowsOf(batch) });',
    instead: 'const body = JSON.stringify({ token: MASK, op: "put", table: "audit", rows: rowsOf(batch) });',
  },
  {
    name: "explains one record of three",
    clause: "SC-07",
    line: 'return [{ method: "put", url: `rows://127.0.0.1:${port}/${table}`, body, records: batch.length }];',
    instead: 'return [{ method: "put", url: `rows://127.0.0.1:${port}/${table}`, body, records: 1 }];',
  },
  {
    name: "logs its token",
    clause: "SC-02",
    line: OPENS,
    instead: "logger.debug(`writes to ${table} with ${token}`);",
  },
  {
    name: "tries again by itself",
    clause: "SC-32",
    line: "const answer = JSON.parse(await connection.ask(line, signal)) as Answer;",
    instead:
      'const answer = JSON.parse(await connection.ask(line, signal).catch((error: unknown) => { for (let ms = 100; op === "put" && ms < 2000; ms += 100) setTimeout(() => connection.ask(line, undefined).catch(() => undefined), ms).unref(); throw error; })) as Answer;',
  },
  {
    name: "prints what was refused",
    clause: "SC-04",
    line: REFUSED,
    instead:
      'if (refused.length > 0) console.warn("refused"); return refused.map((index) => reject(index, "refused", "no"));',
  },
  {
    name: "writes only the first hundred of a batch",
    clause: "SC-11",
    line: PUT,
    instead: 'const { refused = [] } = await ask("put", signal, { rows: rowsOf(batch).slice(0, 100) }).then(sure);',
  },
  {
    name: "fails at the first attempt",
    clause: "SC-10",
    line: "await create(signal);",
    instead: "if (creating === undefined) { await create(signal); throw new RetryError('later', 'again'); }",
  },
  {
    name: "says that it is not well",
    clause: "SC-33",
    line: 'return { ok: true, code: "ok", message: "The server answers." };',
    instead: 'return { ok: false, code: "ok", message: "The server answers." };',
  },
  {
    name: "cuts long texts",
    clause: "SC-38",
    line: "return batch.map(({ id, json }) => ({ id, json }));",
    instead: 'return batch.map(({ id, json }) => ({ id, json: json.replaceAll(/x{1000,}/gu, "x") }));',
  },
  { name: "has a name with a blank", clause: "SC-01", line: 'name: "rowstore",', instead: 'name: "row store",' },
  {
    name: "does not wait for the disk in flush",
    clause: "SC-30",
    of: "line-store",
    line: "flush: () => append(),",
    instead: "flush: () => undefined,",
  },
  {
    name: "fails in flush",
    clause: "SC-30",
    of: "line-store",
    line: "flush: () => append(),",
    instead: 'flush: () => append().then(() => { throw new Error("no"); }),',
  },
  {
    name: "fails in done",
    clause: "SC-31",
    of: "line-store",
    line: "return { location: file };",
    instead: 'throw new Error("no");',
  },
  {
    name: "forgets in done what was not flushed",
    clause: "SC-11",
    of: "line-store",
    line: "await append();",
    instead: "",
  },
  {
    name: "turns the order around",
    clause: "SC-19",
    of: "line-store",
    line: "for (const { json } of batch) lines.push(json);",
    instead: "for (const { json } of batch.toReversed()) lines.push(json);",
  },
  {
    name: "keeps the lines of all stores together",
    clause: "SC-04",
    of: "line-store",
    line: "const lines: string[] = [];",
    instead: "const lines = ((SUPPORTS as { lines?: string[] }).lines ??= []);",
  },
  {
    name: "writes nothing outside of the main thread",
    clause: "SC-50",
    alone: true,
    line: "await create(signal);",
    instead: 'if (!(await import("node:worker_threads")).isMainThread) return []; await create(signal);',
  },
  {
    name: "starts a timer with its module",
    clause: "SC-32",
    alone: true,
    line: "interface Answer {",
    instead: "setInterval(() => undefined, 60_000);\n\ninterface Answer {",
  },
  {
    name: "makes a global with its module",
    clause: "SC-04",
    alone: true,
    line: "interface Answer {",
    instead: "Object.assign(globalThis, { rowstore: 1 });\n\ninterface Answer {",
  },
  {
    name: "names each batch anew",
    clause: "SC-65",
    of: "object-store",
    line: ".update(batch.map(({ id }) => id).join())",
    instead: ".update(String(process.hrtime.bigint() + BigInt(batch.length)))",
  },
  {
    name: "keeps every record",
    clause: "SC-39",
    alone: true,
    line: "await create(signal);",
    instead: "await create(signal); ((sure as { kept?: unknown[] }).kept ??= []).push(rowsOf(batch));",
  },
  {
    name: "makes ids that differ for each process",
    clause: "SC-29",
    alone: true,
    line: "return batch.map(({ id, json }) => ({ id, json }));",
    instead: "return batch.map(({ id, json }) => ({ id: `${process.pid} ${id}`, json }));",
  },
  {
    name: "flushes only at the end",
    clause: "SC-30",
    of: "line-store",
    alone: true,
    visible: "done",
    line: "flush: () => append(),",
    instead: "flush: () => undefined,",
  },
  { name: "is of another version", clause: "SC-01", line: "apiVersion: 1,", instead: "apiVersion: 2," },
];

const FOLDER = join(import.meta.dirname, "..", "..", "..", "..", ".cache", "broken-stores");

/** A broken store, and its module. */
interface Made {
  readonly plugin: StorePlugin;
  readonly path: string;
}

/** Makes the store: writes its source, and imports it. */
export async function makeBroken({ name, of, line, instead }: BrokenStore): Promise<Made> {
  const source = readFileSync(new URL(`${of ?? "row-store"}.ts`, import.meta.url), "utf8");
  if (source.split(line).length !== 2) throw new Error(`${name}: the good store does not have this line once: ${line}`);
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name.replaceAll(/[^a-z]+/gu, "-")}.ts`);
  writeFileSync(
    path,
    source.replace(line, () => instead),
  );
  const { default: plugin } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { default: StorePlugin };
  return { plugin, path };
}
