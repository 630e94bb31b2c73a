// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./apache-arrow.d.ts" />
import { isStoreError, type StoreError } from "@cloudmarker/store-api";
import { pipeline } from "node:stream";
import zlib from "node:zlib";
import {
  type AgentOptions,
  assertTimeLeft,
  firstPeer,
  type HttpAnswer,
  type HttpServerOptions,
  networkError,
  type OpenAgent,
  openAgent,
  type Proxy,
  readBody,
} from "@cloudmarker/store-kit/http";
import { BaseConnection, errors, Serializer, Transport, WeightedConnectionPool } from "@elastic/elasticsearch";
import type { ConnectionRequestOptions, ConnectionRequestParams, TransportResult } from "@elastic/elasticsearch";
// By its file: "undici" alone is a part of Bun, which has no agents.
import * as undici from "undici/index.js";
import type { NodeRequest, Sign } from "./aws/signer.ts";

/**
 * An answer may quote each record of a batch. A longer answer does not come from a cluster, and must not fill the
 * memory.
 */
const MOST_ANSWER_BYTES = 32 << 20;

/** Leaves answers as text: text that is not JSON, or half of it, shows which server has answered. */
const serializer = Object.assign(new Serializer(), { deserialize: (text: string) => text });

/**
 * Opens only the client's transport, for Elasticsearch 7, 8, 9 and OpenSearch. The client around it would require the
 * media types of one version. It would also look for the header by which Elasticsearch names itself, which proxies
 * remove and OpenSearch does not send (ES-40, ES-41, ES-42). The transport never retries (ES-46) and has no timer of
 * its own (ES-44): the host retries, and signals limit the time.
 * @param nodes - their URLs, each with the proxy on the way there
 * @param headers - of every request that does not set them itself
 * @param sign - signs each request before it is sent
 */
export function openClient(
  nodes: ReadonlyMap<string, Proxy | undefined>,
  headers: Record<string, string>,
  options: Omit<AgentOptions, "proxy">,
  sign?: Sign,
): Pick<HttpServerOptions, "exchange" | "close"> {
  const urls = [...nodes.keys()];
  const ways = new Map(Array.from(nodes, ([url, proxy]) => [new URL(url).origin, proxy]));
  /** By the URL of the proxy. */
  const agents = new Map<string | undefined, OpenAgent<undici.Dispatcher>>();
  for (const proxy of new Set(Array.from(ways.values(), (way) => way?.url)))
    agents.set(proxy, openAgent<undici.Dispatcher, undici.buildConnector.Options>(undici, { ...options, proxy }));
  const close = async (): Promise<void> => void (await Promise.all(Array.from(agents.values(), (one) => one.close())));

  /**
   * The client has two kinds of connections: one knows no proxies, and the other loses an answer that comes before the
   * request is sent (ES-47).
   */
  class Connection extends BaseConnection {
    override request = (async (given: ConnectionRequestParams, { signal }: ConnectionRequestOptions) => {
      const { origin, pathname } = this.url;
      const { agent } = agents.get(ways.get(origin)?.url) as OpenAgent<undici.Dispatcher>;
      const { body = null, headers: sent = {}, method } = given;
      const whole = { method, path: pathname.replace(/\/$/u, "") + given.path, headers: sent };
      try {
        const request = sign ? await sign(this.url, whole as NodeRequest, (body ?? "") as Buffer | string) : whole;
        if (signal) assertTimeLeft(signal);
        const answer = await agent.request({ ...(request as typeof whole), origin, body, signal: signal ?? null });
        const { "content-encoding": packing, ...rest } = answer.headers;
        const isPacked = /gzip|deflate/u.test(String(packing));
        // Unpacked here, since the transport would unpack an answer of any size.
        const unpacked = isPacked ? pipeline(answer.body, zlib.createUnzip(), () => undefined) : answer.body;
        const bytes = await readBody(unpacked, MOST_ANSWER_BYTES);
        if (bytes.length > MOST_ANSWER_BYTES) throw new Error("its answer is longer than 32 MiB");
        return { statusCode: answer.statusCode, headers: rest, body: bytes };
      } catch (cause) {
        // Such an error makes the transport skip this node for a while.
        throw new errors.ConnectionError((cause as Error).message, undefined, { redaction: { type: "remove" }, cause });
      }
    }) as BaseConnection["request"];
  }
  const connectionPool = new WeightedConnectionPool({ Connection });
  connectionPool.addConnection(urls);
  // Without this each answer with an error status takes seconds, in which the body of the request is copied byte by
  // byte in search of secrets.
  const redaction = { type: "off" } as const;
  const quiet = { maxRetries: 0, enableMetaHeader: false, redaction };
  const transport = new Transport({ ...quiet, connectionPool, serializer, headers });

  return {
    close,
    async exchange({ method, path, headers: own = {}, body = "" }, signal) {
      try {
        return answerOf(await transport.request({ method, path, body }, { headers: own, signal, meta: true }));
      } catch (error) {
        const { name, message, meta, cause } = error as Error & { readonly meta?: TransportResult };
        // An answer with an error status is an answer.
        if (name === "ResponseError" && meta) return answerOf(meta);
        // The client's own error is not passed on: it holds the whole request, with its secrets.
        const node = meta?.meta.connection?.url.origin ?? urls.join(", ");
        const known = storeErrorIn(cause);
        if (known) throw known;
        throw networkError(cause ?? new Error(message), node, firstPeer(node, ways.get(node)));
      }
    },
  };
}

/** An error of `sign`, or a lack of time, which the transport wraps as its own. */
function storeErrorIn(error: unknown, depth = 0): StoreError | undefined {
  if (isStoreError(error)) return error;
  return depth < 3 && error ? storeErrorIn((error as Error).cause, depth + 1) : undefined;
}

function answerOf({ statusCode = 0, headers, body, meta }: TransportResult): HttpAnswer & { peer?: string } {
  const answer = { status: statusCode, headers: headers as HttpAnswer["headers"], body: String(body ?? "") };
  return { ...answer, ...(meta.connection && { peer: meta.connection.url.origin }) };
}
