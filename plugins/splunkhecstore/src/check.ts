import { randomUUID } from "node:crypto";
import { BlockedError, type CheckReport, StoreError } from "@cloudmarker/store-api";
import { describeCertificate, describeServer } from "@cloudmarker/store-api/kit";
import { CODES } from "./codes.ts";
import { codeOf, isWrongUrl, judge, wrongUrl } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { authorization, eventHeaders, type Server } from "./server.ts";

const NOTHING = Buffer.alloc(0);

/** Says whether records could be sent; changes nothing, and so cannot say whether the index would take them. */
export async function check(server: Server, params: SplunkHecStoreParams): Promise<CheckReport> {
  const { peer } = server;
  try {
    await checkHealth(server);
    await checkToken(server, params);
    if (params.ack === true) await checkAck(server, params);
    const index = params.index === undefined ? "the default index of the token" : `index ${params.index}`;
    const message = `Splunk HTTP Event Collector at ${peer} accepts the token. Whether it may write to ${index} shows with the first record.`;
    return { ok: true, code: "ok", message };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message } = error;
    const certificate = code === "tls" ? await certificateOf(peer, params) : undefined;
    return { ok: false, code, message: certificate === undefined ? message : `${message} It shows a ${certificate}.` };
  }
}

async function checkHealth(server: Server): Promise<void> {
  const { peer } = server;
  const answer = await server.send({ method: "GET", path: "/health" });
  const code = codeOf(answer);
  if (isWrongUrl(answer.status)) throw wrongUrl(answer, peer);
  if (code === 17) return;
  if (code !== undefined && CODES[code]?.kind === "busy")
    throw new BlockedError("unhealthy", `${peer} is a collector, but not healthy (code ${code}): ${answer.body}`);
  throw new BlockedError(
    "wrong_server",
    `${peer} is no Splunk HTTP Event Collector: this is ${describeServer(answer)}.`,
  );
}

/** A request without events is refused, and for its token before that. */
async function checkToken(server: Server, params: SplunkHecStoreParams): Promise<void> {
  const headers = eventHeaders({ ...params, gzip: false }, params.channel ?? randomUUID());
  const answer = await server.send({ method: "POST", path: "/event", headers, body: NOTHING });
  if (codeOf(answer) === 5) return;
  judge(answer, {
    request: { name: "", records: [], body: NOTHING },
    peer: server.peer,
    index: "only",
    nowMs: 0,
  });
}

/** A channel of which nobody else knows, so that no acknowledgement is taken away from anyone. */
async function checkAck(server: Server, { token }: SplunkHecStoreParams): Promise<void> {
  const channel = randomUUID();
  const headers = { ...authorization(token), "content-type": "application/json", "x-splunk-request-channel": channel };
  const body = Buffer.from('{"acks":[0]}');
  const answer = await server.send({ method: "POST", path: `/ack?channel=${channel}`, headers, body });
  const meaning = CODES[codeOf(answer) ?? 0];
  if (meaning?.kind === "blocked")
    throw new BlockedError(meaning.code, `${server.peer} acknowledges nothing for this token: ${meaning.advice}.`);
}

/** Through a proxy it would be another connection that is looked at. */
async function certificateOf(peer: string, { tls, proxy }: SplunkHecStoreParams): Promise<string | undefined> {
  if (proxy !== undefined) return undefined;
  const { hostname, port } = new URL(peer);
  return describeCertificate(hostname.replaceAll(/[[\]]/gu, ""), Number(port || 443), tls.server_name ?? hostname);
}
