import { join } from "node:path";
import type { Receipt } from "@cloudmarker/store-api";
import { systemClock } from "../clock.ts";
import { type Checks, isFlag, isFunction, isText, must, optionError } from "../check-options.ts";
import { type DeadLetters, DeadLettersOfState } from "./dead-letters.ts";
import { DiskTime } from "../disk-time.ts";
import { isCloudmarkerError, messageOf } from "../errors.ts";
import { Claim } from "../state/claim.ts";
import { lazyStorage } from "../state/lazy-storage.ts";
import type { LettersOptions } from "../state/open-letters.ts";
import { claimPath, RUNS, runsIn } from "../state/run-files.ts";
import { openStorage, type Storage } from "../state/storage.ts";
import type { JournalState, StoredJournal } from "../state/stored.ts";
import { time } from "./filter-checks.ts";
import { type Forgotten, forgetRun } from "./forget-run.ts";
import { type Leftover, missingFor } from "./given-up.ts";
import { openJournal, stateOf } from "./open-spool.ts";
import type { InputPosition } from "./options.ts";
import { type FoundReceipt, isOver, namesOf, readReceiptOf, readReceipts, RECEIPTS } from "./receipt-files.ts";
import { Resumed } from "./resumed.ts";
import { type RunMeta, startOf } from "./run-meta.ts";
import { withLetters } from "./settled-elsewhere.ts";
import { findStorageWorker } from "./storage-worker.ts";
import { hasJournal, isOfDamage, takeOrLook, unusable } from "./take-claim.ts";

/**
 * How a run stands. `delivered`: its receipt is ok. `incomplete`: it is over and its receipt is not ok. `spooled`: some
 * of it is kept on disk. `interrupted`: its process ended before the run did. `running`: a process has it.
 * `unreadable`: what is left of it cannot be read. `forgotten`: it was given up, and only where it came from is known.
 */
export type RunStatus = "delivered" | "incomplete" | "spooled" | "interrupted" | "running" | "unreadable" | "forgotten";

/** A run of which something is left, and no process has it. */
const LEFT: ReadonlySet<RunStatus> = new Set<RunStatus>(["spooled", "interrupted"]);

/** A run of a state folder. */
export interface RunSummary {
  /** Run id. */
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** Absent while it is not over. */
  readonly ended?: string;
  readonly status: RunStatus;
  /** Names of its audits. */
  readonly audits: readonly string[];
  /** What the program that made the run wanted to be kept: {@link HostOptions.about}. */
  readonly about: Readonly<Record<string, unknown>>;
  /** The stores that have not got everything; empty where it is not known, since a process has the run. */
  readonly left: readonly Leftover[];
  /**
   * What its stores accepted, and what is neither delivered nor in its journal: it comes when the inputs are read
   * again, and {@link State.forget} gives it up.
   */
  readonly missing: readonly Leftover[];
  /** Where its inputs stood, as the program told it last; of a run without a journal it is not known. */
  readonly inputs: readonly InputPosition[];
  /** Why it is unreadable. */
  readonly why?: string;
  /** It is unreadable for good: a file of it is damaged. Otherwise it can be read once what `why` says is corrected. */
  readonly damaged?: true;
  /** The receipt of the whole run, when it last ended. */
  readonly receipt?: Receipt;
}

/** What is known of a run from its beginning on. */
export type RunOrigin = Pick<RunSummary, "run" | "audits" | "about">;

/** Which runs: those that meet all that is given. */
export interface RunsFilter {
  readonly run?: string;
  readonly audit?: string;
  /** Begun at that time or later: milliseconds since the epoch. */
  readonly since?: number;
  /** Those that were forgotten as well. @default false */
  readonly forgotten?: boolean;
  /**
   * Of the runs that left something or were interrupted, those that this wants. It is asked before what is left is
   * looked at, so that a thousand that others left cost little.
   */
  readonly left?: (run: RunOrigin) => boolean;
}

const RUNS_FILTER: Checks<RunsFilter> = {
  run: must("a string", isText),
  audit: must("a string", isText),
  since: time,
  forgotten: must("true or false", isFlag),
  left: must("a function", isFunction),
};

/** What a state folder keeps of runs. */
export interface State extends AsyncDisposable {
  readonly deadLetters: DeadLetters;
  /**
   * The runs, the newest first: those that are over, those that left something, and those that are under way.
   * @throws CloudmarkerError STATE_UNUSABLE, and OPTION_INVALID if the filter is wrong
   */
  runs(filter?: RunsFilter): Promise<readonly RunSummary[]>;
  /**
   * Gives a run up: what its stores have not got becomes dead letters with the code `forgotten`, and then its journal
   * and its receipt are removed. What `about` said of it stays, for its dead letters. Inputs that were not read to
   * their end are not read on.
   * @throws CloudmarkerError RUN_UNKNOWN, RUN_IN_USE, STATE_UNUSABLE
   */
  forget(run: string): Promise<Forgotten>;
  /** Ends its thread. */
  close(): Promise<void>;
}

/** Options of {@link openState}. */
export interface StateOptions {
  /** As that of the host. @default `worker.js` beside the code of this package */
  readonly workerUrl?: string | URL | undefined;
}

/**
 * Opens a state folder, to see what it keeps. Processes that deliver into it, or from it, are not disturbed.
 * @param folder `stateDir` of a host, or {@link Inspection.defaultStateDir}
 * @throws CloudmarkerError STATE_UNUSABLE if it is there and cannot be read
 */
export async function openState(folder: string, options: StateOptions = {}): Promise<State> {
  try {
    await Promise.all([folder, join(folder, RUNS), join(folder, RECEIPTS)].map(namesOf));
  } catch (cause) {
    throw unusable(new Error(`The state folder cannot be read: ${messageOf(cause)}.`, { cause }));
  }
  return new OpenState(folder, options);
}

/**
 * The runs of a state folder that left something, or were interrupted, and those that are under way. Cheap, since it
 * opens none of their files.
 */
export async function openRunsIn(folder: string): Promise<string[]> {
  return runsIn(await namesOf(join(folder, RUNS)));
}

class OpenState implements State {
  readonly deadLetters: DeadLettersOfState;
  readonly #folder: string;
  readonly #letters: LettersOptions;
  readonly #storage: Storage;

  constructor(folder: string, { workerUrl }: StateOptions) {
    this.#folder = folder;
    const disk = new DiskTime(systemClock);
    const worker = findStorageWorker(workerUrl, folder);
    const url = "url" in worker ? worker.url : undefined;
    this.#letters = { worker: url, disk, unsafe: true };
    this.deadLetters = new DeadLettersOfState(folder, this.#letters);
    this.#storage = lazyStorage(() => {
      if ("problem" in worker) throw unusable(new Error(`There is no thread that reads it: ${worker.problem}.`));
      return openStorage({ worker: worker.url, disk, unsafe: true });
    });
  }

  async runs(filter: RunsFilter = {}): Promise<readonly RunSummary[]> {
    const wrong = optionError(filter, RUNS_FILTER, "runs()");
    if (wrong) throw wrong;
    const known = new Map<string, RunSummary>();
    const add = async (run?: string): Promise<void> => {
      for (const kept of await readReceipts(this.#folder, run)) {
        const one = endedRun(kept);
        known.set(one.run, one);
      }
    };
    // Before the receipts: a run that ends meanwhile has one then.
    const open = await openRunsIn(this.#folder);
    if (!filter.left) await add(filter.run);
    for (const run of open) {
      if ((filter.run !== undefined && filter.run !== run) || !this.#mayBeWanted(run, filter)) continue;
      if (filter.left) await add(run);
      const left = await this.#leftOf(run, known.get(run));
      if (left) known.set(run, left);
      else if (!filter.left) await add(run);
    }
    return [...known.values()].filter((one) => fits(one, filter)).toSorted(lastFirst);
  }

  async forget(run: string): Promise<Forgotten> {
    try {
      return await forgetRun(run, {
        folder: this.#folder,
        storage: this.#storage,
        letters: this.#letters,
        now: systemClock.now,
      });
    } catch (error) {
      throw isCloudmarkerError(error) ? error : unusable(error);
    }
  }

  async close(): Promise<void> {
    await this.deadLetters.close();
    await this.#storage.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Unless what the run told at its beginning says that it is not. */
  #mayBeWanted(run: string, { left }: RunsFilter): boolean {
    const told = left && (Claim.toldAt(claimPath(this.#folder, run)) as RunMeta | undefined);
    return !left || !told || left({ run, audits: told.audits, about: told.about });
  }

  /** What an open run says; undefined if it is gone by now. */
  async #leftOf(run: string, ended: RunSummary | undefined): Promise<RunSummary | undefined> {
    try {
      const { claim, damage } = takeOrLook(this.#folder, run, false);
      try {
        const { journal, damage: ofJournal } = await this.#journalOf(run, claim !== undefined);
        const state = (await journal?.state()) ?? (claim && stateOf(claim));
        const meta = state?.meta as RunMeta | undefined;
        // A run that is repeated under its id has the receipt of the first one until it ends.
        const own = meta && ended?.started === startOf(meta) ? ended : undefined;
        // A kill has left it before anything came in, or while all was put away.
        const isPutAway = !state || (own && isOver(own));
        await (isPutAway ? journal?.remove() : journal?.close());
        const why = ofJournal ?? (journal ? undefined : damage);
        if (why) return unreadableRun(run, state, ended, why);
        if (isPutAway) {
          claim?.remove();
          return ended;
        }
        const earlier = meta && (await readReceiptOf(this.#folder, meta));
        const known = await withLetters(state, this.deadLetters);
        const resumed = await Resumed.of(
          known,
          async () => true,
          () => false,
          journal && earlier,
        );
        return summaryOf(resumed, missingFor(journal && known, earlier), own);
      } catch (error) {
        if (isInUse(error) || !claim) throw error;
        return unreadableRun(run, stateOf(claim), ended, error);
      } finally {
        claim?.release();
      }
    } catch (error) {
      if (isInUse(error)) return unknownRun(run, "running", ended);
      return unreadableRun(run, undefined, ended, error);
    }
  }

  /**
   * The journal of a run, or what is wrong with it.
   * @param isClaimed whether the claim of the run is taken: who has not got it removes nothing
   */
  async #journalOf(
    run: string,
    isClaimed: boolean,
  ): Promise<{ readonly journal?: StoredJournal | undefined; readonly damage?: Error }> {
    if (!isClaimed && !hasJournal(this.#folder, run)) return {};
    try {
      return { journal: await openJournal(this.#storage, this.#folder, run) };
    } catch (error) {
      if (!isOfDamage(error)) throw error;
      return { damage: error };
    }
  }
}

function summaryOf(resumed: Resumed, missing: readonly Leftover[], ended: RunSummary | undefined): RunSummary {
  const { run, audits, about, end } = resumed.meta;
  const { left } = resumed;
  return {
    run,
    started: startOf(resumed.meta),
    status: end ? "spooled" : "interrupted",
    audits,
    about,
    left,
    missing,
    inputs: resumed.inputs,
    ...(end && ended?.ended !== undefined && { ended: ended.ended }),
    ...(end && ended?.receipt && { receipt: ended.receipt }),
  };
}

function unknownRun(run: string, status: RunStatus, ended: RunSummary | undefined): RunSummary {
  const { started, audits, about } = ended ?? { started: "", audits: [], about: {} };
  return { run, started, status, audits, about, left: [], missing: [], inputs: [] };
}

/** @param known what its claim says, where that is known */
function unreadableRun(
  run: string,
  known: JournalState | undefined,
  ended: RunSummary | undefined,
  why: unknown,
): RunSummary {
  const told = { ...unknownRun(run, "unreadable", ended), why: messageOf(why) };
  const summary = isOfDamage(why) ? { ...told, damaged: true as const } : told;
  if (!known) return summary;
  const { audits, about } = known.meta as RunMeta;
  return { ...summary, started: startOf(known.meta as RunMeta), audits, about };
}

function isInUse(error: unknown): boolean {
  return isCloudmarkerError(error) && error.code === "RUN_IN_USE";
}

function endedRun(kept: FoundReceipt): RunSummary {
  if (kept.status === "unreadable") {
    const told = { ...unknownRun(kept.run, "unreadable", undefined), why: kept.why };
    return kept.isDamaged ? { ...told, damaged: true } : told;
  }
  if (kept.status === "forgotten") return { ...kept, left: [], missing: [], inputs: [] };
  const { status, audits, about, receipt } = kept;
  const { run, started, ended } = receipt;
  return { run, started, ended, status, audits, about, left: [], missing: [], inputs: [], receipt };
}

/** `localeCompare` would load the rules of languages: 8 ms for two times as ISO 8601. */
function lastFirst(a: RunSummary, b: RunSummary): number {
  if (a.started === b.started) return a.run < b.run ? 1 : -1;
  return a.started < b.started ? 1 : -1;
}

function fits(run: RunSummary, { audit, since, forgotten = false, left }: RunsFilter): boolean {
  const { status, audits, started } = run;
  if (left && !(LEFT.has(status) && left(run))) return false;
  if (status === "forgotten" && !forgotten) return false;
  return (audit === undefined || audits.includes(audit)) && (since === undefined || Date.parse(started) >= since);
}
