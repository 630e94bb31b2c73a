import { optionError } from "../check-options.ts";
import { stateDirOption } from "../command-for.ts";
import { errorOf } from "../errors/error-of.ts";
import { failureOf } from "../errors/write-error.ts";
import { counted } from "../grouped.ts";
import { isCloudmarkerError } from "../errors.ts";
import { findWorker } from "../isolation/find-worker.ts";
import type { Claim } from "../state/claim.ts";
import { LazyJournal } from "../state/lazy-journal.ts";
import { lazyStorage } from "../state/lazy-storage.ts";
import { loadSqlite } from "../state/load-sqlite.ts";
import { moveAside, NO_SQLITE } from "../state/open-database.ts";
import type { LettersOptions } from "../state/open-letters.ts";
import { journalPath, removeJournal } from "../state/run-files.ts";
import { reasonOf } from "../state/storage-error.ts";
import { openStorage, type Storage } from "../state/storage.ts";
import type { JournalState, StoredJournal } from "../state/stored.ts";
import { mayStartThreads } from "../world.ts";
import type { Inspection } from "./inspection.ts";
import { ABOUT } from "./option-checks.ts";
import type { About, ResumeOptions } from "./options.ts";
import { countedBy, keptBefore, stateOfLost } from "./lost-journal.ts";
import { isOver, type KeptReceipt, readReceiptOf } from "./receipt-files.ts";
import { Resumed } from "./resumed.ts";
import { type Before, laneOf, progressIn, type RunMeta } from "./run-meta.ts";
import type { RunParts } from "./run-parts.ts";
import { withKeptLetters } from "./settled-elsewhere.ts";
import { classNameOf } from "./stamp-of.ts";
import { claimLeft, hasJournal, isOfDamage, takeOrLook, unusable } from "./take-claim.ts";
import { NO_THREADS, storageWorker } from "./storage-worker.ts";
import { Spool, spoolFailure, UNKNOWN_SIZE } from "./spool.ts";

/** What of a run outlives its process. */
export interface KeptRun {
  readonly meta: RunMeta;
  /** Undefined where it cannot be taken. */
  readonly claim: Claim | undefined;
  /** Undefined where no store needs one. */
  readonly spool: Spool | undefined;
  /** It is resumed, and the program reads its inputs on. */
  readonly readsOn: boolean;
  /** A later process can read its inputs on, or again. */
  readonly canGoOn: boolean;
  /** It is resumed, and a later process reads its inputs on: nothing comes in now. */
  readonly isLater?: boolean;
  /** It is resumed, and what its stores got from an earlier process does not come again. */
  readonly before?: Before | undefined;
}

/**
 * Takes a run: a new one, or one that is resumed. Undefined for an explanation, which leaves nothing behind, and for a
 * new run that was stopped before it began: no record of it will come.
 * @throws CloudmarkerError RUN_UNKNOWN, RUN_IN_USE, RUN_LEFT, RUN_IN_DOUBT, STATE_UNUSABLE
 */
export async function openKept(parts: RunParts, inspection: Inspection): Promise<KeptRun | undefined> {
  const { resume, options, signal } = parts;
  if (options.explain || (!resume && signal.aborted)) return undefined;
  return resume ? resumeRun(parts, inspection, resume) : newRun(parts, inspection);
}

async function newRun(parts: RunParts, inspection: Inspection): Promise<KeptRun> {
  const { options, run, startedMs } = parts;
  const { stores } = inspection;
  const kept = stores.filter(({ delivery }) => delivery.spool);
  const storage = kept.length > 0 ? storageOf(parts, inspection) : undefined;
  if (typeof storage === "string")
    parts.reports.warn(`What cannot be delivered in time is dead-lettered, and not kept for later: ${storage}.`);
  const hasSpool = storage !== undefined && typeof storage !== "string";
  const meta: RunMeta = {
    run,
    startedMs,
    audits: [...new Set(stores.map(({ audit }) => audit))],
    stores: hasSpool
      ? kept.map(({ audit, key, plugin, idPointers, taps }) => {
          const listed = taps.length > 0 && { taps: taps.map((tap) => tap.key) };
          return { audit, key, plugin: plugin.name, className: classNameOf(plugin), idPointers, ...listed };
        })
      : [],
    about: aboutOf(options, inspection),
  };
  const claim = parts.canLock ? await claimNew(parts, meta, inspection) : undefined;
  const canGoOn = onceIn(stores).length === 0 && (hasSpool || claim !== undefined);
  if (!hasSpool) return { meta, claim, spool: undefined, readsOn: false, canGoOn };
  const path = journalPath(parts.deadLetters.folder, run);
  const stored = new LazyJournal(() => storage.createJournal(path, { meta, lanes: kept.length }));
  const spool = new Spool({
    parts,
    settings: inspection.spool,
    specs: kept,
    meta,
    storage,
    stored,
    resumed: undefined,
  });
  return { meta, claim, spool, readsOn: false, canGoOn };
}

/** A copy of what the program wants to know of the run. @throws CloudmarkerError OPTION_INVALID */
function aboutOf({ about: given = {} }: RunParts["options"], inspection: Inspection): About {
  const about = typeof given === "function" ? given(inspection) : given;
  const wrong = optionError({ about: about ?? null }, ABOUT, "createHost()");
  if (wrong) throw wrong;
  return JSON.parse(JSON.stringify(about)) as About;
}

/**
 * The claim of a new run. If the disk refuses, that is reported, and the run cannot be resumed.
 * @throws CloudmarkerError RUN_IN_USE, RUN_LEFT, RUN_IN_DOUBT, STATE_UNUSABLE
 */
async function claimNew(parts: RunParts, meta: RunMeta, inspection: Inspection): Promise<Claim | undefined> {
  const { run, deadLetters, reports } = parts;
  const { folder } = deadLetters;
  const option = stateDirOption(inspection.stateDir, inspection.defaultStateDir);
  if (!loadSqlite()) return undefined;
  let claim: Claim | undefined;
  try {
    const once = onceIn(inspection.stores);
    // What was told of a damaged one is not known: it is in nobody's way, but for a store that must get nothing twice.
    const taken = takeOrLook(folder, run, once.length === 0 && !hasJournal(folder, run));
    ({ claim } = taken);
    if (hasJournal(folder, run)) throw errorOf("RUN_LEFT", "left", { run, folder, option });
    if (once.length > 0 && (!claim || (await isInterrupted(claim, folder))))
      throw errorOf("RUN_IN_DOUBT", "again", { run, keys: once.map(({ key }) => key), option });
    if (!claim) throw taken.damage;
    if (claim.damage !== undefined) reports.warn(claim.damage);
    claim.tell(meta);
    return claim;
  } catch (error) {
    if (isCloudmarkerError(error)) {
      claim?.release();
      throw error;
    }
    // Others would see a run under way of which nothing is known.
    claim?.remove();
    reports.fail(spoolFailure(error));
    return undefined;
  }
}

/** Whether an earlier process of a run left its claim before the run was over. */
async function isInterrupted(claim: Claim, folder: string): Promise<boolean> {
  const meta = claim.about as RunMeta | undefined;
  const earlier = meta && (await readReceiptOf(folder, meta));
  return meta !== undefined && !(earlier && isOver(earlier));
}

/** The stores that must get nothing twice. */
function onceIn(stores: Inspection["stores"]): Inspection["stores"] {
  return stores.filter(({ delivery }) => delivery.guarantee === "at-most-once");
}

async function resumeRun(
  parts: RunParts,
  inspection: Inspection,
  { run, readsOn = () => false }: ResumeOptions,
): Promise<KeptRun> {
  const { stores } = inspection;
  const storage = storageOf(parts, inspection);
  if (typeof storage === "string")
    throw errorOf("STATE_UNUSABLE", "failed", { why: `A run cannot be resumed: ${storage}.` });
  const { folder } = parts.deadLetters;
  const claim = claimLeft(folder, run, hasJournal(folder, run));
  try {
    if (claim.damage !== undefined) parts.reports.warn(claim.damage);
    const { journal, damage } = await openOrSetAside(storage, folder, run);
    const told = (await journal?.state()) ?? stateOf(claim);
    const known = told && (await withKeptLetters(told, folder, lettersOptions(parts, inspection)));
    const earlier = known && (await readReceiptOf(folder, known.meta as RunMeta));
    // With a receipt of its end: it was killed while it put things away, and what is left of it says less.
    if (!known || (earlier && isOver(earlier))) {
      await journal?.remove();
      claim.remove();
      if (!known && damage !== undefined) throw unusable(new Error(nothingKnown(run, damage)));
      throw errorOf("RUN_UNKNOWN", "missing", { run, folder });
    }
    const state = journal ? known : { ...known, damage: damageOf(damage, earlier) };
    const meta = state.meta as RunMeta;
    const { stores: kept } = meta;
    if (kept.length === 0) {
      const answer = await readsOn([]);
      if (answer === true) assertNothingTwice(run, inspection, kept);
      const isLater = answer === "later";
      const before = answer === true ? undefined : { ...toldBy(earlier), hasJournal: false, isKilled: !earlier };
      return { meta, claim, spool: undefined, readsOn: answer === true, canGoOn: true, isLater, before };
    }
    const found = journal || earlier?.status === "interrupted" ? earlier : undefined;
    let resumed = await Resumed.of(state, async (inputs) => readsOn(inputs), getsAgain(stores, kept), found);
    if (!journal && earlier && !resumed.rereads && !resumed.isLater && keptBefore(earlier) > 0)
      resumed = await Resumed.of(
        stateOfLost(state, earlier),
        async () => false,
        () => false,
      );
    if (resumed.rereads) assertNothingTwice(run, inspection, kept);
    if (resumed.damage.length > 0) {
      parts.reports.fail(failureOf("SPOOL_DAMAGED", "damaged", { run, damage: resumed.damage }));
    }
    const path = journalPath(folder, run);
    const stored = new LazyJournal(async () => journal ?? storage.createJournal(path, { meta, lanes: kept.length }));
    // The next commit is not the first.
    if (journal) await stored.make();
    const spool = new Spool({
      parts,
      settings: inspection.spool,
      specs: stores,
      meta: resumed.meta,
      storage,
      stored,
      resumed,
    });
    const { rereads, isLater } = resumed;
    const isKilled = !earlier && !isLater && resumed.meta.end === undefined;
    const before = rereads ? undefined : { ...toldBy(earlier), hasJournal: journal !== undefined, isKilled };
    return { meta: resumed.meta, claim, spool, readsOn: rereads, canGoOn: true, isLater, before };
  } catch (error) {
    claim.release();
    await storage.close();
    throw error;
  }
}

/**
 * Which stores get the inputs from their beginning if these can be read again: those without a lane, and those that
 * keep records on their own disk. Of a run that was killed such a store has published nothing, and it publishes its
 * files whole.
 */
function getsAgain(stores: Inspection["stores"], kept: RunMeta["stores"]): (lane: number | undefined) => boolean {
  const lanes = stores.map((spec) => laneOf(kept, spec));
  const again = new Set(lanes.filter((_, index) => stores[index]?.plugin.supports.durable === true));
  return (lane) => (lane === undefined ? lanes.includes(-1) : again.has(lane));
}

/**
 * A store without a lane gets the inputs from their beginning, and so once more what the earlier process sent: nothing
 * tells what that was.
 * @throws CloudmarkerError RUN_IN_DOUBT
 */
function assertNothingTwice(run: string, inspection: Inspection, kept: RunMeta["stores"]): void {
  const { stores, stateDir, defaultStateDir } = inspection;
  const once = onceIn(stores).filter((spec) => laneOf(kept, spec) === -1);
  const option = stateDirOption(stateDir, defaultStateDir);
  if (once.length > 0) throw errorOf("RUN_IN_DOUBT", "once", { run, keys: once.map(({ key }) => key), option });
}

/**
 * The journal of a run whose claim was taken; undefined where it has none. What a kill has left of one that was being
 * made or removed is removed.
 */
export async function openJournal(storage: Storage, folder: string, run: string): Promise<StoredJournal | undefined> {
  if (!hasJournal(folder, run)) {
    removeJournal(folder, run);
    return undefined;
  }
  try {
    return await storage.openJournal(journalPath(folder, run));
  } catch (cause) {
    switch (reasonOf(cause)) {
      case "missing":
      case "empty":
        removeJournal(folder, run);
        return undefined;
      case "locked":
        throw errorOf("RUN_IN_USE", "locked", { run }, { cause });
      default:
        throw unusable(cause);
    }
  }
}

/** A run that ended before its journal was made: nothing is known but what it told at its beginning. */
export function stateOf(claim: Claim): JournalState | undefined {
  const meta = claim.about as RunMeta | undefined;
  return (
    meta && {
      meta,
      lanes: meta.stores.map((_, lane) => progressIn([], lane)),
      inputs: [],
      blocks: [],
      gone: [],
      damage: [],
      size: UNKNOWN_SIZE,
    }
  );
}

function toldBy(earlier: KeptReceipt | undefined): Pick<Before, "receipt" | "counts"> {
  return { receipt: earlier?.receipt, counts: earlier && countedBy(earlier) };
}

/** What is wrong with a run that has no journal, each as a sentence. */
function damageOf(damage: string | undefined, earlier: KeptReceipt | undefined): string[] {
  if (damage !== undefined) return [damage];
  const kept = keptBefore(earlier);
  return kept > 0 ? [`Its journal is gone, with ${counted(kept, "record")} that it had kept.`] : [];
}

/** Its claim is of no use either, and its journal was moved away. */
function nothingKnown(run: string, damage: string): string {
  return `Nothing is known of the run ${run} any more, for its journal is damaged, and so was its claim. ${damage}`;
}

/** As {@link openJournal}; one of which nothing can be read is moved away, and what is wrong is told. */
export async function openOrSetAside(
  storage: Storage,
  folder: string,
  run: string,
): Promise<{ readonly journal?: StoredJournal | undefined; readonly damage?: string | undefined }> {
  try {
    return { journal: await openJournal(storage, folder, run) };
  } catch (error) {
    if (!isOfDamage(error)) throw error;
    const away = moveAside(journalPath(folder, run));
    return { damage: `Nothing of it can be read. ${error.message} It was moved to ${away}.` };
  }
}

function lettersOptions({ options, world, disk }: RunParts, { state }: Inspection): LettersOptions {
  return { worker: storageWorker(options, world.cwd), disk, unsafe: state.unsafe };
}

/** @returns what is missing, in words, where there can be none */
function storageOf({ options, world, disk }: RunParts, { state }: Inspection): Storage | string {
  if (!loadSqlite()) return NO_SQLITE;
  if (!mayStartThreads()) return NO_THREADS;
  const worker = findWorker(options.workerUrl, world.cwd);
  if ("problem" in worker) return `the code of its thread is missing: ${worker.problem}`;
  return lazyStorage(() => openStorage({ worker: worker.url, disk, unsafe: state.unsafe }));
}
