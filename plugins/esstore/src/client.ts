// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./apache-arrow.d.ts" />
import { type AgentOptions, openAgent, readBody } from "@cloudmarker/store-api/kit";
import { BaseConnection, errors, Serializer, Transport, WeightedConnectionPool } from "@elastic/elasticsearch";
import type { ConnectionRequestOptions, ConnectionRequestParams } from "@elastic/elasticsearch";
import * as undici from "undici";

/** An answer may quote each record of a batch. What is longer is no answer of a cluster, and must not fill the memory. */
const MOST_ANSWER_BYTES = 32 << 20;

/** Leaves answers as text: what is no JSON, or half of it, tells what has answered. */
class PlainSerializer extends Serializer {
  override deserialize<T = unknown>(json: string): T {
    return json as T;
  }
}

/**
 * Opens the client's transport alone, for Elasticsearch 7, 8, 9 and OpenSearch: the client around it would want the media types of one version, and
 * look at the header by which Elasticsearch names itself, which proxies remove and OpenSearch does not send (ES-40, ES-41, ES-42). It never retries
 * (ES-46) and has no timer of its own (ES-44): the host does the one, signals do the other.
 */
export function openTransport(
  nodes: readonly string[],
  headers: Record<string, string>,
  options: AgentOptions,
): { readonly transport: Transport; close(): Promise<void> } {
  const { agent, close } = openAgent<undici.Dispatcher, undici.buildConnector.Options>(undici, options);

  /** Of the client's own two kinds one knows no proxies, and the other loses an answer that comes before the request is sent (ES-47). */
  class Connection extends BaseConnection {
    override request = (async (given: ConnectionRequestParams, { signal }: ConnectionRequestOptions) => {
      const { method, headers: sent = {}, body = null } = given;
      const { origin, pathname } = this.url;
      const path = pathname.replace(/\/$/u, "") + given.path;
      try {
        const answer = await agent.request({ origin, path, method, headers: sent, body, signal: signal ?? null });
        // As bytes, for the transport unpacks it.
        const bytes = await readBody(answer.body, MOST_ANSWER_BYTES);
        return { statusCode: answer.statusCode, headers: answer.headers, body: bytes };
      } catch (cause) {
        // Such an error makes the transport pass this node over for a while.
        throw new errors.ConnectionError((cause as Error).message, undefined, { redaction: { type: "remove" }, cause });
      }
    }) as BaseConnection["request"];
  }
  const connectionPool = new WeightedConnectionPool({ Connection });
  connectionPool.addConnection([...nodes]);
  // Else each answer with an error status costs seconds, in which the body of the request is copied byte by byte in search of secrets.
  const redaction = { type: "off" } as const;
  const serializer = new PlainSerializer();
  const quiet = { redaction, serializer, maxRetries: 0, enableMetaHeader: false };
  return { transport: new Transport({ ...quiet, connectionPool, headers }), close };
}
