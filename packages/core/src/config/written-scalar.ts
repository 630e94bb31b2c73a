/**
 * A number, true or false, together with its written text, for a program that takes values as text. A param of type
 * text gets the text; any other param gets the value.
 */
export class WrittenScalar {
  /** Recognises an instance: reading the class of an unknown value may throw. */
  readonly #brand: true = true;
  readonly value: number | boolean | string;
  readonly text: string;

  constructor(value: number | boolean | string, text: string) {
    this.value = value;
    this.text = text;
  }

  /** Whether a value is an instance, made by this copy of the package. */
  static is(value: unknown): value is WrittenScalar {
    return typeof value === "object" && value !== null && #brand in value && value.#brand;
  }

  /** A printed configuration shows the value. */
  toJSON(): number | boolean | string {
    return this.value;
  }
}
