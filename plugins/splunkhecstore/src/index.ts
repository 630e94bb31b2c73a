import { hash } from "node:crypto";
import {
  type Batch,
  defineStore,
  type Outcome,
  type StoreError,
  type StorePlugin,
  type StoreRecord,
} from "@cloudmarker/store-api";
import { type BareOutcome, sendGroups } from "@cloudmarker/store-kit/batches";
import { parseNameTemplate } from "@cloudmarker/store-kit/names";
import { once } from "@cloudmarker/store-kit/tasks";
import { proxyFor, shownRequest, tlsNotes } from "@cloudmarker/store-kit/http";
import { acknowledging } from "./acknowledging.ts";
import { type Channel, Channels } from "./channels.ts";
import { check } from "./check.ts";
import { BLAMES } from "./codes.ts";
import { codeOf, judge, type Verdict } from "./outcomes.ts";
import { params } from "./params.ts";
import { Question } from "./question.ts";
import { type EventRequest, requestMaker } from "./request.ts";
import { connect, endpointOf, headersOf, SENDER, tlsOf } from "./server.ts";
import { validate } from "./validate.ts";

export type { SplunkHecStoreParams } from "./params.ts";

const NO_ID =
  "and gave no id to ask for their acknowledgement: switch indexer acknowledgement on for the token at every collector behind this address, or set ack to auto.";

/**
 * Writes records to a Splunk HTTP Event Collector (HEC). HEC has no document ids, so each record has its id in the
 * indexed field `record_id`.
 */
const splunkhecstore: StorePlugin<typeof params> = defineStore({
  name: "splunkhecstore",
  className: "SplunkHECStore",
  apiVersion: 1,
  params,
  supports: { idempotent: false, ordered: false },
  batch: { records: 1000, concurrency: 8 },

  validate,
  blames: BLAMES,

  batchFor({ buffer_size, max_body, ack }) {
    // Waiting for the indexers takes long, so more batches are in flight at a time.
    return {
      records: Math.max(buffer_size, 1),
      bytes: Math.min(max_body, 1_000_000),
      concurrency: ack === true ? 16 : 8,
    };
  },

  target({ uri, index, token }) {
    const { origin, path } = endpointOf(uri);
    // Each token has its own default index.
    const key = index === undefined ? `the default of ${hash("sha256", token)}` : index;
    const name = `${origin}${path}, ${index ?? "the default index of the token"}`;
    return { name, keys: [`${origin}${path} ${key}`], param: "index" };
  },

  explain(batch, given, context) {
    const { origin, path } = endpointOf(given.uri);
    const headers = { ...SENDER, ...headersOf(given.token, "(a random GUID)", given.gzip) };
    const proxy = proxyFor(origin, given.proxy, context.env);
    const { groups } = requestMaker(given, context.startedMs)(batch);
    return groups.map(({ body, records }) =>
      shownRequest(origin + path, { method: "POST", path: "/event", headers, body }, records.length, proxy),
    );
  },

  async open(given, context) {
    const { token, gzip, ack, index } = given;
    const { clock, logger, startedMs } = context;
    const server = await connect(given, context);
    const requestsOf = requestMaker(given, startedMs);
    const hasOneIndex = parseNameTemplate(index ?? "").constant !== undefined;
    /** Indexes that have accepted records. */
    const proven = new Set<string>();
    /** What the acknowledgement of a record was last asked with. */
    const questions = new WeakMap<StoreRecord, Question>();
    const channels = new Channels();
    let namesChannel = true;
    const tokenAcknowledges = acknowledging(server, token, clock);
    const warn = once(async (said: string) =>
      logger.warn(`${said}. The records were taken; a smaller delivery.concurrency eases the load.`),
    );

    /** The outcome of a record that is sent again although it was acknowledged after its attempt had ended. */
    function settled(record: StoreRecord): BareOutcome | undefined {
      return questions.get(record)?.isAcknowledged ? { status: "written" } : undefined;
    }

    async function post(request: EventRequest, channel: Channel | undefined, signal: AbortSignal): Promise<Verdict> {
      const { name, body } = request;
      const headers = headersOf(token, channel, gzip);
      const answer = await server.send({ method: "POST", path: "/event", headers, body }, signal);
      if (ack === "auto" && channel !== undefined && codeOf(answer) === 14) {
        namesChannel = false;
        return post(request, undefined, signal);
      }
      const known = hasOneIndex ? "only" : proven.has(name) ? "proven" : "one of several";
      const verdict = judge(answer, request, known);
      if (verdict.warning !== undefined) await warn(verdict.warning);
      if (verdict.taken > 0) proven.add(name);
      if (verdict.taken > 0 && verdict.ackId === undefined) tokenAcknowledges.doubt();
      if (verdict.taken === request.records.length) request.release();
      return verdict;
    }

    /** Sends records, and waits until the indexers have the accepted ones. */
    async function deliver(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
      const channel = channels.take();
      const verdict = await post(request, namesChannel ? channel : undefined, signal);
      const { outcomes, taken, ackId } = verdict;
      const isAwaited = taken > 0 && ack !== false && (ack === true || ackId !== undefined);
      const failure = isAwaited ? await confirm(request.records, channel, verdict, signal) : undefined;
      const all = failure
        ? [...Array.from({ length: taken }, (_, at) => ({ index: at, ...failure })), ...outcomes]
        : outcomes;
      if (all.every(({ status }) => status !== "unknown")) channels.giveBack(channel);
      return all;
    }

    /** What keeps the indexers from having the records, if anything does. The question stays open when time is up. */
    async function confirm(
      records: Batch,
      channel: Channel,
      { taken, ackId }: Verdict,
      signal: AbortSignal,
    ): Promise<BareOutcome | undefined> {
      const { peer } = server;
      if (ackId === undefined) {
        // Nobody can say whether the indexers have them, and sent again they would be there twice (HEC-33).
        const which = taken < records.length ? "the records before one that it refuses" : "the records";
        return { status: "unknown", code: "ack_missing", reason: `${peer} took ${which}, ${NO_ID}` };
      }
      const question = new Question({ params: given, server, clock }, channel, ackId);
      for (const record of records.slice(0, taken)) questions.set(record, question);
      if (await question.wait(signal)) return undefined;
      const late = `${peer} took the records, but did not acknowledge them in time.${question.problem}`;
      return { status: "unknown", code: "ack_timeout", reason: late };
    }

    async function send(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
      if (ack === true) await tokenAcknowledges.ensure(signal);
      const outcomes = await deliver(request, signal).catch((error: StoreError) => {
        // Whoever removes the reason may change the token as well.
        if (error.status === "blocked") tokenAcknowledges.doubt();
        throw error;
      });
      if (!signal.aborted) requestsOf.settle(request.records, outcomes);
      return outcomes;
    }

    return {
      async write(batch, attempt) {
        const { signal } = attempt;
        const asked = attempt.attempt > 1 ? new Set(batch.map((record) => questions.get(record))) : [];
        await Promise.all(Array.from(asked, (question) => question?.ask()));
        const requests = requestsOf(batch, settled);
        if (!signal.aborted) requestsOf.settle(batch.filter(settled), undefined);
        return sendGroups(requests, (request) => send(request, signal), attempt);
      },
      done: () => ({
        location: `${server.peer}, ${index ?? "the default index of the token"}`,
        notes: [...tlsNotes(tlsOf(given, context)), ...requestsOf.notes()],
        remarks: requestsOf.remarks(),
      }),
      check: () => check(server, given, context),
      close: () => server.close(),
    };
  },
});

export default splunkhecstore;
