// What stands in front of a domain or collection of Amazon OpenSearch: it checks who asks, and hands on what is signed
// as AWS documents it.
import { createServer, type IncomingMessage, request as send, type ServerResponse } from "node:http";
import { listen } from "../../../packages/store-testkit/src/servers/listener.ts";
import { canonicalRequest, sha256, signatureOf, type SignedRequest } from "./signature.ts";

/** What {@link startGateway} takes. */
export interface GatewayOptions {
  /** URL of the server behind it. */
  readonly upstream: string;
  readonly region: string;
  readonly service: "es" | "aoss";
  /** Secret keys by their id. */
  readonly keys: Readonly<Record<string, string>>;
  /** The token that has to come with a key that is valid for some time only. */
  readonly token?: string;
  /** Milliseconds by which its clock differs. @default 0 */
  readonly skewMs?: number;
  /** Who may come in and do nothing. */
  readonly denied?: readonly string[];
}

/** A gateway on 127.0.0.1. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  /** Requests whose signature was right, as they were sent. */
  readonly passed: readonly SignedRequest[];
}

/** How old a signature may be, in milliseconds. */
const VALID_MS = 5 * 60_000;

/** Starts a gateway. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const passed: SignedRequest[] = [];
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(message);
    const nowMs = Date.now() + (options.skewMs ?? 0);
    const problem = judge(request, options, nowMs);
    if (problem !== undefined) {
      const headers = { "content-type": "application/json", date: new Date(nowMs).toUTCString() };
      response.writeHead(403, headers).end(JSON.stringify(problem));
      return;
    }
    passed.push(request);
    // A collection has no such path.
    if (options.service === "aoss" && request.url === "/") return void response.writeHead(404).end();
    pass(request, options.upstream, response);
  };
  const { port, stop } = await listen(0, () => createServer((message, response) => void serve(message, response)));
  return { url: `http://127.0.0.1:${port}`, passed, [Symbol.asyncDispose]: stop };
}

async function read(message: IncomingMessage): Promise<SignedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method: message.method ?? "", url: message.url ?? "", headers, body: Buffer.concat(chunks) };
}

/** Sends it on as it came, without what is for the gateway. */
function pass({ method, url, headers, body }: SignedRequest, upstream: string, response: ServerResponse): void {
  const { authorization: _authorization, host: _host, ...rest } = headers;
  const onward = send(upstream + url, { method, headers: rest }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy()).end(body);
}

/** What AWS says of a request that it does not let through. */
function judge(request: SignedRequest, options: GatewayOptions, nowMs: number): object | undefined {
  const { headers, body } = request;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/u;
  const [, id = "", day, region = "", service = "", names = "", signature] =
    parts.exec(headers["authorization"] ?? "") ?? [];
  if (id === "") return { Message: "User: anonymous is not authorized to perform: es:ESHttpPost" };
  const time = headers["x-amz-date"] ?? "";
  const atMs = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, "$1-$2-$3T$4:$5:$6Z"));
  const signed = names.split(";");
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  if (needed.some((name) => !signed.includes(name)) || day !== time.slice(0, 8))
    return { message: `'${needed.join()}' must be signed.` };
  if (region !== options.region || service !== options.service)
    return { message: `Credential should be scoped to a valid region and correct service: '${options.region}'.` };
  const [early, late] = [text(nowMs - VALID_MS), text(nowMs + VALID_MS)];
  if (atMs < nowMs - VALID_MS)
    return { message: `Signature expired: ${time} is now earlier than ${early} (${text(nowMs)} - 5 min.)` };
  if (atMs > nowMs + VALID_MS)
    return { message: `Signature not yet current: ${time} is still later than ${late} (${text(nowMs)} + 5 min.)` };
  if (options.token !== undefined && headers["x-amz-security-token"] !== options.token)
    return { message: "The security token included in the request is invalid." };
  const hash = headers["x-amz-content-sha256"];
  // A collection wants the hash as a header; what it says must be true.
  const isHashed = hash === undefined ? service === "es" : hash === sha256(body);
  const right = signatureOf(request, signed, options.keys[id] ?? "", { time, region, service });
  if (!isHashed || signature !== right) {
    const what = "The request signature we calculated does not match the signature you provided.";
    return {
      message: `${what}\n\nThe Canonical String for this request should have been\n'${canonicalRequest(request, signed)}'\n`,
    };
  }
  if (options.denied?.includes(id))
    return options.service === "aoss"
      ? { status: 403, error: { type: "Forbidden", reason: "403 Forbidden" } }
      : { Message: `User: arn:aws:iam::1:user/${id} is not authorized to perform: es:ESHttpPost` };
  return undefined;
}

/** A time as AWS writes it. */
function text(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
}
