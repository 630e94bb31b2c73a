import {
  hostInUrl,
  type HttpRequest,
  httpServer,
  type HttpServer,
  loadTls,
  plainTextWarning,
  proxyFor,
  shownRequest,
} from "@cloudmarker/store-kit/http";
import { type ExplainedRequest, MASK, type StoreContext } from "@cloudmarker/store-api";
import { openSigner } from "./aws/signer.ts";
import { strictPath } from "./aws/strict-path.ts";
import type { EsStoreParams } from "./params.ts";

/** The URLs of the cluster's nodes, without a slash at the end. */
export function nodesOf({ host, port, node, nodes, cloud_id }: EsStoreParams): readonly string[] {
  if (cloud_id !== undefined) return [cloudNode(cloud_id) ?? ""];
  return (nodes ?? [node ?? hostUrl(host, port)]).map((url) => url.replace(/\/+$/u, ""));
}

/** `host` may be `HOST:PORT` or a URL: the client of the predecessor took both. */
function hostUrl(host: string, port: number): string {
  if (/^https?:\/\//u.test(host)) return host;
  const [, name = host, own = port] = /^(\[.*\]|[^:]*):(\d+)$/u.exec(host) ?? [];
  return `http://${hostInUrl(name)}:${own}`;
}

/**
 * The URL in a Cloud ID, `NAME:BASE64` of `HOST$ELASTICSEARCH$KIBANA`, or undefined. The client could read it too, but
 * would then also choose compression and an old version of TLS (ES-47).
 */
export function cloudNode(cloudId: string): string | undefined {
  const [, encoded = ""] = /^[^:]*:(.+)$/u.exec(cloudId) ?? [];
  const [domain = "", id = ""] = Buffer.from(encoded, "base64").toString().split("$");
  // A port behind the id is that of Elasticsearch alone, and goes before that of the domain (L-45).
  const [host, hostPort] = domain.split(":");
  const [name, port = hostPort] = id.split(":");
  return host && name ? URL.parse(`https://${name}.${host}${port ? `:${port}` : ""}`)?.origin : undefined;
}

/** Headers of every request that does not set them itself. */
function headersOf(params: EsStoreParams): Record<string, string> {
  const { username, password = "", api_key, bearer, compression, headers } = params;
  const basic = username === undefined ? undefined : Buffer.from(`${username}:${password}`).toString("base64");
  const access = Object.entries({ ApiKey: api_key, Bearer: bearer, Basic: basic }).find(([, secret]) => secret);
  return {
    ...lowerCased(headers),
    "user-agent": "cloudmarker-esstore",
    ...(access && { authorization: access.join(" ") }),
    ...(compression && { "accept-encoding": "gzip,deflate" }),
    "content-type": "application/json",
    accept: "application/json",
  };
}

/** The params with which the store says who it is. */
function secretsOf({ password, api_key, bearer }: EsStoreParams): readonly string[] {
  return Object.entries({ password, api_key, bearer }).flatMap(([name, secret]) =>
    secret === undefined ? [] : [name],
  );
}

/** Names of headers in one form, so that none is sent twice. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** A request as it goes to the first node, with its secrets masked. */
export function shown(
  params: EsStoreParams,
  request: HttpRequest,
  records: number,
  { env }: Pick<StoreContext, "env">,
): ExplainedRequest {
  // A header that the user gave may be a secret.
  const given = Object.fromEntries(Object.keys(params.headers).map((name) => [name.toLowerCase(), MASK]));
  const signature = params.aws && { authorization: "AWS4-HMAC-SHA256 of the time when it is sent" };
  const headers = { ...headersOf(params), ...given, ...request.headers, ...signature };
  const path = params.aws ? strictPath(request.path) : request.path;
  const node = nodesOf(params)[0] ?? "";
  return shownRequest(node, { ...request, path, headers }, records, proxyFor(node, params.proxy, env));
}

/**
 * Makes the client; nothing is sent.
 * @throws BlockedError `tls_file`; `proxy` if the environment names something that is not a proxy; `not_installed`
 */
export async function connect(params: EsStoreParams, context: StoreContext): Promise<HttpServer> {
  const { ca_fingerprint: fingerprint, request_timeout: timeoutMs } = params;
  const { clock, env, guarantee, logger } = context;
  const nodes = nodesOf(params);
  const ways = new Map(nodes.map((node) => [node, proxyFor(node, params.proxy, env)]));
  const peer = nodes.join(", ");
  const warning = plainTextWarning(nodes, secretsOf(params));
  if (warning !== undefined) logger.warn(warning);
  const tls = peer.includes("https:") ? await loadTls(params.tls, context) : undefined;
  // Loaded here, since it takes a quarter of a second, and a run without this store does not need it.
  const { openClient } = await import("./client.ts");
  const sign = params.aws && (await openSigner(params.aws, context));
  const client = openClient(ways, headersOf(params), { tls, fingerprint, guarantee }, sign);
  return httpServer({ ...client, peer, clock, timeoutMs });
}
