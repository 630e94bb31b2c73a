import type { InputProgress } from "./stored.ts";

/** How far an input was read when the next entry had a number. */
interface Mark {
  readonly input: number;
  readonly at: object;
  readonly seq: number;
  readonly period: number;
}

/** Marks of one input at most: so many periods pass until older ones have to be on disk, unless the disk fails. */
const MOST_MARKS = 100;

/**
 * How far each input was read. A position counts only once everything before it is on disk or settled everywhere: who
 * goes on from there misses nothing.
 */
export class Positions {
  /** The marks of each input, in order. */
  readonly #marks = new Map<number, Mark[]>();

  /**
   * Notes how far an input is. Of one period the last mark counts.
   * @param seq number of the next entry
   */
  mark(input: number, at: object, seq: number, period: number): void {
    let marks = this.#marks.get(input);
    if (!marks) this.#marks.set(input, (marks = []));
    if (marks.at(-1)?.period === period || marks.length === MOST_MARKS) marks.pop();
    marks.push({ input, at, seq, period });
  }

  /** The last mark of each input before which everything has a smaller number. They stay until {@link saved}. */
  due(complete: number): Mark[] {
    return [...this.#marks.values()].flatMap((marks) => {
      const index = marks.findLastIndex(({ seq }) => seq <= complete);
      if (index === -1) return [];
      marks.splice(0, index);
      return marks.slice(0, 1);
    });
  }

  /** These are on disk. */
  saved(saved: readonly Mark[]): void {
    for (const mark of saved) {
      const marks = this.#marks.get(mark.input);
      if (marks?.[0] === mark) marks.shift();
    }
  }
}

/**
 * A mark as the journal keeps it: with the number, since a record that is read again is to have the one that it had.
 */
export function progressOf({ input, at, seq }: Mark): InputProgress {
  return { input, at: { ...at, seq } };
}
