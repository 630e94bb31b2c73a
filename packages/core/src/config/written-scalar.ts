/**
 * A number, true or false together with the text that it was written as, for a program that takes values as text. Where a param wants a
 * text it is that text, and the value otherwise (L-46).
 */
export class WrittenScalar {
  readonly value: number | boolean | string;
  readonly text: string;

  constructor(value: number | boolean | string, text: string) {
    this.value = value;
    this.text = text;
  }

  /** Inside a printed configuration it is its value. */
  toJSON(): number | boolean | string {
    return this.value;
  }
}
