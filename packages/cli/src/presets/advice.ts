import type { ReadingOptions } from "../options.ts";
import { count } from "../render/text.ts";
import { presetOf } from "./apply.ts";
import { isMarked, isReportOf, recognise, type Recognised, recogniseKeys } from "./recognise.ts";

/** A piece of advice, and what it is about: the same is not said of a second input. */
export interface PresetAdvice {
  readonly about: string;
  readonly text: string;
  /** It is worth saying only if nobody has said who produces the records. */
  readonly isAboutOrigin: boolean;
}

/** Looks at the beginning of one input, and advises which `--from` fits it. */
export class PresetAdviser {
  readonly #name: string;
  readonly #options: ReadingOptions;
  #found: Recognised | undefined;
  #other: string | undefined;

  /** @param name of the input */
  constructor(name: string, options: ReadingOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Told the value of the first record. */
  readonly onFirst = (value: object): void => {
    const { from, select } = this.#options;
    // Who has said where the records are needs no advice.
    if (select !== undefined && from === undefined) return;
    const found = recognise(value, select !== undefined);
    const own = presetOf(from);
    if (!own) this.#found = found;
    // Records of two scanners may look alike.
    else if (found && found.name !== from && !isMarked(value, own)) this.#other = found.name;
  };

  /** Told the keys of documents in which nothing is where the records should be. */
  readonly isReport = (keys: readonly string[]): boolean => {
    const preset = presetOf(this.#options.from);
    if (!preset || isReportOf(keys, preset)) return true;
    this.#other = recogniseKeys(keys);
    return false;
  };

  /** @param records how many were read */
  advice(records: number): PresetAdvice | undefined {
    const looks = (title: string): string => `${this.#name} looks like ${title} output`;
    if (this.#other !== undefined) {
      const title = presetOf(this.#other)?.title ?? "";
      const text = `${looks(title)}: use --from ${this.#other}.`;
      return { about: this.#other, text, isAboutOrigin: false };
    }
    if (!this.#found) return undefined;
    const { name, preset, records: inside } = this.#found;
    const { title, noun, id, time } = preset;
    const sets = ["worker", ...(id.length > 0 ? ["identity"] : []), ...(time.length > 0 ? ["time"] : [])];
    const last = sets.pop() ?? "";
    // Not `Intl.ListFormat`: it loads the rules of languages, which takes longer than the rest of a short run.
    const all = sets.length > 0 ? `${sets.join(", ")} and ${last}` : last;
    const what =
      inside === undefined
        ? `sets the ${all} of its ${noun}s`
        : `takes ${records === 1 ? `its ${count(inside, noun)}` : `the ${noun}s of each document`}`;
    const text = `${looks(title)}: --from ${name} ${what}.`;
    return { about: name, text, isAboutOrigin: inside === undefined };
  }
}
