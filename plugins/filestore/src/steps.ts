/** Called after each step, with the number of steps that are made and of all steps. */
export type Progress = (done: number, total: number) => void;

/** Counts the steps of publishing; their number is known at the beginning. */
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

  /** A step that was not planned. */
  readonly tick = (): void => {
    this.#total += 1;
    this.make();
  };
}
