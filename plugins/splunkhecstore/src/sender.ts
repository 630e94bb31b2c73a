import { randomUUID } from "node:crypto";
import {
  type Batch,
  blocked,
  type Outcome,
  reject,
  RetryError,
  type StoreContext,
  StoreError,
  type StoreRecord,
  unknown,
  type WriteContext,
  written,
} from "@cloudmarker/store-api";
import { excerpt, type HttpAnswer, parseNameTemplate, sendGroups } from "@cloudmarker/store-api/kit";
import { Channel, type Ticket } from "./channel.ts";
import { codeOf, judge, type Verdict } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { type EventRequest, requestMaker } from "./request.ts";
import { authorization, eventHeaders, type Server } from "./server.ts";

/** Sends batches, waits for acknowledgements, and knows of records that come again what became of them before. */
export class Sender {
  readonly #params: SplunkHecStoreParams;
  readonly #context: StoreContext;
  readonly #server: Server;
  readonly #requestsOf: ReturnType<typeof requestMaker>;
  readonly #hasOneIndex: boolean;
  /** Indexes that took records. */
  readonly #proven = new Set<string>();
  readonly #tickets = new WeakMap<StoreRecord, Ticket>();
  /** With `at-most-once`: sent, with an end that is not known. */
  readonly #inDoubt = new WeakSet<StoreRecord>();
  #channel: Channel;
  #namesChannel = true;
  #hasWarned = false;

  constructor(params: SplunkHecStoreParams, context: StoreContext, server: Server) {
    this.#params = params;
    this.#context = context;
    this.#server = server;
    this.#requestsOf = requestMaker(params, context.startedMs);
    this.#hasOneIndex = parseNameTemplate(params.index ?? "").constant !== undefined;
    this.#channel = this.#makeChannel(params.channel ?? randomUUID());
  }

  async write(batch: Batch, { attempt, signal }: WriteContext): Promise<readonly Outcome[]> {
    const settled = attempt > 1 ? await this.#settle(batch) : [];
    if (settled.length === 0) return this.#post(batch, signal);
    const known = new Set(settled.map(({ index }) => index));
    const left = [...batch.keys()].filter((index) => !known.has(index));
    const records = left.map((index) => batch[index] as StoreRecord);
    const outcomes = left.length === 0 ? [] : await this.#post(records, signal);
    return [...settled, ...outcomes.map((outcome) => ({ ...outcome, index: left[outcome.index] ?? -1 }))];
  }

  /** Of records that come again, those that need not be sent: an acknowledgement came late, or they must not be there twice. */
  async #settle(batch: Batch): Promise<readonly Outcome[]> {
    const channels = new Set<Channel>();
    for (const record of batch) {
      const ticket = this.#tickets.get(record);
      if (ticket && !ticket.isAcknowledged) channels.add(ticket.channel);
    }
    for (const channel of channels) await channel.poll();
    const outcomes: Outcome[] = [];
    for (const [index, record] of batch.entries()) {
      if (this.#tickets.get(record)?.isAcknowledged) outcomes.push(written(index));
      else if (this.#inDoubt.has(record)) outcomes.push(inDoubt(index, "An earlier attempt was broken off."));
    }
    return outcomes;
  }

  #post(batch: Batch, signal: AbortSignal): Promise<readonly Outcome[]> {
    const once = this.#params.guarantee === "at-most-once";
    return sendGroups(this.#requestsOf(batch), (request) =>
      once ? this.#sendOnce(request, signal) : this.#send(request, signal),
    );
  }

  /** HEC knows no record again, so that what may be there already must not be sent a second time (HEC-23). */
  async #sendOnce(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { records } = request;
    for (const record of records) this.#inDoubt.add(record);
    try {
      const outcomes = await this.#send(request, signal);
      for (const { index, status } of outcomes)
        if (status === "retry") this.#inDoubt.delete(records[index] as StoreRecord);
      return outcomes.map((one) => (one.status === "unknown" ? inDoubt(one.index, one.reason ?? "") : one));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.status === "unknown") return records.map((_, index) => inDoubt(index, error.message));
      for (const record of records) this.#inDoubt.delete(record);
      throw error;
    }
  }

  async #send(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { ack } = this.#params;
    const { peer } = this.#server;
    if (signal.aborted) throw new RetryError("timeout", `There was no time left to send this to ${peer}.`);
    const channel = this.#channel;
    const answer = await this.#exchange(request, channel, signal);
    if (ack === "auto" && this.#namesChannel && codeOf(answer) === 14) {
      this.#namesChannel = false;
      return this.#send(request, signal);
    }
    const { name } = request;
    const index = this.#proven.has(name) ? "proven" : this.#hasOneIndex ? "only" : "one of several";
    const verdict = judge(answer, { request, peer, index, nowMs: this.#context.clock.now() });
    if (verdict.taken > 0) this.#proven.add(name);
    if (verdict.warning !== undefined) this.#warn(verdict.warning);
    if (ack === false || verdict.taken === 0) return verdict.outcomes;
    return [...(await this.#acknowledge(verdict, request, channel, signal)), ...verdict.outcomes];
  }

  async #exchange(request: EventRequest, channel: Channel, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = eventHeaders(this.#params, this.#namesChannel ? channel.guid : undefined);
    try {
      return await this.#server.send({ method: "POST", path: "/event", headers, body: request.body }, signal);
    } catch (error) {
      this.#leave(channel);
      throw error;
    }
  }

  /** Nothing once the indexers have what was taken, else the outcome of each record that was taken. */
  async #acknowledge(
    { taken, ackId }: Verdict,
    { records }: EventRequest,
    channel: Channel,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    const { peer } = this.#server;
    const all = Array.from({ length: taken }, (_, index) => index);
    if (ackId === undefined) {
      if (this.#params.ack === "auto") return [];
      const reason = `${peer} took the records, but acknowledges nothing for this token: switch indexer acknowledgement on for it, or set ack to auto.`;
      return all.map((index) => blocked(index, "no_ack", reason));
    }
    const ticket = channel.issue(ackId);
    if (!ticket) {
      this.#leave(channel);
      const reason = `${peer} gave the same id of an acknowledgement twice: it was restarted, or a load balancer spreads the requests.`;
      return all.map((index) => unknown(index, "ack_lost", reason));
    }
    for (const record of records.slice(0, taken)) this.#tickets.set(record, ticket);
    if (await channel.wait(ticket, signal)) return [];
    this.#leave(channel);
    const why = channel.problem === undefined ? "" : ` The last question failed: ${channel.problem}`;
    const reason = `${peer} took the records, but did not acknowledge them in time.${why}`;
    return all.map((index) => unknown(index, "ack_timeout", reason));
  }

  /** After a failure the server may have been restarted and count from 0 again; on a channel of its own nothing new is taken for something old. */
  #leave(channel: Channel): void {
    if (this.#channel === channel && this.#params.channel === undefined)
      this.#channel = this.#makeChannel(randomUUID());
  }

  #makeChannel(guid: string): Channel {
    const { ack_poll_interval, ack_timeout } = this.#params;
    const channel: Channel = new Channel(guid, {
      ask: async (_, ids) => {
        try {
          return await this.#ask(guid, ids);
        } catch (error) {
          this.#leave(channel);
          throw error;
        }
      },
      clock: this.#context.clock,
      intervalMs: ack_poll_interval,
      timeoutMs: ack_timeout,
    });
    return channel;
  }

  /** Never compressed: collectors are known that do not take that here (HEC-09). */
  async #ask(guid: string, ids: readonly number[]): Promise<readonly number[]> {
    const headers = { ...authorization(this.#params.token), "content-type": "application/json" };
    const body = Buffer.from(JSON.stringify({ acks: ids }));
    const { status, body: text } = await this.#server.send({
      method: "POST",
      path: `/ack?channel=${guid}`,
      headers: { ...headers, "x-splunk-request-channel": guid },
      body,
    });
    const acks = status === 200 ? readAcks(text) : undefined;
    if (!acks) throw new Error(`${this.#server.peer} answers ${status} with ${excerpt(text)}.`);
    return ids.filter((id) => acks[id] === true);
  }

  #warn(said: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#context.logger.warn(`${said}. The records were taken; a smaller delivery.concurrency eases the load.`);
  }
}

function inDoubt(index: number, reason: string): Outcome {
  return reject(index, "unknown_outcome", `It may be in Splunk, and is not sent again (at-most-once). ${reason}`);
}

function readAcks(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const { acks } = JSON.parse(text) as { readonly acks?: unknown };
    return typeof acks === "object" && acks !== null ? (acks as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
