// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./apache-arrow.d.ts" />
import { Client, HttpConnection, Serializer, Transport } from "@elastic/elasticsearch";
import type { ClientOptions } from "@elastic/elasticsearch";

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

/** Leaves answers as text: what is no JSON, or half of it, tells what has answered. */
class PlainSerializer extends Serializer {
  override deserialize<T = unknown>(json: string): T {
    return json as T;
  }
}

/** Why a request failed, by its signal: of the errors below it the client keeps the text only, and `localhost` has none. */
export const failures: WeakMap<object, unknown> = new WeakMap();

/**
 * The client's other kind of connection knows no proxies, and it looks at `ca_fingerprint` only once where a session of TLS 1.2 is resumed (ES-47).
 */
class Connection extends HttpConnection {
  constructor(options: ConstructorParameters<typeof HttpConnection>[0]) {
    super(options);
    const { makeRequest } = this;
    const make = (given: { readonly signal: AbortSignal }): ReturnType<typeof makeRequest> =>
      makeRequest(given).once("error", (error: unknown) => failures.set(given.signal, error));
    this.makeRequest = make as typeof makeRequest;
  }

  /** With the signal, Node breaks off an answer that has begun, too. */
  override buildRequestObject(
    ...[params, options]: Parameters<HttpConnection["buildRequestObject"]>
  ): ReturnType<HttpConnection["buildRequestObject"]> {
    return { ...super.buildRequestObject(params, options), ...(options.signal && { signal: options.signal }) };
  }

  /** Does not wait for requests: none is under way any more. */
  override async close(): Promise<void> {
    this.agent?.destroy();
  }
}

/** Opens a client that never retries (ES-46) and has no timer of its own (ES-44): the host does the one, signals do the other. */
export function openClient(options: ClientOptions): Client {
  const classes = { Transport: PlainTransport, Serializer: PlainSerializer, Connection };
  return new Client({ ...options, ...classes, maxRetries: 0, enableMetaHeader: false });
}
