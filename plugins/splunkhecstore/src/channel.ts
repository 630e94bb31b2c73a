import type { Clock, Outcome } from "@cloudmarker/store-api";
import { excerpt, type HttpServer, readObject } from "@cloudmarker/store-api/kit";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf } from "./server.ts";

/** Records that were sent together. */
export interface Ticket {
  readonly channel: Channel;
  /** The indexers have them. */
  isAcknowledged: boolean;
  /** Called when they do. */
  wake?: () => void;
}

/**
 * A channel of a collector: its acknowledgements have ids from 0, each is told once, and a restart of the server begins at 0 again (HEC-30,
 * HEC-31). It asks while somebody waits, for all ids in one request.
 */
export class Channel {
  readonly guid: string;
  /** After a failure the server may have been restarted and count from 0 again: something new would be taken for something old. */
  isDoubtful = false;
  readonly #params: SplunkHecStoreParams;
  readonly #server: HttpServer;
  readonly #clock: Clock;
  readonly #open = new Map<number, Ticket>();
  /** Why the last question was not answered. */
  #problem = "";
  #waiting = 0;
  #timer: unknown;

  constructor(guid: string, params: SplunkHecStoreParams, server: HttpServer, clock: Clock) {
    this.guid = guid;
    this.#params = params;
    this.#server = server;
    this.#clock = clock;
  }

  /** Waits until the indexers have what the ticket is for. The question stays open when time is up (see {@link Channel.poll}). */
  async confirm(ticket: Ticket, id: number, signal: AbortSignal): Promise<Omit<Outcome, "index"> | undefined> {
    const { peer } = this.#server;
    // An id that comes again tells that another server is answering: nobody knows any more whose the acknowledgement would be.
    if (this.#open.delete(id)) {
      this.isDoubtful = true;
      const reason = `${peer} gave the same id of an acknowledgement twice: it was restarted, or a load balancer spreads the requests.`;
      return { status: "unknown", code: "ack_lost", reason };
    }
    this.#open.set(id, ticket);
    await this.#wait(ticket, signal);
    if (ticket.isAcknowledged) return undefined;
    this.isDoubtful = true;
    const reason = `${peer} took the records, but did not acknowledge them in time.${this.#problem}`;
    return { status: "unknown", code: "ack_timeout", reason };
  }

  /** Asks for everything that is open. A question that is not answered is no acknowledgement, and no error (HEC-32). */
  async poll(): Promise<void> {
    if (this.#open.size === 0) return;
    try {
      const acks = await this.#ask([...this.#open.keys()]);
      this.#problem = "";
      for (const [id, ticket] of this.#open) {
        if (acks[id] !== true) continue;
        this.#open.delete(id);
        ticket.isAcknowledged = true;
        ticket.wake?.();
      }
    } catch (error) {
      this.isDoubtful = true;
      this.#problem = ` The last question failed: ${(error as Error).message}`;
    }
  }

  /** Never compressed: collectors are known that do not take that here (HEC-09). */
  async #ask(ids: readonly number[]): Promise<Readonly<Record<number, unknown>>> {
    const path = `/ack?channel=${this.guid}`;
    const headers = headersOf(this.#params.token, this.guid, false);
    const body = Buffer.from(JSON.stringify({ acks: ids }));
    const answer = await this.#server.send({ method: "POST", path, headers, body });
    const { acks } = readObject(answer.body);
    if (answer.status === 200 && typeof acks === "object" && acks !== null) return acks as Record<number, unknown>;
    throw new Error(`${this.#server.peer} answers ${answer.status} with ${excerpt(answer.body)}.`);
  }

  async #wait(ticket: Ticket, signal: AbortSignal): Promise<void> {
    const { promise, resolve: end } = Promise.withResolvers<unknown>();
    const timer = this.#clock.setTimeout(() => end(undefined), this.#params.ack_timeout);
    signal.addEventListener("abort", end);
    if (signal.aborted) end(undefined);
    ticket.wake = () => end(undefined);
    this.#waiting++;
    this.#schedule();
    await promise;
    this.#clock.clearTimeout(timer);
    signal.removeEventListener("abort", end);
    this.#waiting--;
    this.#schedule();
  }

  /** One timer while somebody waits, else none. */
  #schedule(): void {
    if (this.#waiting > 0) {
      this.#timer ??= this.#clock.setTimeout(() => void this.#tick(), this.#params.ack_poll_interval);
    } else if (this.#timer !== undefined) {
      this.#clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  async #tick(): Promise<void> {
    this.#timer = undefined;
    await this.poll();
    this.#schedule();
  }
}
