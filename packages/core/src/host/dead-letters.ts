import { existsSync } from "node:fs";
import type { DeadLetter } from "@cloudmarker/store-api";
import { optionError } from "../check-options.ts";
import { errorOf } from "../errors/error-of.ts";
import { systemClock } from "../clock.ts";
import { type CloudmarkerError, messageOf } from "../errors.ts";
import type {
  LetterFilter,
  LetterState,
  StoredEvent,
  StoredGroup,
  StoredLetter,
  StoredPlace,
} from "../state/kept-letters.ts";
import { type LettersOptions, mendAfter, type OpenLetters, openLetters } from "../state/open-letters.ts";
import { lettersPath } from "../state/run-files.ts";
import type { StoredLetters } from "../state/storage.ts";
import { LETTERS } from "./filter-checks.ts";

/** Something that happened to a dead letter. */
export interface LetterEvent {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly outcome: "dead_lettered" | "replayed";
  readonly code?: string;
  readonly reason?: string;
  /** Key of the store that it was sent to, if that is not its own. */
  readonly to?: string;
}

/** A dead letter, as a state folder keeps it. */
export interface KeptLetter {
  /** Its number in the state folder. Later ones have higher ones, and none is used twice. */
  readonly id: number;
  /** Run id. */
  readonly run: string;
  readonly audit: string;
  /** Key of the store in the configuration. */
  readonly store: string;
  /** Name of its plugin. */
  readonly plugin: string;
  /** Why it was last refused. */
  readonly code: string;
  readonly reason: string;
  /** All attempts that were made for it. */
  readonly attempts: number;
  /** ISO 8601, UTC. */
  readonly firstTime: string;
  readonly lastTime: string;
  readonly state: LetterState;
  /** Document id of the record. */
  readonly recordId: string;
  /** The record: the text that the store was given. */
  readonly json: string;
  /** What happened to it, in order: the first, and at most nine more of the last. */
  readonly history: readonly LetterEvent[];
}

/** Dead letters that have these in common. */
export interface LetterGroup {
  readonly audit: string;
  readonly store: string;
  readonly plugin: string;
  readonly code: string;
  readonly state: LetterState;
  /** That of the sample; in the others, numbers, ids and quoted texts may differ. */
  readonly reason: string;
  readonly count: number;
  /** Of their records. */
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** Number of the first of them. */
  readonly sample: number;
  /** Key of the store that they were last sent to, if that is not their own. */
  readonly to?: string;
}

/**
 * The dead letters of a state folder. All methods reject with CloudmarkerError STATE_UNUSABLE, LETTERS_DAMAGED, and
 * OPTION_INVALID if the filter has an unknown key or a wrong value.
 */
export interface DeadLetters {
  /** By audit, store, code, state, kind of reason and `to`, the largest group first; at most 1,000 groups. */
  groups(filter?: LetterFilter): Promise<readonly LetterGroup[]>;
  count(filter?: LetterFilter): Promise<{ readonly letters: number; readonly bytes: number }>;
  /** The ids of their runs, in the order of the first dead letter of each. */
  runs(filter?: LetterFilter): Promise<readonly string[]>;
  /** In the order of their numbers. About 1 MiB of them is in memory. */
  list(filter?: LetterFilter): AsyncIterable<KeptLetter>;
  get(id: number): Promise<KeptLetter | undefined>;
  /** @returns how many were removed */
  purge(filter?: LetterFilter): Promise<number>;
  /**
   * Adds dead letters of elsewhere, such as those of a file, all or none: at most about 1,000 a call. One that is
   * there already (the same run,
   * audit, store and record id) stays as it is.
   * @returns their numbers, in order
   */
  add(letters: readonly DeadLetter[]): Promise<readonly number[]>;
}

/** Bytes of records that are read at a time. */
const READ_BYTES = 1024 * 1024;

/** Numbers that a filter may have in one call; more are looked for one part after the other. */
const MOST_IDS = 10_000;

/** The dead letters of a state folder, opened when they are first asked for. */
export class DeadLettersOfState implements DeadLetters {
  readonly #path: string;
  readonly #options: LettersOptions;
  #opening: Promise<OpenLetters> | undefined;

  constructor(folder: string, options: LettersOptions) {
    this.#path = lettersPath(folder);
    this.#options = options;
  }

  async groups(filter: LetterFilter = {}): Promise<readonly LetterGroup[]> {
    assertFilter(filter, "groups");
    return this.#do(async (letters) => (await letters.groups(filter)).map(groupOf), []);
  }

  async count(filter: LetterFilter = {}): Promise<{ readonly letters: number; readonly bytes: number }> {
    assertFilter(filter, "count");
    return this.#do((letters) => letters.count(filter, 0), { letters: 0, bytes: 0 });
  }

  async runs(filter: LetterFilter = {}): Promise<readonly string[]> {
    assertFilter(filter, "runs");
    const lanes = await this.#do((letters) => letters.lanes(filter), []);
    return [...new Set(lanes.map(({ run }) => run))];
  }

  /* oxlint-disable no-await-in-loop -- one page after the other, so that memory stays bounded */
  async *list(filter: LetterFilter = {}): AsyncGenerator<KeptLetter> {
    assertFilter(filter, "list");
    for (const part of partsOf(filter)) {
      let after = 0;
      for (;;) {
        const page = await this.#do((letters) => letters.letters(part, after, READ_BYTES), []);
        if (page.length === 0) break;
        for (const letter of page) yield letterOf(letter);
        after = page.at(-1)?.id ?? after;
      }
    }
  }

  async purge(filter: LetterFilter = {}): Promise<number> {
    assertFilter(filter, "purge");
    let purged = 0;
    for (const part of partsOf(filter)) {
      for (;;) {
        const some = await this.#do((letters) => letters.purgeLetters(part), 0);
        if (some === 0) break;
        purged += some;
      }
    }
    return purged;
  }
  /* oxlint-enable no-await-in-loop */

  async get(id: number): Promise<KeptLetter | undefined> {
    assertFilter({ ids: [id] }, "get");
    return this.#do(async (letters) => {
      const [letter] = await letters.letters({ ids: [id] }, 0, 0);
      return letter && letterOf(letter);
    }, undefined);
  }

  async add(letters: readonly DeadLetter[]): Promise<readonly number[]> {
    const rows = letters.map(({ audit, store, run, time, code, reason, attempts, id, json }) => {
      const timeMs = Date.parse(time);
      const record = new TextEncoder().encode(json);
      const more = { started: timeMs, plugin: "", time: timeMs, recordId: id, place: -1, record };
      return { audit, store, run, code, reason, attempts, ...more };
    });
    return this.#told(async () => (await this.#open()).importLetters(rows, systemClock.now()));
  }

  /**
   * Where the records of the dead letters of a run stood; none where that cannot be read, which whoever needs a letter
   * is told.
   * @param started when the run began: another may have had its id
   */
  async places(run: string, started: number): Promise<StoredPlace[]> {
    const found: StoredPlace[] = [];
    if (!this.#opening && !existsSync(this.#path)) return found;
    try {
      const letters = await this.#open();
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one page after the other
        const page = await letters.places(run, started, found.at(-1)?.id ?? 0);
        if (page.length === 0) return found;
        found.push(...page);
      }
    } catch {
      await this.close();
      return [];
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    await opening?.then((open) => open.close()).catch(() => undefined);
  }

  /** @param nothing the answer where there never was a dead letter: whoever only looks makes no file */
  async #do<T>(work: (letters: StoredLetters) => Promise<T>, nothing: T): Promise<T> {
    if (!this.#opening && !existsSync(this.#path)) return nothing;
    return this.#told(async () => work(await this.#open()));
  }

  async #open(): Promise<StoredLetters> {
    return (await (this.#opening ??= openLetters(this.#path, this.#options))).letters;
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      await this.close();
      throw await unusable(cause, this.#path, this.#options);
    }
  }
}

/** @throws CloudmarkerError OPTION_INVALID: what nobody knows must not choose all of them */
function assertFilter(filter: LetterFilter, method: keyof DeadLetters): void {
  const wrong = optionError(filter, LETTERS, `deadLetters.${method}()`);
  if (wrong) throw wrong;
}

/** The error of dead letters that cannot be used. What is damaged is mended, so that it can be the next time. */
export async function unusable(cause: unknown, path: string, options: LettersOptions): Promise<CloudmarkerError> {
  try {
    const what = await mendAfter(cause, path, systemClock.now(), options);
    if (what !== undefined) return errorOf("LETTERS_DAMAGED", "mended", { what }, { cause });
    return errorOf("STATE_UNUSABLE", "failed", { why: messageOf(cause) }, { cause });
  } catch (error) {
    return errorOf("STATE_UNUSABLE", "failed", { why: messageOf(error) }, { cause });
  }
}

/** The filter, in parts of which each can be looked for at a time. */
function partsOf({ ids, ...filter }: LetterFilter): LetterFilter[] {
  if (!ids) return [filter];
  const sorted = [...new Set(ids)].toSorted((a, b) => a - b);
  const count = Math.ceil(sorted.length / MOST_IDS);
  return Array.from({ length: count }, (_, part) => {
    return { ...filter, ids: sorted.slice(part * MOST_IDS, (part + 1) * MOST_IDS) };
  });
}

function letterOf({ record, firstTime, lastTime, history, ...letter }: StoredLetter): KeptLetter {
  const { id, run, audit, store, plugin, code, reason, attempts, state, recordId } = letter;
  return {
    id,
    run,
    audit,
    store,
    plugin,
    code,
    reason,
    attempts,
    firstTime: iso(firstTime),
    lastTime: iso(lastTime),
    state,
    recordId,
    json: Buffer.from(record.buffer, record.byteOffset, record.length).toString(),
    history: history.map(eventOf),
  };
}

function eventOf({ time, ...event }: StoredEvent): LetterEvent {
  return { time: iso(time), ...event };
}

function groupOf({ firstTime, lastTime, ...group }: StoredGroup): LetterGroup {
  return { ...group, firstTime: iso(firstTime), lastTime: iso(lastTime) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
