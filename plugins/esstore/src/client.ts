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
      // What is no JSON, or half of it, is text: it tells what has answered.
      return json as T;
    }
  }
}

/** Why a request failed, by its signal: of the errors below it the client keeps the text only, and `localhost` has none. */
export const failures: WeakMap<object, unknown> = new WeakMap();

type Given = { readonly signal?: AbortSignal };

function keepFailure({ signal }: Given, error: unknown): void {
  if (signal) failures.set(signal, error);
}

class PooledConnection extends UndiciConnection {
  constructor(options: ConstructorParameters<typeof UndiciConnection>[0]) {
    super(options);
    const send = this.pool.request.bind(this.pool) as (given: Given) => Promise<unknown>;
    const request: typeof send = (given) =>
      send(given).catch((error: unknown) => {
        keepFailure(given, error);
        throw error;
      });
    this.pool.request = request as typeof this.pool.request;
  }
}

/** For proxies, which the other kind of connection cannot use (ES-47). */
class ProxiedConnection extends HttpConnection {
  constructor(options: ConstructorParameters<typeof HttpConnection>[0]) {
    super(options);
    const { makeRequest } = this;
    const make = (given: Given): ReturnType<typeof makeRequest> =>
      makeRequest(given).once("error", (error: unknown) => keepFailure(given, error));
    this.makeRequest = make as typeof makeRequest;
  }

  /** With the signal, Node breaks off an answer that has begun, too. */
  override buildRequestObject(
    ...[params, options]: Parameters<HttpConnection["buildRequestObject"]>
  ): ReturnType<HttpConnection["buildRequestObject"]> {
    return { ...super.buildRequestObject(params, options), ...(options.signal && { signal: options.signal }) };
  }
}

/** Opens a client that never retries (ES-46) and has no timer of its own (ES-44): the host does the one, signals do the other. */
export function openClient(options: ServerOptions): Client {
  return new Client({
    ...options,
    Transport: PlainTransport,
    Serializer: PlainSerializer,
    Connection: options.proxy === undefined ? PooledConnection : ProxiedConnection,
    maxRetries: 0,
    enableMetaHeader: false,
  });
}
