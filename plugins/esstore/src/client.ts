// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./apache-arrow.d.ts" />
import { TLSSocket } from "node:tls";
import { openAgent, type TlsOptions } from "@cloudmarker/store-api/kit";
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
  const factory = fingerprint === undefined ? undefined : pinnedPool(fingerprint);
  const agent = openAgent<Dispatcher>({ Agent, Pool, ProxyAgent }, tls, proxy, factory);

  /** Of the client's own two kinds one knows no proxies, and the other loses an answer that comes before the request is sent (ES-47). */
  class Connection extends BaseConnection {
    override request = (async (given: ConnectionRequestParams, { signal }: ConnectionRequestOptions) => {
      const { method, headers = {}, body = null } = given;
      const { origin, pathname } = this.url;
      const path = pathname.replace(/\/$/u, "") + given.path;
      try {
        const answer = await agent.request({ origin, path, method, headers, body, signal: signal ?? null });
        const bytes = Buffer.from(await answer.body.arrayBuffer());
        return { statusCode: answer.statusCode, headers: answer.headers, body: bytes };
      } catch (cause) {
        // Such an error makes the client pass this node over for a while.
        throw new errors.ConnectionError("", undefined, { redaction: { type: "remove" }, cause });
      }
    }) as BaseConnection["request"];

    override close = (): Promise<void> => agent.destroy();
  }
  const classes = { Transport: PlainTransport, Serializer: PlainSerializer, Connection };
  return new Client({ ...options, ...classes, maxRetries: 0, enableMetaHeader: false });
}

/** Makes pools whose connections go on only where the top of the server's certificates has this fingerprint, trusted or not (ES-47). */
function pinnedPool(fingerprint: string): (origin: string | URL, options: Pool.Options) => Pool {
  const wanted = fingerprint.replaceAll(":", "").toUpperCase();
  return (origin, { connect, ...options }) => {
    const open = typeof connect === "function" ? connect : buildConnector(connect);
    const pinned: buildConnector.connector = (to, done) =>
      open(to, (...[error, socket]) => {
        if (error) return done(error, null);
        let top = socket instanceof TLSSocket ? socket.getPeerCertificate(true) : undefined;
        while (top?.issuerCertificate && top.issuerCertificate !== top) top = top.issuerCertificate;
        if (String(top?.fingerprint256).replaceAll(":", "") === wanted) return done(null, socket);
        socket.destroy();
        return done(Object.assign(new Error("other fingerprint"), { code: "CERT_FINGERPRINT" }), null);
      });
    return new Pool(origin, { ...options, connect: pinned });
  };
}
