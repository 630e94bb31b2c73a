// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./apache-arrow.d.ts" />
import { Client, HttpConnection, Serializer, Transport, UndiciConnection } from "@elastic/elasticsearch";
import type { ServerOptions } from "./server.ts";

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

/** Known members alone are read from an answer, so that the client need not search all of it for dangerous ones. */
class PlainSerializer extends Serializer {
  override deserialize<T = unknown>(json: string): T {
    try {
      return JSON.parse(json) as T;
    } catch {
      // For the error that the client has for that.
      return super.deserialize<T>(json);
    }
  }
}

/** Why a request failed, by its signal: of the errors below it the client keeps the text only, and `localhost` has none. */
const failures = new WeakMap<object, unknown>();

class PooledConnection extends UndiciConnection {
  constructor(options: ConstructorParameters<typeof UndiciConnection>[0]) {
    super(options);
    const { pool } = this;
    const send = pool.request.bind(pool) as PoolRequest;
    const request: PoolRequest = async (given) => {
      try {
        return await send(given);
      } catch (error) {
        if (given.signal) failures.set(given.signal, error);
        throw error;
      }
    };
    pool.request = request as typeof pool.request;
  }
}

type PoolRequest = (given: { readonly signal?: AbortSignal }) => Promise<unknown>;

/** For proxies, which the other kind of connection cannot use (ES-47). */
class ProxiedConnection extends HttpConnection {
  constructor(options: ConstructorParameters<typeof HttpConnection>[0]) {
    super(options);
    const { makeRequest } = this;
    const make = (given: { readonly signal?: AbortSignal }): ReturnType<typeof makeRequest> => {
      const request = makeRequest(given);
      request.once("error", (error) => given.signal && failures.set(given.signal, error));
      return request;
    };
    this.makeRequest = make as typeof makeRequest;
  }

  /** With the signal, Node breaks off an answer that has begun, too. */
  override buildRequestObject(
    ...[params, options]: Parameters<HttpConnection["buildRequestObject"]>
  ): ReturnType<HttpConnection["buildRequestObject"]> {
    return { ...super.buildRequestObject(params, options), ...(options.signal && { signal: options.signal }) };
  }
}

/**
 * Opens a client that never retries (ES-46) and has no timer of its own (ES-44): the host does the one, signals do the other.
 * `failureOf` is the error of the connection that a request failed with, by the signal of the request.
 */
export function openClient(options: ServerOptions): {
  readonly client: Client;
  failureOf(signal: AbortSignal): unknown;
} {
  const client = new Client({
    ...options,
    Transport: PlainTransport,
    Serializer: PlainSerializer,
    Connection: options.proxy === undefined ? PooledConnection : ProxiedConnection,
    maxRetries: 0,
    enableMetaHeader: false,
  });
  return { client, failureOf: (signal) => failures.get(signal) };
}
