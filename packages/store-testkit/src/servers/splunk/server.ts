import { answer, type HttpFaults, httpFaults } from "../http/faults.ts";
import type { Answer } from "../http/reply.ts";
import type { ReceivedRequest } from "../http/request.ts";
import { startHttpServer } from "../http/server.ts";
import type { TlsOptions } from "../http/server.ts";
import type { Acks } from "./acks.ts";
import { isEventPost } from "./code-fault.ts";
import { Collector } from "./collector.ts";
import type { CollectorOptions } from "./collector.ts";
import type { EventScript, HecEvent } from "./hec.ts";
import { LoadBalancer } from "./load-balancer.ts";

/** What {@link startSplunk} takes. */
export interface SplunkOptions extends CollectorOptions {
  readonly tls?: TlsOptions;
  /** Whether it is behind a load balancer that identifies clients by a cookie. @default false */
  readonly sticky?: boolean;
  /** @default 0, which means any free port */
  readonly port?: number;
}

/** A Splunk HTTP Event Collector on 127.0.0.1 that does what the test says. */
export interface SplunkServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The faults; `codeFault` makes faults with a code. */
  readonly faults: HttpFaults;
  readonly ack: Acks;
  /**
   * The code of every success: 24 and 25 say that a queue fills up, and the events are indexed all the same. @default 0
   */
  successCode: 0 | 24 | 25;
  /** What is to go wrong with single events. */
  eventFault: EventScript | undefined;
  /** How many requests came in so far, of any kind. */
  readonly requests: number;
  /** How many of them brought events, and were read to their end. */
  readonly posts: number;
  /** How many events were indexed; those that were sent twice count twice. */
  readonly indexed: number;
  /** The events in the order in which they were indexed. */
  events(): readonly HecEvent[];
  /** The values of `fields.record_id`, and how many indexed events have each. */
  recordIds(): Map<string, number>;
  /** Stops listening and destroys what connections are open. */
  stop(): Promise<void>;
  /** Starts again at the same port; the events stay, the channels and what was not acknowledged yet are forgotten. */
  restart(): Promise<void>;
}

/** Starts a collector that knows the given tokens. */
export async function startSplunk(options: SplunkOptions): Promise<SplunkServer> {
  const collector = new Collector(options);
  const balancer = options.sticky ? new LoadBalancer() : undefined;
  const faults = httpFaults();
  let posts = 0;

  const apply = (request: ReceivedRequest): Answer => {
    const { indexer, cookie } = balancer?.route(request.headers) ?? { indexer: "" };
    const result = collector.answer(request, indexer);
    return cookie === undefined ? result : { ...result, headers: { ...result.headers, "set-cookie": cookie } };
  };
  const http = await startHttpServer({
    gate(head, reply) {
      const refusal = collector.refuse(head);
      if (refusal) reply.send(refusal);
    },
    handle(request, reply) {
      if (isEventPost(request)) posts++;
      return answer(request, reply, faults, () => apply(request));
    },
    tls: options.tls,
    port: options.port,
  });
  return {
    url: http.url,
    port: http.port,
    faults,
    ack: collector.acks,
    get eventFault() {
      return collector.eventFault;
    },
    set eventFault(script) {
      collector.eventFault = script;
    },
    get successCode() {
      return collector.successCode;
    },
    set successCode(code) {
      collector.successCode = code;
    },
    get requests() {
      return http.requests;
    },
    get posts() {
      return posts;
    },
    get indexed() {
      return collector.events.length;
    },
    events: () => collector.events,
    recordIds: () => countRecordIds(collector.events),
    stop: () => http.stop(),
    async restart() {
      await http.stop();
      collector.acks.forget();
      await http.restart();
    },
    [Symbol.asyncDispose]: () => http.stop(),
  };
}

function countRecordIds(events: readonly HecEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { fields } of events) {
    const id = fields?.["record_id"];
    if (typeof id === "string") counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
