import { randomUUID } from "node:crypto";
import type { Batch, Clock, Outcome, StoreError, StoreRecord } from "@cloudmarker/store-api";
import type { BareOutcome } from "@cloudmarker/store-kit/batches";
import { excerpt, type HttpServer, readObject } from "@cloudmarker/store-kit/http";
import { waitFor } from "@cloudmarker/store-kit";
import type { Verdict } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf } from "./server.ts";

/**
 * A channel of a collector. Its acknowledgements have ids from 0, and each is told once. A restart of the server begins
 * at 0 again (HEC-30, HEC-31).
 */
export interface Channel {
  /**
   * After a failure the server may have been restarted and count from 0 again: an id may then be that of another post.
   */
  isDoubtful: boolean;
  /**
   * Sends records, and waits until the indexers have the accepted ones. The question stays open when time is up.
   * @param post - sends them on this channel
   */
  deliver(records: Batch, post: (guid: string) => Promise<Verdict>, signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Asks for all open ids. A question without an answer is neither an acknowledgement nor an error (HEC-32). */
  poll(): Promise<void>;
}

/** The question for records that were sent together. */
export interface Question {
  readonly channel: Channel;
  isAcknowledged: boolean;
}

const LOST =
  "took the records, but their acknowledgement id is ambiguous: the answer to other records was lost, or has the same id. The collector was restarted, or a load balancer spreads the requests.";

/**
 * Makes a channel. While a caller waits, it asks for all ids in one request.
 * @param questions - gets the question of each record that waits
 */
export function openChannel(
  params: SplunkHecStoreParams,
  server: HttpServer,
  clock: Clock,
  questions: WeakMap<StoreRecord, Question>,
): Channel {
  const { token, ack, channel: guid = randomUUID(), ack_timeout, ack_poll_interval } = params;
  const { peer } = server;
  /** Called once an id is acknowledged, or can no longer be. */
  const open = new Map<number, (isAcknowledged: boolean) => void>();
  /** Why the last question was not answered. */
  let problem = "";
  let waiting = 0;
  let timer: unknown;
  let asking: Promise<void> = Promise.resolve();
  const posts = new Set<Promise<Verdict>>();

  async function ask(): Promise<void> {
    if (open.size === 0) return;
    try {
      // Never compressed, since some collectors do not take that here (HEC-09).
      const headers = headersOf(token, guid);
      const body = { acks: [...open.keys()] };
      const answer = await server.send({ method: "POST", path: `/ack?channel=${guid}`, headers, body });
      const { acks } = readObject(answer.body);
      if (answer.status !== 200 || typeof acks !== "object" || acks === null)
        throw new Error(`${peer} answers ${answer.status} with ${excerpt(answer.body)}.`);
      problem = "";
      const told = [...open].filter(([id]) => (acks as Record<number, unknown>)[id] === true);
      // A post without an answer may get the same id, from a server that was restarted or is another one. The
      // acknowledgement may then be for that post.
      if (told.length > 0) await Promise.allSettled(posts);
      for (const [id, settle] of told) if (open.get(id) === settle && open.delete(id)) settle(true);
    } catch (error) {
      channel.isDoubtful = true;
      problem = ` The last question failed: ${(error as Error).message}`;
    }
  }

  /** One timer while a caller waits, else none. */
  function schedule(more = 0): void {
    waiting += more;
    if (waiting > 0) timer ??= clock.setTimeout(() => void tick(), ack_poll_interval);
    else timer = clock.clearTimeout(timer);
  }

  async function tick(): Promise<void> {
    timer = undefined;
    await channel.poll();
    schedule();
  }

  /**
   * A server that was restarted, or another one, may have given a post an id that is open for other records. All open
   * ids are then ambiguous.
   */
  function lose(): void {
    channel.isDoubtful = true;
    for (const settle of open.values()) settle(false);
    open.clear();
  }

  /** What keeps the indexers from having the records, if anything does. */
  async function confirm(
    records: Batch,
    id: number | undefined,
    signal: AbortSignal,
  ): Promise<BareOutcome | undefined> {
    const noAck = `${peer} took the records, but acknowledges nothing for this token: switch indexer acknowledgement on for it, or set ack to auto.`;
    if (id === undefined) return { status: "blocked", code: "ack_disabled", reason: noAck };
    const lost: BareOutcome = { status: "unknown", code: "ack_lost", reason: `${peer} ${LOST}` };
    if (open.has(id)) {
      lose();
      return lost;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const question = { channel, isAcknowledged: false };
    for (const record of records) questions.set(record, question);
    open.set(id, (is) => {
      question.isAcknowledged = is;
      resolve(is);
    });
    schedule(+1);
    const isAcknowledged = await waitFor(promise, clock, ack_timeout, signal);
    schedule(-1);
    if (isAcknowledged) return undefined;
    channel.isDoubtful = true;
    const late = `${peer} took the records, but did not acknowledge them in time.${problem}`;
    return isAcknowledged === false ? lost : { status: "unknown", code: "ack_timeout", reason: late };
  }

  const channel: Channel = {
    isDoubtful: false,

    async deliver(records, post, signal) {
      const sent = post(guid);
      posts.add(sent);
      try {
        // No await before the id is noted: `ask`, which may wait for the same post, continues after that.
        const { outcomes, taken, ackId } = await sent;
        if (outcomes.some(({ status }) => status === "unknown")) lose();
        if (taken === 0 || ack === false || (ack === "auto" && ackId === undefined)) return outcomes;
        const rest = records.slice(0, taken);
        const failure = await confirm(rest, ackId, signal);
        return failure ? [...rest.map((_, index) => ({ index, ...failure })), ...outcomes] : outcomes;
      } catch (error) {
        // A server that cannot be reached may come back and count from 0.
        channel.isDoubtful = true;
        if ((error as StoreError).status === "unknown") lose();
        throw error;
      } finally {
        posts.delete(sent);
      }
    },

    poll() {
      // One request after the other: an acknowledgement is told once, to the first that asks.
      asking = asking.then(ask);
      return asking;
    },
  };
  return channel;
}
