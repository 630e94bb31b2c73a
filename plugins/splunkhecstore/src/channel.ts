import type { Clock } from "@cloudmarker/store-api";

/** Records that Splunk took, and of which the indexers have not been heard to have them. */
export interface Ticket {
  readonly channel: Channel;
  isAcknowledged: boolean;
  /** Called when they are. */
  wake: (() => void) | undefined;
}

/** What a {@link Channel} needs. */
export interface ChannelOptions {
  /** Of these ids, those that are acknowledged. */
  readonly ask: (guid: string, ids: readonly number[]) => Promise<readonly number[]>;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly intervalMs: number;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A channel of a collector: its acknowledgements have ids from 0, each is told once, and a restart of the server begins at 0 again (HEC-30,
 * HEC-31). It asks while somebody waits, for all ids in one request.
 */
export class Channel {
  readonly guid: string;
  /** Why the last question was not answered. */
  problem: string | undefined;
  readonly #options: ChannelOptions;
  readonly #tickets = new Map<number, Ticket>();
  #waiting = 0;
  #timer: unknown;

  constructor(guid: string, options: ChannelOptions) {
    this.guid = guid;
    this.#options = options;
  }

  /**
   * Takes note of a post that was taken. An id that comes a second time, while the first was not acknowledged, tells that another server is
   * answering: then nobody knows any more whose the acknowledgement would be, and there is no ticket.
   */
  issue(id: number): Ticket | undefined {
    if (this.#tickets.delete(id)) return undefined;
    const ticket: Ticket = { channel: this, isAcknowledged: false, wake: undefined };
    this.#tickets.set(id, ticket);
    return ticket;
  }

  /** Whether the indexers have it, as soon as they do, or when time is up. The question stays open after that (see {@link Channel.poll}). */
  wait(ticket: Ticket, signal: AbortSignal): Promise<boolean> {
    const { clock, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener("abort", end);
        ticket.wake = undefined;
        if (--this.#waiting === 0) this.#rest();
        resolve(ticket.isAcknowledged);
      };
      const timer = clock.setTimeout(end, timeoutMs);
      this.#waiting++;
      ticket.wake = end;
      signal.addEventListener("abort", end);
      if (signal.aborted || ticket.isAcknowledged) end();
      else this.#schedule();
    });
  }

  /** Asks for everything that is open. A question that is not answered is no acknowledgement, and no error (HEC-32). */
  async poll(): Promise<void> {
    if (this.#tickets.size === 0) return;
    try {
      for (const id of await this.#options.ask(this.guid, [...this.#tickets.keys()])) {
        const ticket = this.#tickets.get(id);
        if (!ticket) continue;
        this.#tickets.delete(id);
        ticket.isAcknowledged = true;
        ticket.wake?.();
      }
      this.problem = undefined;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  #schedule(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => void this.#tick(), this.#options.intervalMs);
  }

  async #tick(): Promise<void> {
    this.#timer = undefined;
    await this.poll();
    if (this.#waiting > 0) this.#schedule();
  }

  #rest(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
