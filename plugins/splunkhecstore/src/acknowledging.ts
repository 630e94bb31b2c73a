import { randomUUID } from "node:crypto";
import { type Clock, RetryError } from "@cloudmarker/store-api";
import { prepareOnce, waitFor } from "@cloudmarker/store-kit/tasks";
import { excerpt, type HttpServer, readObject } from "@cloudmarker/store-kit/http";
import { CODES } from "./codes.ts";
import { judge } from "./outcomes.ts";
import { headersOf } from "./server.ts";

/** The question has a time limit of its own, so this is only the longest time that a timer can have. */
const LONGEST_MS = 2 ** 31 - 1;

/** What the collector was asked before records are sent: whether the token acknowledges. */
export interface Acknowledging {
  /**
   * Asks, unless the collector has said yes since the last call of {@link Acknowledging.doubt}.
   * @throws BlockedError `ack_disabled`, and what else keeps the store from sending; RetryError for no clear answer
   */
  ensure(signal: AbortSignal): Promise<void>;
  /** Makes the next call of {@link Acknowledging.ensure} ask again. */
  doubt(): void;
}

/** All requests that wait share one question. */
export function acknowledging(server: HttpServer, token: string, clock: Clock): Acknowledging {
  const newQuestion = (): (() => Promise<true>) => prepareOnce(() => assertAcknowledges(server, token));
  let ask = newQuestion();
  return {
    async ensure(signal) {
      if (await waitFor(ask(), clock, LONGEST_MS, signal)) return;
      const { peer } = server;
      throw new RetryError("timeout", `${peer} did not say in time whether it acknowledges records for this token.`);
    },
    doubt() {
      ask = newQuestion();
    },
  };
}

/**
 * Asks on a channel of its own, so that the question takes no acknowledgement from a run.
 * @returns true if the token acknowledges
 * @throws StoreError `ack_disabled` if it does not (HEC-33), else what the answer means
 */
export async function assertAcknowledges(server: HttpServer, token: string): Promise<true> {
  const channel = randomUUID();
  const path = `/ack?channel=${channel}`;
  const answer = await server.send({ method: "POST", path, headers: headersOf(token, channel), body: { acks: [0] } });
  const { code, acks } = readObject(answer.body);
  if (answer.status === 200 && !CODES.has(code) && typeof acks === "object" && acks !== null) return true;
  judge(answer, { name: "", records: [], body: Buffer.alloc(0) }, "only");
  throw new RetryError(
    "wrong_answer",
    `${answer.peer} answers the question for acknowledgements with ${excerpt(answer.body)}, which does not say whether the token has them. Check the address, and the proxies on the way to it.`,
  );
}
