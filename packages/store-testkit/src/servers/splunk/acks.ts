/**
 * When posts are reported as indexed: at the next poll, never, or when {@link Acks.release} is called.
 */
export type AckMode = "now" | "never" | "manual";

/** The acknowledgements of all channels. */
export class Acks {
  /** May be changed at any time; it holds for earlier posts as well. @default "now" */
  mode: AckMode = "now";
  /** How many polls were answered. */
  polls = 0;
  /** Ids that were not reported true yet, in the order of their posts. */
  readonly #open = new Map<string, { released: boolean }>();
  readonly #next = new Map<string, number>();

  /** How many ids were not reported true yet. */
  get pending(): number {
    return this.#open.size;
  }

  /**
   * The posts so far, or the oldest `count` of those that wait, are true from the next poll on, whatever the mode is.
   */
  release(count: number = Infinity): void {
    let left = count;
    for (const ack of this.#open.values()) {
      if (left === 0) return;
      if (ack.released) continue;
      ack.released = true;
      left--;
    }
  }

  /** For the server: the id of a post, from 0 in each channel. */
  issue(channel: string): number {
    const id = this.#next.get(channel) ?? 0;
    this.#next.set(channel, id + 1);
    this.#open.set(keyOf(channel, id), { released: false });
    return id;
  }

  /**
   * For the server: the answer to a poll. It says true once, and false from then on. An unknown id, or an id of another
   * channel, is false and not an error.
   */
  poll(channel: string, ids: readonly number[]): Record<string, boolean> {
    this.polls++;
    return Object.fromEntries([...new Set(ids)].map((id) => [String(id), this.#report(keyOf(channel, id))]));
  }

  /** For the server: a restart loses what was not reported, and ids begin at 0 again. */
  forget(): void {
    this.#open.clear();
    this.#next.clear();
  }

  #report(key: string): boolean {
    const ack = this.#open.get(key);
    const isTrue = ack !== undefined && (ack.released || this.mode === "now");
    if (isTrue) this.#open.delete(key);
    return isTrue;
  }
}

function keyOf(channel: string, id: number): string {
  return `${channel} ${id}`;
}
