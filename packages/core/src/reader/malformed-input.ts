import { CloudmarkerError, type ErrorOptions } from "../errors.ts";
import type { Place } from "./byte-source.ts";

/** What is wrong with an input, and where. */
export interface Malformed extends ErrorOptions {
  readonly what: string;
  readonly place: Place;
  /** The bytes end inside a document that is right so far. */
  readonly isOpen: boolean;
  /** The document is not an array, and the fault is on its first line or on the next. */
  readonly mayBeLine: boolean;
}

/** An input that is not JSON from some place on. */
export class MalformedInput extends CloudmarkerError {
  /** What is wrong, without the place. */
  readonly what: string;
  readonly place: Place;
  readonly isOpen: boolean;
  /** The fault may be in one line of NDJSON, so that `onBadLines` could skip it. */
  readonly mayBeLine: boolean;
  readonly #input: string;

  constructor(name: string, { what, place, isOpen, mayBeLine, ...options }: Malformed) {
    const { byte, line, column } = place;
    super("INPUT_MALFORMED", `${name}: byte ${byte}, line ${line}, column ${column}: ${what}`, options);
    this.what = what;
    this.place = place;
    this.isOpen = isOpen;
    this.mayBeLine = mayBeLine;
    this.#input = name;
  }

  /** The same with one more sentence in its details. */
  withAdvice(advice: string): MalformedInput {
    const { what, place, isOpen, mayBeLine, cause } = this;
    const details = this.details === undefined ? advice : `${this.details} ${advice}`;
    return new MalformedInput(this.#input, { what, place, isOpen, mayBeLine, cause, details });
  }
}
