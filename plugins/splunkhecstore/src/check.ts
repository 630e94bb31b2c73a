import { randomUUID } from "node:crypto";
import { BlockedError, type CheckReport } from "@cloudmarker/store-api";
import type { HttpServer } from "@cloudmarker/store-api/kit";
import { certificateAt, describeServer, httpFailure, isElsewhere, reportCheck } from "@cloudmarker/store-api/kit";
import { CODES, STATUSES } from "./codes.ts";
import { codeOf, judge } from "./outcomes.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf } from "./server.ts";

const NOTHING = Buffer.alloc(0);

/** Says whether records could be sent; changes nothing, and so cannot say whether the index would take them. */
export function check(server: HttpServer, params: SplunkHecStoreParams): Promise<CheckReport> {
  const { peer } = server;
  const { index, tls, proxy } = params;
  return reportCheck(
    async () => {
      await checkHealth(server);
      await checkToken(server, params);
      if (params.ack === true) await checkAck(server, params);
      const target = index === undefined ? "the default index of the token" : `index ${index}`;
      return `Splunk HTTP Event Collector at ${peer} accepts the token. Whether it may write to ${target} shows with the first record.`;
    },
    // Through a proxy it would be another connection that is looked at.
    async () => (proxy === undefined ? certificateAt(peer, tls) : undefined),
  );
}

async function checkHealth(server: HttpServer): Promise<void> {
  const { peer } = server;
  const answer = await server.send({ method: "GET", path: "/health" });
  const code = codeOf(answer);
  if (isElsewhere(answer)) throw httpFailure(answer, peer, 0, STATUSES);
  if (code === 17) return;
  if (CODES.get(code)?.[0] === "retry")
    throw new BlockedError("unhealthy", `${peer} is a collector, but not healthy (code ${code}): ${answer.body}`);
  const what = describeServer(answer);
  throw new BlockedError("wrong_server", `${peer} is no Splunk HTTP Event Collector: this is ${what}.`);
}

/** A request without events is refused, and for its token before that. */
async function checkToken(server: HttpServer, { token, channel = randomUUID() }: SplunkHecStoreParams): Promise<void> {
  const headers = headersOf(token, channel, false);
  const answer = await server.send({ method: "POST", path: "/event", headers, body: NOTHING });
  const request = { name: "", records: [], body: NOTHING };
  if (codeOf(answer) !== 5) judge(answer, { request, peer: server.peer, index: "only", nowMs: 0 });
}

/** A channel of which nobody else knows, so that no acknowledgement is taken away from anyone. */
async function checkAck(server: HttpServer, { token }: SplunkHecStoreParams): Promise<void> {
  const channel = randomUUID();
  const body = Buffer.from('{"acks":[0]}');
  const headers = headersOf(token, channel, false);
  const answer = await server.send({ method: "POST", path: `/ack?channel=${channel}`, headers, body });
  const [kind, code = "", advice = ""] = CODES.get(codeOf(answer)) ?? [];
  if (kind === "blocked") throw new BlockedError(code, `${server.peer} acknowledges nothing for this token${advice}.`);
}
