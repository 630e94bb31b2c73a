import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { codeFault, isEventPost } from "../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import { type SplunkServer, startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { type Target, type TargetKind, type TargetOptions, seqOf, seqsIn, tally } from "./target.ts";

/** The same with its server, for what only Splunk has. */
export interface SplunkTarget extends Target {
  readonly server: SplunkServer;
}

/** SplunkHECStore and a scripted collector. */
export async function startSplunkTarget({ maxBytes }: TargetOptions = {}, useAck = false): Promise<SplunkTarget> {
  const limit = maxBytes === undefined ? {} : { maxContentLength: maxBytes };
  const server = await startSplunk({ tokens: { "t-1": { useAck } }, ...limit });
  const { faults } = server;
  return {
    server,
    plugin: splunkhecstore as unknown as StorePlugin,
    // Time passes in no time, and questions do not: few are asked.
    params: { uri: server.url, token: "t-1", ack: useAck, ack_poll_interval: 5_000 },
    stored: () => tally(server.events().map(({ text }) => seqOf(text))),
    activity: () => server.requests,
    throttle: () => void faults.every(20, codeFault(26, { on: isEventPost, headers: { "retry-after": "2" } })),
    breakAt(isBad) {
      faults.always({ kind: "close", on: (request) => isEventPost(request) && isBad(seqsIn(request.body)) });
    },
    turnAway: (retryAfterS) => void faults.always(codeFault(9, { headers: { "retry-after": String(retryAfterS) } })),
    loseAnswer: (how) => void faults.next({ kind: how, applied: true, on: isEventPost }),
    answerNonsense: (times) => void faults.next({ kind: "html200", on: isEventPost }, times),
    lock(why) {
      if (why === "closed") server.eventFault = () => 7;
      else faults.always(codeFault(why === "password" ? 4 : 1));
    },
    repair() {
      faults.clear();
      server.eventFault = undefined;
    },
    stop: () => server.stop(),
    restart: () => server.restart(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Without acknowledgement: nothing shows whether a lost answer was a success. */
export const splunkTarget: TargetKind = {
  store: "splunkhecstore",
  idempotent: false,
  start: (options) => startSplunkTarget(options),
};
