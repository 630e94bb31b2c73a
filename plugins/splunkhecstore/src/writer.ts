import { randomUUID } from "node:crypto";
import { type Outcome, reject, RetryError, type StoreContext, StoreError } from "@cloudmarker/store-api";
import type { Batch, StoreRecord, WriteContext } from "@cloudmarker/store-api";
import { type HttpServer, parseNameTemplate, sendGroups } from "@cloudmarker/store-api/kit";
import { Channel, type Ticket } from "./channel.ts";
import { codeOf, judge } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { type EventRequest, requestMaker } from "./request.ts";
import { headersOf } from "./server.ts";

/** Writes batches, waits for acknowledgements, and knows of records that come again what became of them before. */
export class Writer {
  readonly #params: SplunkHecStoreParams;
  readonly #context: StoreContext;
  readonly #server: HttpServer;
  readonly #requestsOf: ReturnType<typeof requestMaker>;
  /** All records go to the same index. */
  readonly #hasOneIndex: boolean;
  /** Indexes that took records. */
  readonly #proven = new Set<string>();
  /** Of records that were sent and wait for an acknowledgement; with `at-most-once`, of all that Splunk may have. */
  readonly #tickets = new WeakMap<StoreRecord, Ticket>();
  #channel: Channel;
  #namesChannel = true;
  #hasWarned = false;

  constructor(params: SplunkHecStoreParams, context: StoreContext, server: HttpServer) {
    this.#params = params;
    this.#context = context;
    this.#server = server;
    this.#requestsOf = requestMaker(params, context.startedMs);
    this.#hasOneIndex = parseNameTemplate(params.index ?? "").constant !== undefined;
    this.#channel = this.#newChannel();
  }

  async write(batch: Batch, { attempt, signal }: WriteContext): Promise<readonly Outcome[]> {
    const settled = attempt > 1 ? await this.#settle(batch) : [];
    const known = new Set(settled.map(({ index }) => index));
    const indexes = [...batch.keys()].filter((index) => !known.has(index));
    const rest = { name: "", indexes, records: batch.filter((_, index) => !known.has(index)) };
    const send = this.#params.guarantee === "at-most-once" ? this.#sendOnce : this.#send;
    return sendGroups({ groups: indexes.length > 0 ? [rest] : [], rejected: settled }, ({ records }) =>
      sendGroups(this.#requestsOf(records), (request) => send.call(this, request, signal)),
    );
  }

  /** Of records that come again, those that need not be sent: an acknowledgement came late, or they must not be there twice. */
  async #settle(batch: Batch): Promise<readonly Outcome[]> {
    const tickets = batch.map((record) => this.#tickets.get(record));
    for (const channel of new Set(tickets.map((ticket) => ticket?.channel))) await channel?.poll();
    const isOnce = this.#params.guarantee === "at-most-once";
    return tickets.flatMap((ticket, index): Outcome[] => {
      if (ticket?.isAcknowledged) return [{ index, status: "written" }];
      return ticket && isOnce ? [inDoubt(index, "An earlier attempt was broken off.")] : [];
    });
  }

  /** HEC knows no record again, so that what may be there already must not be sent a second time (HEC-23). */
  async #sendOnce(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { records } = request;
    for (const record of records) this.#tickets.set(record, { channel: this.#channel, isAcknowledged: false });
    try {
      const outcomes = await this.#send(request, signal);
      for (const { index, status } of outcomes)
        if (status === "retry") this.#tickets.delete(records[index] as StoreRecord);
      return outcomes.map((one) => (one.status === "unknown" ? inDoubt(one.index, one.reason) : one));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.status === "unknown") return records.map((_, index) => inDoubt(index, error.message));
      for (const record of records) this.#tickets.delete(record);
      throw error;
    }
  }

  async #send(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { token, gzip, channel: given, ack } = this.#params;
    const { peer } = this.#server;
    if (signal.aborted) throw new RetryError("timeout", `There was no time left to send this to ${peer}.`);
    if (this.#channel.isDoubtful && given === undefined) this.#channel = this.#newChannel();
    const channel = this.#channel;
    const headers = headersOf(token, this.#namesChannel ? channel.guid : undefined, gzip);
    const post = { method: "POST", path: "/event", headers, body: request.body } as const;
    const answer = await this.#server.send(post, signal).catch((error: unknown) => {
      channel.isDoubtful = true;
      throw error;
    });
    if (ack === "auto" && this.#namesChannel && codeOf(answer) === 14) {
      this.#namesChannel = false;
      return this.#send(request, signal);
    }
    const question = { request, peer, index: this.#knownOf(request.name), nowMs: this.#context.clock.now() };
    const { outcomes, taken, ackId, warning } = judge(answer, question);
    if (warning !== undefined) this.#warn(warning);
    if (taken === 0) return outcomes;
    this.#proven.add(request.name);
    const failure = await this.#confirm(request.records.slice(0, taken), channel, ackId, signal);
    return failure ? [...Array.from({ length: taken }, (_, index) => ({ index, ...failure })), ...outcomes] : outcomes;
  }

  /** What keeps records that Splunk took from being written, if something does. */
  async #confirm(
    records: Batch,
    channel: Channel,
    ackId: number | undefined,
    signal: AbortSignal,
  ): Promise<Omit<Outcome, "index"> | undefined> {
    const { ack } = this.#params;
    if (ack === false || (ackId === undefined && ack === "auto")) return undefined;
    if (ackId === undefined) {
      const reason = `${this.#server.peer} took the records, but acknowledges nothing for this token: switch indexer acknowledgement on for it, or set ack to auto.`;
      return { status: "blocked", code: "no_ack", reason };
    }
    const ticket = { channel, isAcknowledged: false };
    for (const record of records) this.#tickets.set(record, ticket);
    return channel.confirm(ticket, ackId, signal);
  }

  #knownOf(index: string): "proven" | "only" | "one of several" {
    if (this.#proven.has(index)) return "proven";
    return this.#hasOneIndex ? "only" : "one of several";
  }

  #newChannel(): Channel {
    return new Channel(this.#params.channel ?? randomUUID(), this.#params, this.#server, this.#context.clock);
  }

  #warn(said: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#context.logger.warn(`${said}. The records were taken; a smaller delivery.concurrency eases the load.`);
  }
}

function inDoubt(index: number, reason = ""): Outcome {
  return reject(index, "unknown_outcome", `It may be in Splunk, and is not sent again (at-most-once). ${reason}`);
}
