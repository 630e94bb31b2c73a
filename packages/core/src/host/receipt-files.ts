import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Receipt } from "@cloudmarker/store-api";
import { messageOf } from "../errors.ts";
import type { About } from "./options.ts";
import type { IntakeCounts } from "./receipt.ts";
import { type RunMeta, startOf } from "./run-meta.ts";

/** The folder of the receipts, in the state folder. */
export const RECEIPTS = "receipts";

const END = ".json";

/** What is kept of a run that has a receipt. */
export interface KeptReceipt {
  readonly status: "delivered" | "incomplete" | "spooled" | "interrupted";
  readonly audits: readonly string[];
  readonly about: About;
  readonly receipt: Receipt;
  /** What of its `filtered` and `rejected` the stores count too; absent where that is nothing. */
  readonly byStores?: IntakeCounts["byStores"];
}

/** Whether a run is over: nothing of it is kept for later. */
export function isOver({ status }: { readonly status: string }): boolean {
  return status === "delivered" || status === "incomplete";
}

/** What stays of a run that was forgotten: its dead letters are sent again with the configuration that it had. */
export interface ForgottenRun {
  readonly status: "forgotten";
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly audits: readonly string[];
  readonly about: About;
}

/** A receipt that cannot be read. */
export interface UnreadableReceipt {
  readonly status: "unreadable";
  readonly run: string;
  /** For good: it is no receipt any more. Otherwise the system refuses it now. */
  readonly isDamaged: boolean;
  /** A sentence. */
  readonly why: string;
}

/** What is found of a run in the folder of the receipts. */
export type FoundReceipt = KeptReceipt | ForgottenRun | UnreadableReceipt;

/** For how long receipts are kept. */
export interface ReceiptLimits {
  /** Age in milliseconds. */
  readonly keepMs: number;
  /** Size of all of them. */
  readonly maxBytes: number;
}

/** So many receipts are added until old ones are looked for. */
const LOOK_EVERY = 32;

/** Keeps the receipt of a run; a file that is there already is replaced as a whole. */
export async function keepReceipt(folder: string, kept: KeptReceipt): Promise<void> {
  await replaceFile(receiptPath(folder, kept.receipt.run), kept);
}

/** Puts what stays of a run that is forgotten in the place of its receipt. */
export async function keepForgotten(folder: string, forgotten: ForgottenRun): Promise<void> {
  await replaceFile(receiptPath(folder, forgotten.run), forgotten);
}

async function replaceFile(path: string, kept: KeptReceipt | ForgottenRun): Promise<void> {
  const made = `${path}.tmp`;
  await writeFile(made, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  await rename(made, path);
}

/**
 * The receipts of all runs, or of one, and the runs that were forgotten.
 * @throws the error of the system if the folder is there and cannot be read
 */
export async function readReceipts(folder: string, run?: string): Promise<FoundReceipt[]> {
  const all = run === undefined ? await namesIn(folder) : [nameOf(run)];
  const read: FoundReceipt[] = [];
  for (const name of all) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time: there may be many
    const found = await readOne(join(folder, RECEIPTS, name), decodeURIComponent(name.slice(0, -END.length)));
    if (found) read.push(found);
  }
  return read;
}

/** @returns undefined if it is not there */
async function readOne(path: string, run: string): Promise<FoundReceipt | undefined> {
  let isDamaged = false;
  try {
    const text = await readFile(path, "utf8");
    // What is wrong from here on is wrong with the content.
    isDamaged = true;
    const found = JSON.parse(text) as unknown;
    if (isWhole(found)) return found;
    return { status: "unreadable", run, isDamaged, why: `${path} is no receipt.` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return { status: "unreadable", run, isDamaged, why: `The receipt ${path} cannot be read: ${messageOf(error)}.` };
  }
}

/** Whether all is there that is shown of a run. */
function isWhole(found: unknown): found is KeptReceipt | ForgottenRun {
  const { status, audits, run, receipt } = (found ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(audits)) return false;
  if (status === "forgotten") return typeof run === "string";
  return Array.isArray((receipt as Partial<Receipt> | undefined)?.stores);
}

/** Removes the receipt of a run if it is damaged. @returns whether there was one */
export async function removeDamaged(folder: string, run: string): Promise<boolean> {
  const [found] = await readReceipts(folder, run);
  if (found?.status !== "unreadable" || !found.isDamaged) return false;
  await rm(receiptPath(folder, run), { force: true });
  return true;
}

/** The receipt of a run; undefined if there is none, it cannot be read, or the run was forgotten. */
export async function readReceipt(folder: string, run: string): Promise<KeptReceipt | undefined> {
  const [kept] = await readReceipts(folder, run);
  return kept?.status === "forgotten" || kept?.status === "unreadable" ? undefined : kept;
}

/**
 * The receipt that an earlier process of a run has left; undefined if there is none. The receipt of a run that was over
 * and had the same id is none of it.
 */
export async function readReceiptOf(
  folder: string,
  meta: Pick<RunMeta, "run" | "startedMs">,
): Promise<KeptReceipt | undefined> {
  const kept = await readReceipt(folder, meta.run);
  return kept?.receipt.started === startOf(meta) ? kept : undefined;
}

/** Now and then, removes the receipts that are too old, and the oldest while all of them are too large. */
export async function pruneReceipts(folder: string, { keepMs, maxBytes }: ReceiptLimits, nowMs: number): Promise<void> {
  const names = await namesIn(folder);
  if (names.length % LOOK_EVERY !== 0) return;
  const found: { path: string; mtimeMs: number; size: number }[] = [];
  for (const name of names) {
    const path = join(folder, RECEIPTS, name);
    // oxlint-disable-next-line no-await-in-loop -- one at a time: there may be many
    const stats = await stat(path).catch(() => undefined);
    if (stats) found.push({ path, mtimeMs: stats.mtimeMs, size: stats.size });
  }
  let bytes = found.reduce((sum, { size }) => sum + size, 0);
  for (const { path, mtimeMs, size } of found.toSorted((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (nowMs - mtimeMs <= keepMs && bytes <= maxBytes) return;
    // oxlint-disable-next-line no-await-in-loop -- the oldest first
    await rm(path, { force: true });
    bytes -= size;
  }
}

function receiptPath(folder: string, run: string): string {
  return join(folder, RECEIPTS, nameOf(run));
}

function nameOf(run: string): string {
  return `${encodeURIComponent(run)}${END}`;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await namesOf(join(folder, RECEIPTS));
  return names.filter((name) => name.endsWith(END));
}

/** The names in a folder; none where it is not there. @throws the error of the system if it cannot be read */
export async function namesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
