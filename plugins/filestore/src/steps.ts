/** Called after each step, with the number of those that were made and of all. */
export type Progress = (done: number, total: number) => void;

/** Counts the steps of publishing, of which it is known at the beginning how many there are. */
export class Steps {
  readonly #progress: Progress;
  #total: number;
  #done = 0;

  constructor(progress: Progress, total: number) {
    this.#progress = progress;
    this.#total = total;
  }

  get areMade(): boolean {
    return this.#done === this.#total;
  }

  readonly make = (): void => {
    this.#done += 1;
    this.#progress(this.#done, this.#total);
  };

  /** One that nobody had reckoned with. */
  readonly tick = (): void => {
    this.#total += 1;
    this.make();
  };
}
