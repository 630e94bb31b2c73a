import type { Batch, Clock, StoreRecord } from "@cloudmarker/store-api";
import { type BareOutcome, excerpt, type HttpServer, readObject, waitFor } from "@cloudmarker/store-api/kit";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf } from "./server.ts";

/** A channel of a collector: its acknowledgements have ids from 0, each is told once, and a restart of the server begins at 0 again (HEC-30, HEC-31). */
export interface Channel {
  readonly guid: string;
  /** After a failure the server may have been restarted and count from 0 again: something new would be taken for something old. */
  isDoubtful: boolean;
  /** Records that the indexers have. */
  readonly acknowledged: WeakSet<StoreRecord>;
  /** Waits until the indexers have records that were sent together; what keeps them from it, if something does. The question stays open when time is up. */
  confirm(records: Batch, id: number | undefined, signal: AbortSignal): Promise<BareOutcome | undefined>;
  /** A post is under way, until the function that this returns is called. */
  begin(): () => void;
  /**
   * A post got no answer, and may have been taken: by a server that was restarted, or by another one, with an id that is open for other records. None of
   * these can be trusted any more.
   */
  lose(): void;
  /** Asks for everything that is open. A question that is not answered is no acknowledgement, and no error (HEC-32). */
  poll(): Promise<void>;
}

const LOST =
  "took the records, but nobody can tell whose an acknowledgement would be: the answer to others was lost, or has the same id.";

/** Makes a channel, which asks while somebody waits, for all ids in one request. */
export function openChannel(guid: string, params: SplunkHecStoreParams, server: HttpServer, clock: Clock): Channel {
  const { token, ack_timeout, ack_poll_interval } = params;
  const { peer } = server;
  /** What to do once an id is acknowledged, or can no longer be. */
  const open = new Map<number, (isAcknowledged: boolean) => void>();
  /** Why the last question was not answered. */
  let problem = "";
  let waiting = 0;
  let timer: unknown;
  let asking: Promise<void> = Promise.resolve();
  const posts = new Set<Promise<void>>();

  async function ask(): Promise<void> {
    if (open.size === 0) return;
    try {
      // Never compressed: collectors are known that do not take that here (HEC-09).
      const headers = headersOf(token, guid);
      const body = { acks: [...open.keys()] };
      const answer = await server.send({ method: "POST", path: `/ack?channel=${guid}`, headers, body });
      const { acks } = readObject(answer.body);
      if (answer.status !== 200 || typeof acks !== "object" || acks === null)
        throw new Error(`${peer} answers ${answer.status} with ${excerpt(answer.body)}.`);
      problem = "";
      const told = [...open].filter(([id]) => (acks as Record<number, unknown>)[id] === true);
      // A post without an answer may be about to get the same id, from a server that was restarted or is another: then it is about that one.
      if (told.length > 0) await Promise.all(posts);
      for (const [id, settle] of told) if (open.get(id) === settle && open.delete(id)) settle(true);
    } catch (error) {
      channel.isDoubtful = true;
      problem = ` The last question failed: ${(error as Error).message}`;
    }
  }

  /** One timer while somebody waits, else none. */
  function schedule(): void {
    if (waiting > 0) timer ??= clock.setTimeout(() => void tick(), ack_poll_interval);
    else timer = clock.clearTimeout(timer);
  }

  async function tick(): Promise<void> {
    timer = undefined;
    await channel.poll();
    schedule();
  }

  function doubt(code: string, reason: string): BareOutcome {
    channel.isDoubtful = true;
    return { status: "unknown", code, reason: `${peer} ${reason}` };
  }

  const channel: Channel = {
    guid,
    isDoubtful: false,
    acknowledged: new WeakSet(),

    async confirm(records, id, signal) {
      const noAck = `${peer} took the records, but acknowledges nothing for this token: switch indexer acknowledgement on for it, or set ack to auto.`;
      if (id === undefined) return { status: "blocked", code: "no_ack", reason: noAck };
      // An id that comes again tells that another server is answering: nobody knows any more whose the acknowledgement would be.
      const twice =
        "gave the same id of an acknowledgement twice: it was restarted, or a load balancer spreads the requests.";
      const earlier = open.get(id);
      if (earlier) {
        open.delete(id);
        earlier(false);
        return doubt("ack_lost", twice);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      let isAcknowledged = false;
      open.set(id, (is) => {
        isAcknowledged = is;
        if (is) for (const record of records) channel.acknowledged.add(record);
        resolve();
      });
      waiting++;
      schedule();
      const isSettled = await waitFor(promise, clock, ack_timeout, signal);
      waiting--;
      schedule();
      if (isAcknowledged) return undefined;
      if (isSettled) return doubt("ack_lost", LOST);
      return doubt("ack_timeout", `took the records, but did not acknowledge them in time.${problem}`);
    },

    begin() {
      const { promise, resolve } = Promise.withResolvers<void>();
      posts.add(promise);
      return () => {
        posts.delete(promise);
        resolve();
      };
    },

    lose() {
      channel.isDoubtful = true;
      for (const settle of open.values()) settle(false);
      open.clear();
    },

    poll() {
      // One after the other: an acknowledgement is told once, and to whoever asks first.
      asking = asking.then(ask);
      return asking;
    },
  };
  return channel;
}
