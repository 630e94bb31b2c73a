import { writeError } from "../errors/write-error.ts";
import { CloudmarkerError } from "../errors.ts";
import type { Place } from "./byte-source.ts";

/** What is wrong with an input, and where. */
export interface Malformed {
  readonly what: string;
  readonly place: Place;
  /** How much of the input was read. */
  readonly read: string;
  readonly advice?: string | undefined;
  readonly cause?: unknown;
  /** The bytes end inside a document that is valid so far. */
  readonly isOpen: boolean;
  /** The document is not an array, and the fault is on its first or second line. */
  readonly mayBeLine: boolean;
}

/** The error of an input that is not JSON after some place. */
export class MalformedInput extends CloudmarkerError {
  /** What is wrong, without the place. */
  readonly what: string;
  readonly place: Place;
  readonly isOpen: boolean;
  /** Whether the fault may be in one line of NDJSON, which `onBadLines` could skip. */
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
