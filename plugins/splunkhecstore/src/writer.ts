import { randomUUID } from "node:crypto";
import { RetryError, type StoreContext, type StoreError } from "@cloudmarker/store-api";
import type { Batch, Outcome, StoreRecord, WriteContext } from "@cloudmarker/store-api";
import {
  type BareOutcome,
  failedOutcome,
  type HttpServer,
  parseNameTemplate,
  sendGroups,
} from "@cloudmarker/store-api/kit";
import { type Channel, openChannel } from "./channel.ts";
import { codeOf, judge } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { type EventRequest, requestMaker } from "./request.ts";
import { headersOf } from "./server.ts";

/** Makes what writes batches, waits for acknowledgements, and knows of records that come again what became of them before. */
export function writer(
  params: SplunkHecStoreParams,
  context: StoreContext,
  server: HttpServer,
): (batch: Batch, attempt: WriteContext) => Promise<readonly Outcome[]> {
  const { token, gzip, ack, guarantee, channel: given, index = "" } = params;
  const { clock, logger, startedMs } = context;
  const { peer } = server;
  const isOnce = guarantee === "at-most-once";
  const requestsOf = requestMaker(params, startedMs);
  const hasOneIndex = parseNameTemplate(index).constant !== undefined;
  /** Indexes that took records. */
  const proven = new Set<string>();
  /** Those of records that were sent and wait for an acknowledgement; with `at-most-once`, of all that Splunk may have. */
  const channels = new WeakMap<StoreRecord, Channel>();
  const noAck = `${peer} took the records, but acknowledges nothing for this token: switch indexer acknowledgement on for it, or set ack to auto.`;
  const newChannel = (): Channel => openChannel(given ?? randomUUID(), params, server, clock);
  let current = newChannel();
  let namesChannel = true;
  let hasWarned = false;

  /** Of a record that comes again, what became of it: an acknowledgement came late, or it must not be there twice. */
  function settled(record: StoreRecord): BareOutcome | undefined {
    const channel = channels.get(record);
    if (channel?.acknowledged.has(record)) return { status: "written" };
    return channel && isOnce ? inDoubt("An earlier attempt was broken off.") : undefined;
  }

  /** HEC knows no record again, so that what may be there already must not be sent a second time (HEC-23). */
  async function sendOnce(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { records } = request;
    for (const record of records) channels.set(record, current);
    const outcomes = await send(request, signal).catch((error: unknown) => {
      if ((error as StoreError).status === "unknown") return records.map((_, at) => failedOutcome(at, error));
      for (const record of records) channels.delete(record);
      throw error;
    });
    for (const { index: at, status } of outcomes) if (status === "retry") channels.delete(records[at] as StoreRecord);
    return outcomes.map((one) => (one.status === "unknown" ? { index: one.index, ...inDoubt(one.reason) } : one));
  }

  async function send(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { name, records, body } = request;
    if (signal.aborted) throw new RetryError("timeout", `There was no time left to send this to ${peer}.`);
    if (current.isDoubtful && given === undefined) current = newChannel();
    const channel = current;
    const headers = headersOf(token, namesChannel ? channel.guid : undefined, gzip);
    const post = { method: "POST", path: "/event", headers, body } as const;
    const answer = await server.send(post, signal).catch((error: unknown) => {
      channel.isDoubtful = true;
      throw error;
    });
    if (ack === "auto" && namesChannel && codeOf(answer) === 14) {
      namesChannel = false;
      return send(request, signal);
    }
    const known = proven.has(name) ? "proven" : hasOneIndex ? "only" : "one of several";
    const { outcomes, taken, ackId, warning } = judge(answer, { request, peer, index: known, nowMs: clock.now() });
    if (warning !== undefined && !hasWarned) {
      hasWarned = true;
      logger.warn(`${warning}. The records were taken; a smaller delivery.concurrency eases the load.`);
    }
    if (taken > 0) proven.add(name);
    if (taken === 0 || ack === false || (ack === "auto" && ackId === undefined)) return outcomes;
    const waiting = records.slice(0, taken);
    for (const record of waiting) channels.set(record, channel);
    const failure: BareOutcome | undefined =
      ackId === undefined
        ? { status: "blocked", code: "no_ack", reason: noAck }
        : await channel.confirm(waiting, ackId, signal);
    return failure ? [...waiting.map((_, at) => ({ index: at, ...failure })), ...outcomes] : outcomes;
  }

  return async (batch, { attempt, signal }) => {
    if (attempt > 1) for (const channel of new Set(batch.map((record) => channels.get(record)))) await channel?.poll();
    const deliver = isOnce ? sendOnce : send;
    return sendGroups(requestsOf(batch, settled), (request) => deliver(request, signal));
  };
}

function inDoubt(reason = ""): BareOutcome {
  const text = `It may be in Splunk, and is not sent again (at-most-once). ${reason}`;
  return { status: "reject", code: "unknown_outcome", reason: text };
}
