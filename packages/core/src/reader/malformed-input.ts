import { writeError } from "../errors/write-error.ts";
import { CloudmarkerError } from "../errors.ts";
import type { Place } from "./byte-source.ts";

/** What is wrong with an input, and where. */
export interface Malformed {
  readonly what: string;
  readonly place: Place;
  /** What was read of the input, and what was not. */
  readonly read: string;
  readonly advice?: string | undefined;
  readonly cause?: unknown;
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
  readonly #malformed: Malformed;

  constructor(input: string, malformed: Malformed) {
    const { what, place, read, advice, cause, isOpen, mayBeLine } = malformed;
    const { byte, line, column } = place;
    const facts = { input, byte, line, column, what, read, advice };
    const { code, message, details } = writeError("INPUT_MALFORMED", "json", facts);
    super(code, message, { details, cause });
    this.what = what;
    this.place = place;
    this.isOpen = isOpen;
    this.mayBeLine = mayBeLine;
    this.#input = input;
    this.#malformed = malformed;
  }

  /** The same with one more sentence of advice. */
  withAdvice(more: string): MalformedInput {
    const { advice } = this.#malformed;
    return new MalformedInput(this.#input, { ...this.#malformed, advice: advice ? `${advice} ${more}` : more });
  }
}
