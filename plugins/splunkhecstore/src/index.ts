import { randomUUID } from "node:crypto";
import { defineStore } from "@cloudmarker/store-api";
import type { Outcome, StoreError, StorePlugin, StoreRecord } from "@cloudmarker/store-api";
import { once, parseNameTemplate, sendGroups, shownHeaders } from "@cloudmarker/store-api/kit";
import type { BareOutcome } from "@cloudmarker/store-api/kit";
import { type Channel, openChannel } from "./channel.ts";
import { check } from "./check.ts";
import { codeOf, judge } from "./outcomes.ts";
import { params } from "./params.ts";
import { type EventRequest, requestMaker } from "./request.ts";
import { connect, endpointOf, headersOf } from "./server.ts";
import { validate } from "./validate.ts";

export type { SplunkHecStoreParams } from "./params.ts";

/** Writes records to a Splunk HTTP Event Collector (HEC), which has no ids: each carries its own in the indexed field `record_id`. */
const splunkhecstore: StorePlugin<typeof params> = defineStore({
  name: "splunkhecstore",
  className: "SplunkHECStore",
  apiVersion: 1,
  params,
  supports: { idempotent: false, ordered: false },
  batch: { records: 1000, concurrency: 4 },

  validate,

  batchFor({ buffer_size, max_body, ack }) {
    // Whoever waits for the indexers has more under way meanwhile.
    return { records: buffer_size, bytes: Math.min(max_body, 1_000_000), concurrency: ack === true ? 8 : 4 };
  },

  explain(batch, given, context) {
    const { origin, path } = endpointOf(given.uri);
    const headers = shownHeaders(headersOf(given.token, given.channel ?? "(a random GUID)", given.gzip));
    const { groups } = requestMaker(given, context.startedMs)(batch);
    return groups.map(({ body, records }) => ({
      method: "POST",
      url: `${origin}${path}/event`,
      headers,
      body: body.toString(),
      records: records.length,
    }));
  },

  async open(given, context) {
    const { token, gzip, ack, channel: guid, index } = given;
    const { clock, logger, startedMs } = context;
    const server = await connect(given, context);
    const { peer } = server;
    const requestsOf = requestMaker(given, startedMs);
    const hasOneIndex = parseNameTemplate(index ?? "").constant !== undefined;
    /** Indexes that took records. */
    const proven = new Set<string>();
    /** Those of records that were sent and wait for an acknowledgement. */
    const channels = new WeakMap<StoreRecord, Channel>();
    const newChannel = (): Channel => openChannel(guid ?? randomUUID(), given, server, clock);
    let current = newChannel();
    let namesChannel = true;
    const warn = once(async (said: string) =>
      logger.warn(`${said}. The records were taken; a smaller delivery.concurrency eases the load.`),
    );

    /** A record that comes again, and whose acknowledgement came late. */
    function settled(record: StoreRecord): BareOutcome | undefined {
      return channels.get(record)?.acknowledged.has(record) ? { status: "written" } : undefined;
    }

    async function send(request: EventRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
      const { name, records, body } = request;
      if (current.isDoubtful && guid === undefined) current = newChannel();
      const channel = current;
      const headers = headersOf(token, namesChannel ? channel.guid : undefined, gzip);
      const post = { method: "POST", path: "/event", headers, body } as const;
      const end = channel.begin();
      try {
        const answer = await server.send(post, signal).catch((error: unknown) => {
          // Whoever cannot be reached may come back as one that counts from 0.
          channel.isDoubtful = true;
          throw error;
        });
        if (ack === "auto" && namesChannel && codeOf(answer) === 14) {
          namesChannel = false;
          return await send(request, signal);
        }
        const known = proven.has(name) ? "proven" : hasOneIndex ? "only" : "one of several";
        const { outcomes, taken, ackId, warning } = judge(answer, { request, peer, index: known, nowMs: clock.now() });
        if (warning !== undefined) await warn(warning);
        if (taken > 0) proven.add(name);
        if (outcomes.some(({ status }) => status === "unknown")) channel.lose();
        if (taken === 0 || ack === false || (ack === "auto" && ackId === undefined)) return outcomes;
        const waiting = records.slice(0, taken);
        for (const record of waiting) channels.set(record, channel);
        const confirmed = channel.confirm(waiting, ackId, signal);
        end();
        const failure = await confirmed;
        return failure ? [...waiting.map((_, at) => ({ index: at, ...failure })), ...outcomes] : outcomes;
      } catch (error) {
        if ((error as StoreError).status === "unknown") channel.lose();
        throw error;
      } finally {
        end();
      }
    }

    return {
      async write(batch, { attempt, signal }) {
        const sent = attempt > 1 ? new Set(batch.map((record) => channels.get(record))) : [];
        for (const channel of sent) await channel?.poll();
        return sendGroups(requestsOf(batch, settled), (request) => send(request, signal));
      },
      done: () => ({ location: `${peer}, ${index ?? "the default index of the token"}` }),
      check: () => check(server, given),
      close: () => server.close(),
    };
  },
});

export default splunkhecstore;
