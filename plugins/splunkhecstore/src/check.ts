import { randomUUID } from "node:crypto";
import { BlockedError, type CheckReport, type StoreContext, type StoreError } from "@cloudmarker/store-api";
import {
  authoritiesOf,
  certificateAt,
  type HttpServer,
  proxyFor,
  reportCheck,
  type ServerAnswer,
  wayText,
} from "@cloudmarker/store-kit/http";
import { assertAcknowledges } from "./acknowledging.ts";
import { CODES } from "./codes.ts";
import { codeOf, judge, wrongServer } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf, tlsOf } from "./server.ts";

/** Says whether records could be sent. It changes nothing, so it cannot say whether the index would take them. */
export function check(server: HttpServer, params: SplunkHecStoreParams, context: StoreContext): Promise<CheckReport> {
  const { peer } = server;
  const { token, ack, gzip, index, tls } = params;
  const { env } = context;
  const proxy = proxyFor(peer, params.proxy, env);
  const way = wayText(proxy, peer.startsWith("https:") ? authoritiesOf(tlsOf(params, context), env) : undefined);

  async function look(): Promise<string> {
    const health = await server.send({ method: "GET", path: "/health" });
    const code = codeOf(health);
    const unhealthy = `${peer} is a collector, but not healthy (code ${code}): ${health.body}`;
    if (CODES.get(code)?.[0] === "retry") throw new BlockedError("unhealthy", unhealthy);

    // Not every collector answers that request (L-40), so the endpoint for records decides. It refuses a request
    // without events, but checks the token before that.
    const request = { method: "POST", path: "/event", body: Buffer.alloc(0) } as const;
    const ask = (guid?: string): Promise<ServerAnswer> =>
      server.send({ ...request, headers: headersOf(token, guid, gzip) });
    let answer = await ask(randomUUID());
    // In the same way as records are sent.
    if (ack === "auto" && codeOf(answer) === 14) answer = await ask();
    if (codeOf(answer) !== 5) verdictOn(answer, code === 17);
    if (ack === true) await assertAcknowledges(server, token);
    const target = index === undefined ? "the default index of the token" : `index ${index}`;
    return `Splunk HTTP Event Collector at ${peer}${way} accepts the token. Whether it may write to ${target} shows with the first record.`;
  }

  return reportCheck(look, () => certificateAt(peer, tls, proxy));
}

/** @throws StoreError for an answer that would not be a success for records either */
function verdictOn(answer: ServerAnswer, isCollector: boolean): void {
  try {
    judge(answer, { name: "", records: [], body: Buffer.alloc(0) }, "only");
  } catch (error) {
    // A server that fails may still be the right one.
    const isStranger = codeOf(answer) === undefined && answer.status < 500 && !isCollector;
    if (!isStranger || (error as StoreError).code !== "wrong_answer") throw error;
    throw wrongServer(answer);
  }
}
