import { isCloudmarkerError } from "../errors.ts";
import type { Claim } from "../state/claim.ts";
import { lettersPath } from "../state/run-files.ts";
import type { NewLetter } from "../state/kept-letters.ts";
import { type LettersOptions, openLetters } from "../state/open-letters.ts";
import { unpackBlock } from "../state/block.ts";
import { entryFor } from "../state/fork.ts";
import { Settled } from "../state/settled.ts";
import type { Storage, StoredLetters } from "../state/storage.ts";
import type { JournalState, LaneProgress, StoredJournal } from "../state/stored.ts";
import { BoundRecord } from "../records/entry.ts";
import { type Leftover, missingFor } from "./given-up.ts";
import { openOrSetAside, stateOf } from "./open-spool.ts";
import { isOver, keepForgotten, readReceipt, readReceiptOf, removeDamaged } from "./receipt-files.ts";
import { type KeptStore, progressIn, type RunMeta, startOf } from "./run-meta.ts";
import { withKeptLetters } from "./settled-elsewhere.ts";
import { identityOf, stampOf } from "./stamp-of.ts";
import { claimLeft } from "./take-claim.ts";

/** What became of what was left of a run that was forgotten. */
export interface Forgotten {
  /** Records that are dead letters now, for all stores. */
  readonly deadLettered: number;
  /** Records that are given up: they could not be read any more, or are in the inputs of the run alone. */
  readonly lost: number;
}

/** What {@link forgetRun} works with. */
export interface ForgetOptions {
  /** The state folder. */
  readonly folder: string;
  readonly storage: Storage;
  /** How dead letters are opened. */
  readonly letters: LettersOptions;
  /** In milliseconds since the epoch. */
  readonly now: () => number;
}

/** Bytes of records that are read at a time. */
const READ_BYTES = 1024 * 1024;

/** The code of the dead letters. */
const CODE = "forgotten";
const REASON = "the run was forgotten before its store had got the record";

/**
 * Gives a run up: what its stores have not got becomes dead letters, and then nothing is left of the run but where it
 * came from. A kill in between leaves a run that can be forgotten again; no dead letter is there twice.
 * @throws CloudmarkerError RUN_UNKNOWN, RUN_IN_USE, STATE_UNUSABLE
 */
export async function forgetRun(run: string, { folder, storage, letters, now }: ForgetOptions): Promise<Forgotten> {
  const claim = await claimOf(run, folder);
  if (!claim) return { deadLettered: 0, lost: 0 };
  let forgotten: Forgotten = { deadLettered: 0, lost: 0 };
  try {
    const { journal } = await openOrSetAside(storage, folder, run);
    const told = (await journal?.state()) ?? stateOf(claim);
    const earlier = told && (await readReceiptOf(folder, told.meta as RunMeta));
    // A kill may have left the journal of a run that is over: it says less than the receipt.
    if (journal && told && !(earlier && isOver(earlier))) {
      try {
        const missing = missingFor(await withKeptLetters(told, folder, letters), earlier);
        const deadLettered = await keepRest(journal, told, folder, letters, now());
        forgotten = { deadLettered, lost: recordsIn(missing) };
        await markForgotten(folder, run, told.meta as RunMeta);
      } catch (error) {
        await journal.close();
        throw error;
      }
    } else {
      forgotten = { deadLettered: 0, lost: recordsIn(missingFor(undefined, earlier)) };
      await markForgotten(folder, run, told?.meta as RunMeta | undefined);
    }
    await journal?.remove();
  } catch (error) {
    claim.release();
    throw error;
  }
  claim.remove();
  return forgotten;
}

/** The claim of a run; undefined if nothing was left of it but its receipt, which is marked. */
async function claimOf(run: string, folder: string): Promise<Claim | undefined> {
  try {
    return claimLeft(folder, run, true);
  } catch (error) {
    if (isCloudmarkerError(error) && error.code === "RUN_UNKNOWN" && (await markForgotten(folder, run)))
      return undefined;
    throw error;
  }
}

/**
 * Marks the receipt of a run, so that only where the run came from stays of it.
 * @param meta what its journal or its claim says; undefined if there is none
 * @returns whether something was to be marked
 */
async function markForgotten(folder: string, run: string, meta?: RunMeta): Promise<boolean> {
  if (meta) {
    const { audits, about } = meta;
    await keepForgotten(folder, { status: "forgotten", run, started: startOf(meta), audits, about });
    return true;
  }
  const kept = await readReceipt(folder, run);
  // Nothing is known of a run whose receipt is damaged.
  if (!kept) return removeDamaged(folder, run);
  const { audits, about, receipt } = kept;
  await keepForgotten(folder, { status: "forgotten", run, started: receipt.started, audits, about });
  return true;
}

/** Makes dead letters of what the stores of a run have not got. */
async function keepRest(
  journal: StoredJournal,
  state: JournalState,
  folder: string,
  options: LettersOptions,
  time: number,
): Promise<number> {
  const { stores } = state.meta as RunMeta;
  const open = await openLetters(lettersPath(folder), options);
  let deadLettered = 0;
  try {
    for (const [lane, store] of stores.entries()) {
      const progress = progressIn(state.lanes, lane);
      // oxlint-disable-next-line no-await-in-loop -- one store after the other, so that memory stays bounded
      deadLettered += await keepRestOf(journal, state, store, progress, open.letters, time);
    }
  } finally {
    await open.close();
  }
  return deadLettered;
}

async function keepRestOf(
  journal: StoredJournal,
  state: JournalState,
  store: KeptStore,
  { lane, low, ranges }: Pick<LaneProgress, "lane" | "low" | "ranges">,
  letters: StoredLetters,
  time: number,
): Promise<number> {
  const settled = new Settled(low, ranges);
  const { startedMs: started, run } = state.meta as RunMeta;
  const { audit, key, plugin } = store;
  const stamp = stampOf(store, run, identityOf(store, run));
  const end = Math.max(low, ...state.blocks.map(({ first, count }) => first + count));
  let deadLettered = 0;
  let next = low;
  while (next < end) {
    // oxlint-disable-next-line no-await-in-loop -- as above
    const { blocks } = await journal.read(next, READ_BYTES);
    const last = blocks.at(-1);
    if (!last) break;
    const rows: NewLetter[] = [];
    for (const { first, bytes } of blocks) {
      for (const [index, kept] of unpackBlock(bytes).entries()) {
        const place = first + index;
        const entry = place < next || settled.has(place) ? undefined : entryFor(kept, lane);
        if (!entry) continue;
        const record = new BoundRecord(entry, stamp);
        const { id: recordId, json } = record;
        const what = { run, started, audit, store: key, plugin, code: CODE, reason: REASON, attempts: 0, time };
        rows.push({ ...what, recordId, place, record: new TextEncoder().encode(json) });
        next = place + 1;
      }
    }
    next = Math.max(next, last.first + last.count);
    // oxlint-disable-next-line no-await-in-loop -- as above
    if (rows.length > 0) await letters.importLetters(rows, time);
    deadLettered += rows.length;
  }
  return deadLettered;
}

function recordsIn(missing: readonly Leftover[]): number {
  return missing.reduce((sum, { records }) => sum + records, 0);
}
