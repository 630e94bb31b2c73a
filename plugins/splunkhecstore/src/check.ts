import { randomUUID } from "node:crypto";
import { BlockedError, type CheckReport, type StoreContext } from "@cloudmarker/store-api";
import { authoritiesOf, certificateAt, describeServer, type HttpServer, httpFailure } from "@cloudmarker/store-api/kit";
import { isElsewhere, proxyFor, reportCheck, wayText } from "@cloudmarker/store-api/kit";
import { CODES, STATUSES } from "./codes.ts";
import { codeOf, judge } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf, tlsOf } from "./server.ts";

/** Says whether records could be sent; changes nothing, and so cannot say whether the index would take them. */
export function check(server: HttpServer, params: SplunkHecStoreParams, context: StoreContext): Promise<CheckReport> {
  const { peer } = server;
  const { token, channel = randomUUID(), ack, index, tls } = params;
  const { env } = context;
  const proxy = proxyFor(peer, params.proxy, env);
  const way = wayText(proxy, peer.startsWith("https:") ? authoritiesOf(tlsOf(params, context), env) : undefined);

  async function look(): Promise<string> {
    const health = await server.send({ method: "GET", path: "/health" });
    const code = codeOf(health);
    if (isElsewhere(health)) throw httpFailure(health, STATUSES);
    const unhealthy = `${peer} is a collector, but not healthy (code ${code}): ${health.body}`;
    if (CODES.get(code)?.[0] === "retry") throw new BlockedError("unhealthy", unhealthy);
    const stranger = `${peer} is no Splunk HTTP Event Collector: this is ${describeServer(health)}.`;
    // Some that speak the protocol have no code for their health (L-40): their answer to the next question tells.
    if (health.status !== 200) throw new BlockedError("wrong_server", stranger);

    // A request without events is refused, and for its token before that.
    const headers = headersOf(token, channel);
    const request = { method: "POST", path: "/event", headers, body: Buffer.alloc(0) } as const;
    let answer = await server.send(request);
    // As when records are written.
    if (ack === "auto" && codeOf(answer) === 14) answer = await server.send({ ...request, headers: headersOf(token) });
    if (codeOf(answer) === undefined && code !== 17) throw new BlockedError("wrong_server", stranger);
    if (codeOf(answer) !== 5) judge(answer, { ...request, name: "", records: [] }, "only");
    if (ack === true) await checkAck(server, token);
    const target = index === undefined ? "the default index of the token" : `index ${index}`;
    return `Splunk HTTP Event Collector at ${peer}${way} accepts the token. Whether it may write to ${target} shows with the first record.`;
  }

  return reportCheck(look, () => certificateAt(peer, tls, proxy));
}

/** A channel of which nobody else knows, so that no acknowledgement is taken away from anyone. */
async function checkAck(server: HttpServer, token: string): Promise<void> {
  const channel = randomUUID();
  const path = `/ack?channel=${channel}`;
  const answer = await server.send({ method: "POST", path, headers: headersOf(token, channel), body: { acks: [0] } });
  const [kind, code = "", advice = ""] = CODES.get(codeOf(answer)) ?? [];
  if (kind === "blocked") throw new BlockedError(code, `${server.peer} acknowledges nothing for this token${advice}.`);
}
