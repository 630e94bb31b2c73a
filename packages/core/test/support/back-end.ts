import { type Batch, defineStore, RetryError } from "@cloudmarker/store-api";

/** A back end that can be away. It keeps the number `n` of each record, and nothing else of it. */
export class BackEnd {
  isAway: boolean;
  /** It is away once it has so many records. */
  most = Infinity;
  readonly numbers: number[] = [];

  readonly plugin = defineStore({
    name: "search",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({ write: (batch) => this.#write(batch) }),
  });

  constructor(state?: "away") {
    this.isAway = state === "away";
  }

  #write(batch: Batch): void {
    if (this.isAway || this.numbers.length >= this.most) throw new RetryError("away", "The back end is away.");
    for (const { value } of batch) this.numbers.push((value.raw as { n: number }).n);
  }
}
