import { randomUUID } from "node:crypto";
import type { Batch, Clock, Outcome, StoreError, StoreRecord } from "@cloudmarker/store-api";
import type { BareOutcome } from "@cloudmarker/store-kit/batches";
import { excerpt, type HttpServer, readObject } from "@cloudmarker/store-kit/http";
import { waitFor } from "@cloudmarker/store-kit/tasks";
import { AckIds } from "./ack-ids.ts";
import type { Verdict } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf } from "./server.ts";

/** The question for records that were sent together. */
export interface Question {
  readonly channel: Channel;
  isAcknowledged: boolean;
}

/** What a {@link Channel} needs. */
export interface ChannelOptions {
  readonly params: Pick<SplunkHecStoreParams, "token" | "ack" | "channel" | "ack_timeout" | "ack_poll_interval">;
  readonly server: HttpServer;
  readonly clock: Clock;
  /** Gets the question of each record that waits. */
  readonly questions: WeakMap<StoreRecord, Question>;
}

const NO_ID =
  "and gave no id to ask for their acknowledgement: switch indexer acknowledgement on for the token at every collector behind this address, or set ack to auto.";
const LOST =
  "took the records, but their acknowledgement id is ambiguous: the answer to other records was lost, or has the same id. The collector was restarted, or a load balancer spreads the requests.";

/**
 * A channel of a collector. Its acknowledgements have ids from 0, and each is told once. A restart of the server begins
 * at 0 again (HEC-30, HEC-31). While a caller waits, the channel asks for all ids in one request.
 */
export class Channel {
  /**
   * After a failure the server may have been restarted and count from 0 again: an id may then be that of another post.
   */
  isDoubtful = false;
  readonly #options: ChannelOptions;
  readonly #guid: string;
  /** Called once an id is acknowledged, or can no longer be. */
  readonly #open = new Map<number, (isAcknowledged: boolean) => void>();
  readonly #posts = new Set<Promise<Verdict>>();
  readonly #ids = new AckIds();
  /** Why the last question was not answered. */
  #problem = "";
  #waiting = 0;
  #timer: unknown;
  #asking: Promise<void> = Promise.resolve();
  /** Resolves when no acknowledgement waits for posts that may have the same id. */
  #believed: Promise<unknown> = Promise.resolve();

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#guid = options.params.channel ?? randomUUID();
  }

  /**
   * Sends records, and waits until the indexers have the accepted ones. The question stays open when time is up.
   * @param post - sends them on this channel
   */
  async deliver(
    records: Batch,
    post: (guid: string) => Promise<Verdict>,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    const { ack } = this.#options.params;
    const sent = post(this.#guid);
    this.#posts.add(sent);
    this.#ids.sent();
    try {
      // No await before the id is noted: `#ask`, which may wait for the same post, continues after that.
      const { outcomes, taken, ackId } = await sent;
      if (outcomes.some(({ status }) => status === "unknown")) this.#lose();
      else this.#ids.answered();
      if (taken === 0 || ack === false || (ack === "auto" && ackId === undefined)) return outcomes;
      const rest = records.slice(0, taken);
      const failure = await this.#confirm(rest, ackId, taken < records.length, signal);
      return failure ? [...rest.map((_, index) => ({ index, ...failure })), ...outcomes] : outcomes;
    } catch (error) {
      // A server that cannot be reached may come back and count from 0.
      this.isDoubtful = true;
      const { status } = error as StoreError;
      if (status === "unknown") this.#lose();
      else if (status === "retry" || status === "blocked") this.#ids.answered();
      throw error;
    } finally {
      this.#posts.delete(sent);
    }
  }

  /**
   * Asks for all open ids, and waits until what was acknowledged counts. A question without an answer is neither an
   * acknowledgement nor an error (HEC-32).
   */
  async poll(): Promise<void> {
    await this.#askNext();
    await this.#believed;
  }

  /** One request after the other: an acknowledgement is told once, to the first that asks. */
  #askNext(): Promise<void> {
    this.#asking = this.#asking.then(() => this.#ask());
    return this.#asking;
  }

  /**
   * What keeps the indexers from having the records, if anything does.
   * @param isPart whether the collector refused another record of the request
   */
  async #confirm(
    records: Batch,
    id: number | undefined,
    isPart: boolean,
    signal: AbortSignal,
  ): Promise<BareOutcome | undefined> {
    const { params, server, clock } = this.#options;
    const { peer } = server;
    if (id === undefined) {
      // Nobody can say whether the indexers have them, and sent again they would be there twice (HEC-33).
      const which = isPart ? "the records before one that it refuses" : "the records";
      return { status: "unknown", code: "ack_missing", reason: `${peer} took ${which}, ${NO_ID}` };
    }
    const lost: BareOutcome = { status: "unknown", code: "ack_lost", reason: `${peer} ${LOST}` };
    const isNew = this.#ids.add(id);
    const isOpen = this.#open.has(id);
    // Who names a channel may have used it before.
    if (isOpen || (!isNew && params.channel === undefined)) this.#lose();
    if (isOpen) return lost;
    const acknowledged = this.#await(records, id);
    this.#schedule(+1);
    const isAcknowledged = await waitFor(acknowledged, clock, params.ack_timeout, signal);
    this.#schedule(-1);
    if (isAcknowledged) return undefined;
    this.isDoubtful = true;
    const late = `${peer} took the records, but did not acknowledge them in time.${this.#problem}`;
    return isAcknowledged === false ? lost : { status: "unknown", code: "ack_timeout", reason: late };
  }

  /** @returns resolves when the id is acknowledged, or can no longer be */
  #await(records: Batch, id: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const question = { channel: this, isAcknowledged: false };
    for (const record of records) this.#options.questions.set(record, question);
    this.#open.set(id, (isAcknowledged) => {
      question.isAcknowledged = isAcknowledged;
      resolve(isAcknowledged);
    });
    return promise;
  }

  async #ask(): Promise<void> {
    const open = this.#open;
    if (open.size === 0) return;
    const { params, server } = this.#options;
    try {
      // Never compressed, since some collectors do not take that here (HEC-09).
      const headers = headersOf(params.token, this.#guid);
      const body = { acks: [...open.keys()] };
      const answer = await server.send({ method: "POST", path: `/ack?channel=${this.#guid}`, headers, body });
      const { acks } = readObject(answer.body);
      if (answer.status !== 200 || typeof acks !== "object" || acks === null)
        throw new Error(`${server.peer} answers ${answer.status} with ${excerpt(answer.body)}.`);
      this.#problem = "";
      const told = [...open].filter(([id]) => (acks as Record<number, unknown>)[id] === true);
      const certain = told.filter(([id]) => params.channel === undefined && this.#ids.isUnique(id));
      for (const [id, settle] of certain) if (open.delete(id)) settle(true);
      // A post without an answer may get the same id, from a server that was restarted or is another one. The
      // acknowledgement may then be for that post.
      if (certain.length < told.length) this.#believed = this.#believeLater(told, [this.#believed, ...this.#posts]);
    } catch (error) {
      this.isDoubtful = true;
      this.#problem = ` The last question failed: ${(error as Error).message}`;
    }
  }

  async #believeLater(
    told: readonly (readonly [id: number, settle: (isAcknowledged: boolean) => void])[],
    before: readonly Promise<unknown>[],
  ): Promise<void> {
    await Promise.allSettled(before);
    for (const [id, settle] of told) if (this.#open.get(id) === settle && this.#open.delete(id)) settle(true);
  }

  /** One timer while a caller waits, else none. */
  #schedule(more: number): void {
    const { clock, params } = this.#options;
    this.#waiting += more;
    if (this.#waiting > 0) this.#timer ??= clock.setTimeout(() => void this.#tick(), params.ack_poll_interval);
    else this.#timer = clock.clearTimeout(this.#timer);
  }

  async #tick(): Promise<void> {
    this.#timer = undefined;
    await this.#askNext();
    this.#schedule(0);
  }

  /**
   * A server that was restarted, or another one, may have given a post an id that is open for other records. All open
   * ids are then ambiguous.
   */
  #lose(): void {
    this.isDoubtful = true;
    for (const settle of this.#open.values()) settle(false);
    this.#open.clear();
  }
}
