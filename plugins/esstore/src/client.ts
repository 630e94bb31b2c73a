// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./apache-arrow.d.ts" />
import { openAgent, readBody, type TlsOptions } from "@cloudmarker/store-api/kit";
import { BaseConnection, Client, errors, Serializer, Transport } from "@elastic/elasticsearch";
import type { ClientOptions, ConnectionRequestOptions, ConnectionRequestParams } from "@elastic/elasticsearch";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import type { EsStoreParams } from "./params.ts";

/**
 * One client for Elasticsearch 7, 8, 9 and OpenSearch: plain media types, and no look at the header by which Elasticsearch names itself, which
 * proxies remove and OpenSearch does not send (ES-40, ES-41, ES-42).
 */
class PlainTransport extends Transport {
  constructor(options: ConstructorParameters<typeof Transport>[0]) {
    const plain = { ...options };
    delete plain.productCheck;
    delete plain.vendoredHeaders;
    super(plain);
  }
}

/** An answer may quote each record of a batch. What is longer is no answer of a cluster, and must not fill the memory. */
const MOST_ANSWER_BYTES = 32 << 20;

/** Leaves answers as text: what is no JSON, or half of it, tells what has answered. */
class PlainSerializer extends Serializer {
  override deserialize<T = unknown>(json: string): T {
    return json as T;
  }
}

/** Opens a client that never retries (ES-46) and has no timer of its own (ES-44): the host does the one, signals do the other. */
export function openClient(
  options: ClientOptions,
  tls: TlsOptions | undefined,
  { proxy, ca_fingerprint: fingerprint }: EsStoreParams,
): Client {
  const { agent, close } = openAgent<Dispatcher, buildConnector.Options>(
    { Agent, Pool, ProxyAgent, buildConnector },
    { tls, proxy, fingerprint },
  );

  /** Of the client's own two kinds one knows no proxies, and the other loses an answer that comes before the request is sent (ES-47). */
  class Connection extends BaseConnection {
    override request = (async (given: ConnectionRequestParams, { signal }: ConnectionRequestOptions) => {
      const { method, headers = {}, body = null } = given;
      const { origin, pathname } = this.url;
      const path = pathname.replace(/\/$/u, "") + given.path;
      try {
        const request = { origin, path, method, headers, body, signal: signal ?? null };
        const answer = await agent.request(request);
        // As bytes, for the client unpacks it.
        const bytes = await readBody(answer.body, MOST_ANSWER_BYTES);
        return { statusCode: answer.statusCode, headers: answer.headers, body: bytes };
      } catch (cause) {
        // Such an error makes the client pass this node over for a while.
        throw new errors.ConnectionError((cause as Error).message, undefined, { redaction: { type: "remove" }, cause });
      }
    }) as BaseConnection["request"];

    override close = close;
  }
  const classes = { Transport: PlainTransport, Serializer: PlainSerializer, Connection };
  // Else each answer with an error status costs seconds, in which the body of the request is copied byte by byte in search of secrets.
  const redaction = { type: "off" } as const;
  return new Client({ ...options, ...classes, redaction, maxRetries: 0, enableMetaHeader: false });
}
