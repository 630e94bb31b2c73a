import type { Answer } from "../http/reply.ts";
import { jsonAnswer } from "../http/reply.ts";
import type { ReceivedRequest, RequestHead } from "../http/request.ts";
import { authorize, channelOf } from "./access.ts";
import type { Access, HecTokens } from "./access.ts";
import { Acks } from "./acks.ts";
import { hecAnswer } from "./codes.ts";
import type { EventScript, HecEvent } from "./hec.ts";
import { readEvents, readLines } from "./hec.ts";
import { routeOf } from "./routes.ts";
import type { Route } from "./routes.ts";

/** How a collector is set up. */
export interface CollectorOptions {
  readonly tokens: HecTokens;
  /** Whether it answers as Splunk Cloud does, or else as Splunk Enterprise. @default false */
  readonly cloud?: boolean;
  /**
   * In bytes, after decompression. What is longer gets a 413, or with `cloud` code 6 at object 0.
   * @default 838860800, with `cloud` 5242881
   */
  readonly maxContentLength?: number;
  /** Whether posts must name a channel even where the token is not to be acknowledged. @default false */
  readonly requireChannel?: boolean;
  /** What is to go wrong with single events. */
  readonly eventFault?: EventScript;
}

/** `max_content_length` of Enterprise 10, and the longest body that Cloud was seen to take. */
const MAX_CONTENT_LENGTH = { enterprise: 838_860_800, cloud: 5_242_881 };
const NOT_FOUND = { text: "The requested URL was not found on this server.", code: 404 };

/** What Splunk does with a request, without the network. */
export class Collector {
  readonly acks: Acks = new Acks();
  readonly events: HecEvent[] = [];
  /** The code of every success: 24 and 25 say that a queue fills up, and the events are indexed all the same. */
  successCode: 0 | 24 | 25 = 0;
  eventFault: EventScript | undefined;
  readonly #options: CollectorOptions;
  readonly #cloud: boolean;
  readonly #maxContentLength: number;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.eventFault = options.eventFault;
    this.#cloud = options.cloud ?? false;
    this.#maxContentLength = options.maxContentLength ?? MAX_CONTENT_LENGTH[this.#cloud ? "cloud" : "enterprise"];
  }

  /** The answer to what Splunk refuses before it reads the body, if it does. */
  refuse({ method, path, headers }: RequestHead): Answer | undefined {
    if (method !== "POST") return undefined;
    const { "content-encoding": encoding = "identity", "content-length": length = "0" } = headers;
    // gzip is known to work for events only.
    const isReadable = encoding === "identity" || (encoding === "gzip" && routeOf(path) !== "ack");
    if (!isReadable) return htmlAnswer(415, "Unsupported Media Type");
    return this.#cloud ? undefined : this.#tooLarge(Number(length));
  }

  /** @param indexer behind a load balancer, which of the indexers the request came to; each has channels of its own */
  answer(request: ReceivedRequest, indexer: string): Answer {
    const route = routeOf(request.path);
    if (!route) return jsonAnswer(404, NOT_FOUND);
    const methods = route === "health" ? ["GET", "HEAD"] : ["POST"];
    if (request.method === "OPTIONS") return { status: 200, headers: { allow: [...methods, "OPTIONS"].join(",") } };
    // The body of a 405 says 404, as Splunk's does.
    if (!methods.includes(request.method)) return jsonAnswer(405, NOT_FOUND);
    if (route === "health") return this.#health(request);
    const access = authorize(request, this.#options.tokens);
    if (typeof access === "number") return hecAnswer(access);
    return route === "ack" ? this.#ack(request, access, indexer) : this.#take(request, route, access, indexer);
  }

  #health(request: RequestHead): Answer {
    // No token is needed, but one that is there is looked at.
    if (request.headers.authorization === undefined) return hecAnswer(17);
    const access = authorize(request, this.#options.tokens);
    if (typeof access !== "number") return hecAnswer(17);
    return hecAnswer(access === 1 ? 22 : 21);
  }

  #ack(request: ReceivedRequest, { name, token }: Access, indexer: string): Answer {
    if (!token.useAck) return hecAnswer(14);
    const channel = channelOf(request, this.#cloud);
    if (typeof channel === "number") return hecAnswer(channel);
    const ids = ackIds(request.body.toString());
    if (!ids) return hecAnswer(6);
    return jsonAnswer(200, { acks: this.acks.poll(`${indexer} ${name} ${channel.channel}`, ids) });
  }

  #take(request: ReceivedRequest, route: Exclude<Route, "ack" | "health">, access: Access, indexer: string): Answer {
    const { name, token } = access;
    // A token that is not to be acknowledged ignores the channel, whatever it is.
    const isNeeded = token.useAck || this.#options.requireChannel;
    const channel = isNeeded ? channelOf(request, this.#cloud) : undefined;
    if (typeof channel === "number") return hecAnswer(channel);
    const { body } = request;
    if (this.#cloud && body.length > this.#maxContentLength) return hecAnswer(6, { invalidEvent: 0 });
    const tooLarge = this.#tooLarge(body.length);
    if (tooLarge) return tooLarge;

    const text = body.toString();
    const result = route === "raw" ? readLines(text, request.query, token) : readEvents(text, token, this.eventFault);
    for (const event of result.events) this.events.push(event);
    // An error carries the id of what was indexed before it.
    const hasAck = token.useAck && channel && (result.code === 0 || result.events.length > 0);
    const ackId = hasAck ? this.acks.issue(`${indexer} ${name} ${channel.channel}`) : undefined;
    return hecAnswer(result.code || this.successCode, { invalidEvent: result.invalidEvent, ackId });
  }

  #tooLarge(length: number): Answer | undefined {
    if (length <= this.#maxContentLength) return undefined;
    return htmlAnswer(413, `Content-Length of ${length} too large (maximum is ${this.#maxContentLength})`);
  }
}

/** The ids of a poll; undefined if the body is not a poll. */
function ackIds(body: string): number[] | undefined {
  try {
    const { acks } = JSON.parse(body) as { acks?: unknown };
    return Array.isArray(acks) && acks.every(Number.isInteger) ? acks : undefined;
  } catch {
    return undefined;
  }
}

/** What the HTTP server in Splunk answers itself is not JSON. */
function htmlAnswer(status: number, text: string): Answer {
  const body = `<!doctype html><html><head><title>${status} ${text}</title></head><body><h1>${text}</h1></body></html>`;
  return { status, headers: { "content-type": "text/html; charset=UTF-8" }, body };
}
