import { CloudmarkerError, type ErrorOptions } from "../errors.ts";
import type { Place } from "./byte-source.ts";

/** What a {@link MalformedInput} takes beside the name of the input. */
export interface Malformed extends ErrorOptions {
  readonly what: string;
  readonly place: Place;
  /** The bytes end inside a document that is right so far. */
  readonly isOpen: boolean;
}

/** An input that stops being JSON. */
export class MalformedInput extends CloudmarkerError {
  /** What is wrong, without the place. */
  readonly what: string;
  readonly place: Place;
  readonly isOpen: boolean;
  readonly #input: string;

  constructor(name: string, { what, place, isOpen, ...options }: Malformed) {
    const { byte, line, column } = place;
    super("INPUT_MALFORMED", `${name}: byte ${byte}, line ${line}, column ${column}: ${what}`, options);
    this.what = what;
    this.place = place;
    this.isOpen = isOpen;
    this.#input = name;
  }

  /** The same with one more sentence in its details. */
  withAdvice(advice: string): MalformedInput {
    const { what, place, isOpen, cause } = this;
    const details = this.details === undefined ? advice : `${this.details} ${advice}`;
    return new MalformedInput(this.#input, { what, place, isOpen, cause, details });
  }
}
