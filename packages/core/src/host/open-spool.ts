import { rm } from "node:fs/promises";
import { errorOf } from "../errors/error-of.ts";
import { failureOf } from "../errors/write-error.ts";
import { messageOf } from "../errors.ts";
import { findWorker } from "../isolation/find-worker.ts";
import { LazyJournal } from "../state/lazy-journal.ts";
import { journalPath } from "../state/run-files.ts";
import { reasonOfStorage } from "../state/storage-error.ts";
import { openStorage, type Storage } from "../state/storage.ts";
import type { StoredJournal } from "../state/stored.ts";
import { mayStartThreads } from "../world.ts";
import type { Inspection } from "./inspection.ts";
import type { ResumeOptions } from "./options.ts";
import { Resumed } from "./resumed.ts";
import type { RunMeta } from "./run-meta.ts";
import type { RunParts } from "./run-parts.ts";
import { Spool } from "./spool.ts";

/**
 * The journal of a run: a new one, or that of the run that is resumed. Undefined where no store needs one.
 * @throws CloudmarkerError RUN_UNKNOWN, RUN_IN_USE, STATE_UNUSABLE
 */
export async function openSpool(parts: RunParts, inspection: Inspection): Promise<Spool | undefined> {
  const { resume } = parts;
  return resume ? resumeSpool(parts, inspection, resume) : newSpool(parts, inspection);
}

function newSpool(parts: RunParts, inspection: Inspection): Spool | undefined {
  const { options, run, startedMs } = parts;
  const { stores } = inspection;
  const { about = {} } = options;
  const kept = stores.filter(({ delivery }) => delivery.spool);
  if (kept.length === 0 || options.explain) return undefined;
  const storage = storageOf(parts, inspection);
  if (typeof storage === "string") {
    parts.reports.warn(`What cannot be delivered in time is dead-lettered, and not kept for later: ${storage}.`);
    return undefined;
  }
  const meta: RunMeta = {
    run,
    startedMs,
    audits: [...new Set(stores.map(({ audit }) => audit))],
    stores: kept.map(({ audit, key, plugin, idPointers }) => ({ audit, key, plugin: plugin.name, idPointers })),
    about: typeof about === "function" ? about(inspection) : about,
  };
  const path = journalPath(parts.deadLetters.folder, run);
  const stored = new LazyJournal(() => storage.createJournal(path, { meta, lanes: kept.length }));
  return new Spool({ parts, settings: inspection.spool, meta, storage, stored, resumed: undefined });
}

async function resumeSpool(
  parts: RunParts,
  inspection: Inspection,
  { run, readsOn = () => false }: ResumeOptions,
): Promise<Spool> {
  const { stores } = inspection;
  const storage = storageOf(parts, inspection);
  if (typeof storage === "string")
    throw errorOf("STATE_UNUSABLE", "failed", { why: `A run cannot be resumed: ${storage}.` });
  try {
    const journal = await take(parts, storage, run);
    const state = await journal.state();
    const { stores: kept } = state.meta as RunMeta;
    const isKept = ({ audit, key }: (typeof stores)[number]): boolean =>
      kept.some((one) => one.audit === audit && one.key === key);
    const resumed = await Resumed.of(state, async (inputs) => readsOn(inputs), !stores.every(isKept));
    if (resumed.damage.length > 0) {
      parts.reports.fail(failureOf("SPOOL_DAMAGED", "damaged", { run, damage: resumed.damage }));
    }
    const stored = new LazyJournal(async () => journal);
    // The next commit is not the first.
    await stored.state();
    return new Spool({ parts, settings: inspection.spool, meta: resumed.meta, storage, stored, resumed });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function take({ deadLetters }: RunParts, storage: Storage, run: string): Promise<StoredJournal> {
  const path = journalPath(deadLetters.folder, run);
  try {
    return await storage.openJournal(path);
  } catch (cause) {
    const reason = reasonOfStorage(cause);
    if (reason === "locked") throw errorOf("RUN_IN_USE", "locked", { run }, { cause });
    if (reason === "empty") await rm(path, { force: true });
    if (reason === "empty" || reason === "missing")
      throw errorOf("RUN_UNKNOWN", "missing", { run, folder: deadLetters.folder }, { cause });
    throw errorOf("STATE_UNUSABLE", "failed", { why: messageOf(cause) }, { cause });
  }
}

/** @returns what is missing, in words, where there can be none */
function storageOf({ options, world, disk }: RunParts, { state }: Inspection): Storage | string {
  if (!mayStartThreads()) return "Node was started with --permission and without --allow-worker";
  const worker = findWorker(options.workerUrl, world.cwd);
  if ("problem" in worker) return `the code of its thread is missing: ${worker.problem}`;
  return lazyStorage(() => openStorage({ worker: worker.url, disk, unsafe: state.unsafe }));
}

/** Its thread starts with the first call. */
function lazyStorage(start: () => Storage): Storage {
  let started: Storage | undefined;
  const storage = (): Storage => (started ??= start());
  return {
    createJournal: (path, begin) => storage().createJournal(path, begin),
    openJournal: (path) => storage().openJournal(path),
    openRuns: (path) => storage().openRuns(path),
    openLetters: (path) => storage().openLetters(path),
    keepRun: (path, run) => storage().keepRun(path, run),
    close: async () => started?.close(),
  };
}
