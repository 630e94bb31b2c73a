/** What a store acknowledged, by its attempts in the order in which they began. */
export class Progress {
  /** Number of the last attempt that began. */
  begun = 0;
  /** Attempts of which something was acknowledged. */
  answers = 0;
  /** Number of the youngest of these. */
  #acknowledged = 0;

  /** The store acknowledged something of attempt `number`. */
  acknowledge(number: number): void {
    this.answers++;
    this.#acknowledged = Math.max(this.#acknowledged, number);
  }

  /** Whether the store acknowledged something that it was not given before attempt `number` had begun. */
  since(number: number): boolean {
    return this.#acknowledged > number;
  }
}
