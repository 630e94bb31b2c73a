import { randomUUID } from "node:crypto";

/** GUID of a channel of a collector. */
export type Channel = string;

/**
 * The channels of a run. A collector counts the posts of each channel (HEC-30), and one that was restarted, or another
 * one behind the same address, counts anew. On a channel on which one post at a time waits for an answer and an
 * acknowledgement, an id is of that post, whoever counts. What a channel still owes is nobody else's then either.
 */
export class Channels {
  readonly #free: Channel[] = [];

  /** A channel on which nothing waits. */
  take(): Channel {
    return this.#free.pop() ?? randomUUID();
  }

  /** Everything that was sent on the channel has its answer and its acknowledgement. Do not give back any other. */
  giveBack(channel: Channel): void {
    this.#free.push(channel);
  }
}
