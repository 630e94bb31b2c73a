/**
 * A number, true or false together with the text that it was written as, for a program that takes values as text. Where
 * a param wants a text it is that text, and the value otherwise (L-46).
 */
export class WrittenScalar {
  /** By it an instance is known; a look at the class of a value may throw. */
  readonly #brand: true = true;
  readonly value: number | boolean | string;
  readonly text: string;

  constructor(value: number | boolean | string, text: string) {
    this.value = value;
    this.text = text;
  }

  /** Whether a value is one, of this copy of the package. */
  static is(value: unknown): value is WrittenScalar {
    return typeof value === "object" && value !== null && #brand in value && value.#brand;
  }

  /** Inside a printed configuration it is its value. */
  toJSON(): number | boolean | string {
    return this.value;
  }
}
