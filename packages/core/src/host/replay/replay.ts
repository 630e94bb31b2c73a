import { existsSync } from "node:fs";
import { join } from "node:path";
import type { StoreReceipt } from "@cloudmarker/store-api";
import { LONGEST_TIMER_MS } from "../../clock.ts";
import { errorOf } from "../../errors/error-of.ts";
import { messageOf } from "../../errors.ts";
import { Claim } from "../../state/claim.ts";
import type { LetterFilter, StoredLane } from "../../state/kept-letters.ts";
import { type LettersOptions, type OpenLetters, openLetters } from "../../state/open-letters.ts";
import { lettersPath } from "../../state/run-files.ts";
import type { Config } from "../../config/types.ts";
import type { StateSettings } from "../../state/settings.ts";
import { reasonOf } from "../../state/storage-error.ts";
import { applyTaps } from "../apply-tap.ts";
import { unusable } from "../dead-letters.ts";
import type { Concerned } from "../inspect.ts";
import type { InspectedStore, Inspection } from "../inspection.ts";
import type { ReplayOptions } from "../options.ts";
import { prepareState } from "../prepare-state.ts";
import type { RunParts } from "../run-parts.ts";
import type { StoreStats } from "../stats.ts";
import { storageWorker } from "../storage-worker.ts";
import { Way } from "./way.ts";

/** Who sends dead letters of a state folder again: one process at a time. */
const CLAIM = "replay.claim";

/** Sends dead letters again: the same texts, under the same ids. */
export class Replay {
  readonly #parts: RunParts;
  readonly #filter: LetterFilter;
  readonly #to: string | undefined;
  #opened: OpenLetters | undefined;
  #claim: Claim | undefined;
  #ways: readonly Way[] = [];

  constructor(parts: RunParts, { letters = {}, to }: ReplayOptions) {
    this.#parts = parts;
    this.#filter = { state: "kept", ...letters };
    this.#to = to;
  }

  /** The stores that get the letters. @throws CloudmarkerError STATE_UNUSABLE */
  async concerned(folder: string, settings: StateSettings): Promise<readonly Concerned[]> {
    const lanes = await this.#lanes(folder, settings);
    const concerned = lanes.map(({ audit, store }) => ({ audit, key: this.#to ?? store }));
    return [...new Map(concerned.map((one) => [nameOf(one), one])).values()];
  }

  /**
   * Takes the claim, opens the stores, and begins to send.
   * @throws CloudmarkerError REPLAY_IN_USE, STATE_UNUSABLE
   */
  async start(inspection: Inspection): Promise<void> {
    const parts = this.#parts;
    await prepareState(parts, inspection);
    inspection.warnings.forEach(parts.reports.warn);
    const { folder } = parts.deadLetters;
    this.#claim = take(join(folder, CLAIM), inspection.state);
    if (this.#claim.damage !== undefined) parts.reports.warn(this.#claim.damage);
    try {
      applyTaps(inspection, parts);
      parts.isTapped = true;
      const lanes = await this.#lanes(folder, inspection.state);
      this.#ways = this.#waysOf(lanes, inspection);
    } catch (error) {
      await this.close();
      throw error;
    }
    for (const way of this.#ways) way.start();
  }

  /** Stops at once: what has not arrived is left. */
  stop(): void {
    for (const way of this.#ways) way.stop();
  }

  /**
   * Resolves when everything has arrived, was refused or is left.
   * @param deadlineMs the longest that it may take
   */
  async end(deadlineMs: number | undefined): Promise<readonly StoreReceipt[]> {
    const { clock, disk } = this.#parts;
    const timer =
      deadlineMs === undefined
        ? undefined
        : clock.setTimeout(
            () => {
              disk.hurry();
              for (const way of this.#ways) way.release();
            },
            Math.min(deadlineMs, LONGEST_TIMER_MS),
          );
    try {
      await Promise.all(this.#ways.map((way) => way.end()));
      await this.#opened?.close();
      this.#opened = undefined;
      await this.#mend(this.#ways.find(({ damage }) => damage !== undefined)?.damage);
    } finally {
      clock.clearTimeout(timer);
      await this.close();
    }
    return this.#ways.map(({ receipt }) => receipt);
  }

  /** How far each store is. */
  get stats(): readonly StoreStats[] {
    return this.#ways.map(({ stats }) => stats);
  }

  /** Releases the claim, and ends the thread. */
  async close(): Promise<void> {
    await this.#opened?.close();
    this.#opened = undefined;
    this.#claim?.remove();
    this.#claim = undefined;
  }

  /** The next replay finds what can be read. */
  async #mend(damage: unknown): Promise<void> {
    if (damage === undefined) return;
    const { deadLetters, reports } = this.#parts;
    const path = lettersPath(deadLetters.folder);
    const { code, message } = await unusable(damage, path, this.#options(deadLetters.settings));
    reports.fail({ code, message, cause: damage });
  }

  async #lanes(folder: string, settings: StateSettings): Promise<readonly StoredLane[]> {
    if (!existsSync(lettersPath(folder))) return [];
    try {
      return await (await this.#open(folder, settings)).letters.lanes(this.#filter);
    } catch (cause) {
      await this.#opened?.close();
      this.#opened = undefined;
      throw await unusable(cause, lettersPath(folder), this.#options(settings));
    }
  }

  async #open(folder: string, settings: StateSettings): Promise<OpenLetters> {
    return (this.#opened ??= await openLetters(lettersPath(folder), this.#options(settings)));
  }

  #options({ unsafe }: StateSettings): LettersOptions {
    const { options, world, disk } = this.#parts;
    return { worker: storageWorker(options, world.cwd), disk, unsafe };
  }

  #waysOf(lanes: readonly StoredLane[], inspection: Inspection): Way[] {
    const { letters } = this.#opened ?? {};
    if (!letters) return [];
    const to = this.#to;
    const stores = new Map(inspection.stores.map((spec) => [nameOf(spec), spec]));
    return [...Map.groupBy(lanes, ({ audit, store }) => nameOf({ audit, key: to ?? store }))].flatMap(([name, own]) => {
      const [first] = own;
      if (!first) return [];
      const { audit, store } = first;
      const spec: InspectedStore | undefined = stores.get(name);
      const untapped = spec && to !== undefined ? untappedIn(inspection.config.value, spec, own) : [];
      const [parts, filter, key] = [this.#parts, this.#filter, to ?? store];
      return [new Way({ parts, inspection, letters, filter, spec, audit, key, to, untapped, lanes: own })];
    });
  }
}

/** The taps of a store that not all stores of the letters have: what these redact or drop must not get there. */
function untappedIn({ audits, plugins }: Config, { taps }: InspectedStore, lanes: readonly StoredLane[]): string[] {
  const own = lanes.map(({ audit, store }) => {
    const { taps: ofAudit = [], tapsOf } = audits[audit] ?? { stores: [] };
    return [...ofAudit, ...(plugins[store]?.taps ?? []), ...(tapsOf?.[store] ?? [])];
  });
  return taps.map(({ key }) => key).filter((key) => !own.every((keys) => keys.includes(key)));
}

function take(path: string, { unsafe }: StateSettings): Claim {
  try {
    return Claim.take(path, { unsafe, setsAside: true });
  } catch (cause) {
    if (reasonOf(cause) === "locked") throw errorOf("REPLAY_IN_USE", "locked", {}, { cause });
    throw errorOf("STATE_UNUSABLE", "failed", { why: messageOf(cause) }, { cause });
  }
}

function nameOf({ audit, key }: Concerned): string {
  return JSON.stringify([audit, key]);
}
