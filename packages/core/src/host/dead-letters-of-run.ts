import { join } from "node:path";
import type { DeadLetter } from "@cloudmarker/store-api";
import { type BadLineRun, keepBadLines, lastKeptOf } from "../delivery/bad-line-file.ts";
import { placeOfLetter } from "../delivery/dead-letters.ts";
import type { DiskTime } from "../disk-time.ts";
import { counted } from "../grouped.ts";
import type { BadLine } from "../reader/bad-line.ts";
import type { LetterLimits, NewLetter } from "../state/kept-letters.ts";
import { type LettersOptions, mendAfter, type OpenLetters, openLetters } from "../state/open-letters.ts";
import { lettersPath } from "../state/run-files.ts";
import type { StateSettings } from "../state/settings.ts";
import { reasonOf } from "../state/storage-error.ts";
import { LETTERS } from "./state-folder.ts";

/** What a {@link DeadLettersOfRun} has to know of its run. */
export interface LettersRun {
  readonly disk: DiskTime;
  readonly now: () => number;
  /** When the run began. */
  readonly startedMs: () => number;
  /** The code of the thread that writes; undefined where there can be none. */
  readonly worker: () => URL | undefined;
  readonly warn: (message: string) => void;
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Keeps the dead letters of a run as rows of the state folder, and the lines of its input that are no records. */
export class DeadLettersOfRun {
  /** The state folder, known after the configuration was read. */
  folder = "";
  settings: StateSettings = { keepMs: Infinity, maxBytes: Infinity, unsafe: false };
  /** Names of the plugins, by audit and key of the store. */
  readonly plugins: Map<string, string> = new Map();
  readonly #run: LettersRun;
  #opening: Promise<OpenLetters> | undefined;
  /** Dead letters that were removed for their age, and are not told yet. */
  #expired = 0;
  /** How far the bad lines of earlier processes are kept. */
  #lastKept: Promise<ReadonlyMap<string, number>> | undefined;

  constructor(run: LettersRun) {
    this.#run = run;
  }

  /** The file of the lines of the input that are not records. */
  get inputPath(): string {
    return join(this.folder, LETTERS, "input.ndjson");
  }

  /**
   * Adds dead letters, all or none, and resolves when they are on disk. A database that is damaged is set aside: these
   * letters must have a place.
   * @throws StorageError, such as `full`
   */
  async keep(letters: readonly DeadLetter[]): Promise<void> {
    try {
      await this.#add(letters);
    } catch (error) {
      const mended = await mendAfter(error, lettersPath(this.folder), this.#run.now(), this.#options);
      if (mended === undefined && reasonOf(error) !== "ended") throw error;
      if (mended !== undefined) this.#run.warn(mended);
      await this.#add(letters);
    }
  }

  /**
   * Appends lines that are not records, and resolves when they are on disk.
   * @param isAgain the inputs were read before: what an earlier process of the run has kept is not added again
   * @throws as {@link keepBadLines}
   */
  async keepBadLines(lines: readonly BadLine[], about: BadLineRun, isAgain: boolean): Promise<void> {
    const { disk } = this.#run;
    const path = this.inputPath;
    this.#lastKept ??= isAgain ? disk.within(path, () => lastKeptOf(path, about.run)) : Promise.resolve(NONE);
    const last = await this.#lastKept;
    const isNew = ({ input, byte }: BadLine): boolean => byte > (last.get(input) ?? -1);
    await keepBadLines(path, lines.filter(isNew), about, disk);
  }

  /** Ends the thread, and tells what was removed. What was kept is on disk already. */
  async close(): Promise<void> {
    const expired = this.#expired;
    this.#expired = 0;
    if (expired > 0) {
      const [were, they] = expired === 1 ? ["was", "it was"] : ["were", "they were"];
      const what = `${counted(expired, "dead letter")} ${were} removed that had not arrived`;
      this.#run.warn(`${what}: ${they} last tried longer ago than state.keep.`);
    }
    const opening = this.#opening;
    this.#opening = undefined;
    await opening?.then((open) => open.close()).catch(() => undefined);
  }

  async #add(letters: readonly DeadLetter[]): Promise<void> {
    const { now } = this.#run;
    const { keepMs, maxBytes } = this.settings;
    const limits: LetterLimits = { before: now() - keepMs, maxBytes };
    const { letters: stored } = await this.#open();
    try {
      const { expired } = await stored.addLetters(
        letters.map((letter) => this.#rowOf(letter)),
        limits,
      );
      this.#expired += expired;
    } catch (error) {
      // A thread that has ended is started again with the next letter.
      if (["ended", "damaged", "foreign"].includes(reasonOf(error))) await this.close();
      throw error;
    }
  }

  #rowOf(letter: DeadLetter): NewLetter {
    const { audit, store, run, code, reason, attempts, id: recordId, json, time } = letter;
    return {
      run,
      started: this.#run.startedMs(),
      audit,
      store,
      plugin: this.plugins.get(pluginKey(audit, store)) ?? "",
      code,
      reason,
      attempts,
      time: Date.parse(time),
      recordId,
      place: placeOfLetter(letter),
      // Memory of its own, since it is handed over.
      record: new TextEncoder().encode(json),
    };
  }

  async #open(): Promise<OpenLetters> {
    const opening = (this.#opening ??= openLetters(lettersPath(this.folder), this.#options));
    try {
      return await opening;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  get #options(): LettersOptions {
    const { disk, worker } = this.#run;
    return { worker: worker(), disk, unsafe: this.settings.unsafe };
  }
}

/** Names a store of an audit. */
export function pluginKey(audit: string, store: string): string {
  return JSON.stringify([audit, store]);
}
