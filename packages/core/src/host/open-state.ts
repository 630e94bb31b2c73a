import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Receipt } from "@cloudmarker/store-api";
import { systemClock } from "../clock.ts";
import { type DeadLetters, DeadLettersOfState } from "./dead-letters.ts";
import { DiskTime } from "../disk-time.ts";
import { errorOf } from "../errors/error-of.ts";
import { messageOf } from "../errors.ts";
import type { InputPosition } from "./options.ts";
import { Resumed } from "./resumed.ts";
import { findWorker } from "../isolation/find-worker.ts";
import type { StoredRun } from "../state/kept.ts";
import { journalPath, RUNS, runsIn, runsPath } from "../state/run-files.ts";
import { openStorage, type Storage, type StoredRuns } from "../state/storage.ts";
import { reasonOfStorage } from "../state/storage-error.ts";

/**
 * How a run stands. `delivered`: its receipt is ok. `incomplete`: it is over and its receipt is not ok. `spooled`: some of
 * it is kept on disk. `interrupted`: its process ended before the run did. `running`: a process has it.
 */
export type RunStatus = "delivered" | "incomplete" | "spooled" | "interrupted" | "running";

/** What a store has yet to get. */
export interface Leftover {
  readonly audit: string;
  /** Key of the store. */
  readonly store: string;
  readonly records: number;
}

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
  /** Where its inputs stood, as far as they are not read to their end. */
  readonly inputs: readonly InputPosition[];
  /** The receipt of the whole run, when it last ended. */
  readonly receipt?: Receipt;
}

/** Which runs: those that meet all that is given. */
export interface RunsFilter {
  readonly run?: string;
  readonly audit?: string;
  /** Begun at that time or later: milliseconds since the epoch. */
  readonly since?: number;
}

/** What a state folder keeps of runs. */
export interface State extends AsyncDisposable {
  readonly deadLetters: DeadLetters;
  /**
   * The runs, the newest first: those that are over, those that left something, and those that are under way.
   * @throws CloudmarkerError STATE_UNUSABLE
   */
  runs(filter?: RunsFilter): Promise<readonly RunSummary[]>;
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
 * @throws CloudmarkerError STATE_UNUSABLE
 */
export async function openState(folder: string, options: StateOptions = {}): Promise<State> {
  const worker = findWorker(options.workerUrl, folder);
  if ("problem" in worker)
    throw errorOf("STATE_UNUSABLE", "failed", { why: `The code of the thread is missing: ${worker.problem}.` });
  const names = await readdir(join(folder, RUNS)).catch(() => undefined);
  // Nothing was ever kept there; it is not to be made by who only looks.
  const opening = { worker: worker.url, disk: new DiskTime(systemClock), unsafe: true };
  const letters = new DeadLettersOfState(folder, opening);
  if (!names) return new OpenState(folder, letters, undefined, undefined);
  const storage = openStorage(opening);
  try {
    return new OpenState(folder, letters, storage, await storage.openRuns(runsPath(folder)));
  } catch (cause) {
    await storage.close();
    throw errorOf("STATE_UNUSABLE", "failed", { why: messageOf(cause) }, { cause });
  }
}

/**
 * The runs of a state folder that have a journal: those that left something, and those that are under way. Cheap, since
 * it opens no database.
 */
export async function openRunsIn(folder: string): Promise<string[]> {
  return runsIn(await readdir(join(folder, RUNS)).catch(() => []));
}

class OpenState implements State {
  readonly deadLetters: DeadLettersOfState;
  readonly #folder: string;
  readonly #storage: Storage | undefined;
  readonly #runs: StoredRuns | undefined;

  constructor(folder: string, letters: DeadLettersOfState, storage: Storage | undefined, runs: StoredRuns | undefined) {
    this.deadLetters = letters;
    this.#folder = folder;
    this.#storage = storage;
    this.#runs = runs;
  }

  async runs(filter: RunsFilter = {}): Promise<readonly RunSummary[]> {
    const storage = this.#storage;
    if (!storage || !this.#runs) return [];
    const ended = (await this.#runs.runs({ ...filter })).map(endedRun);
    const names = runsIn(await readdir(join(this.#folder, RUNS))).filter(
      (run) => filter.run === undefined || filter.run === run,
    );
    const known = new Map(ended.map((one) => [one.run, one]));
    for (const run of names) {
      // oxlint-disable-next-line no-await-in-loop -- each takes a lock for a moment, one after the other
      const left = await this.#leftOf(storage, run, known.get(run));
      if (left && fits(left, filter)) known.set(run, left);
    }
    return [...known.values()].toSorted((a, b) => b.started.localeCompare(a.started) || b.run.localeCompare(a.run));
  }

  async close(): Promise<void> {
    await this.deadLetters.close();
    await this.#runs?.close();
    await this.#storage?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What the journal of a run says; undefined if it is gone by now. */
  async #leftOf(storage: Storage, run: string, ended: RunSummary | undefined): Promise<RunSummary | undefined> {
    try {
      const journal = await storage.openJournal(journalPath(this.#folder, run));
      try {
        return summaryOf(await Resumed.of(await journal.state(), async () => true, false), ended);
      } finally {
        await journal.close();
      }
    } catch (cause) {
      const reason = reasonOfStorage(cause);
      if (reason === "missing" || reason === "empty") return ended;
      if (reason === "locked") return runningRun(run, ended);
      throw errorOf("STATE_UNUSABLE", "failed", { why: messageOf(cause) }, { cause });
    }
  }
}

function summaryOf(resumed: Resumed, ended: RunSummary | undefined): RunSummary {
  const { run, startedMs, audits, stores, about, end } = resumed.meta;
  const left = stores.flatMap(({ audit, key }, lane) => {
    const records = resumed.leftFor(lane);
    return records > 0 ? [{ audit, store: key, records }] : [];
  });
  return {
    run,
    started: new Date(startedMs).toISOString(),
    status: end ? "spooled" : "interrupted",
    audits,
    about,
    left,
    inputs: end ? [] : resumed.inputs,
    ...(end && ended?.ended !== undefined && { ended: ended.ended }),
    ...(end && ended?.receipt && { receipt: ended.receipt }),
  };
}

function runningRun(run: string, ended: RunSummary | undefined): RunSummary {
  const { started, audits, about } = ended ?? { started: "", audits: [], about: {} };
  return { run, started, status: "running", audits, about, left: [], inputs: [] };
}

function endedRun({ run, started, ended, status, audits, meta, receipt }: StoredRun): RunSummary {
  return {
    run,
    started: new Date(started).toISOString(),
    ...(ended !== undefined && { ended: new Date(ended).toISOString() }),
    status: status as RunStatus,
    audits,
    about: (meta as { about?: Record<string, unknown> } | null)?.about ?? {},
    left: [],
    inputs: [],
    receipt: receipt as Receipt,
  };
}

function fits({ audits, started }: RunSummary, { audit, since }: RunsFilter): boolean {
  return (audit === undefined || audits.includes(audit)) && (since === undefined || Date.parse(started) >= since);
}
