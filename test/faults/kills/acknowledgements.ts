import type { Answer } from "../../../packages/store-testkit/src/servers/http/reply.ts";
import type { ReceivedRequest } from "../../../packages/store-testkit/src/servers/http/request.ts";
import { isAckPoll, isEventPost } from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";

/** A record that a collector took once more after the client had been told that it has it. */
export interface Again {
  readonly acknowledgedMs: number;
  readonly againMs: number;
}

/** What a collector told its clients, from the answers that it gave. */
export class Acknowledgements {
  readonly #useAck: boolean;
  readonly #clock: () => number;
  /** The records of the posts whose ids were not answered true yet. */
  readonly #open = new Map<string, readonly number[]>();
  /** When the client was first told that a record is there. */
  readonly #acknowledgedMs = new Map<number, number>();
  readonly #again: Again[] = [];

  /** @param useAck without it, the answer to a post acknowledges its records */
  constructor(useAck: boolean, clock: () => number = Date.now) {
    this.#useAck = useAck;
    this.#clock = clock;
  }

  get again(): readonly Again[] {
    return this.#again;
  }

  /**
   * To be called with each request before its answer is sent.
   * @param numbers those of the records in the request
   */
  answered(request: ReceivedRequest, { status, body = "" }: Answer, numbers: readonly number[]): void {
    if (status !== 200) return;
    const now = this.#clock();
    const channel = String(request.headers["x-splunk-request-channel"] ?? request.query.get("channel"));
    if (isEventPost(request)) {
      for (const n of numbers) this.#taken(n, now);
      const { ackId } = JSON.parse(String(body)) as { ackId?: number };
      if (!this.#useAck) this.#acknowledge(numbers, now);
      else if (ackId !== undefined) this.#open.set(`${channel} ${ackId}`, numbers);
    } else if (isAckPoll(request)) {
      const { acks = {} } = JSON.parse(String(body)) as { acks?: Record<string, boolean> };
      for (const [id, isIndexed] of Object.entries(acks)) {
        if (isIndexed) this.#acknowledge(this.#open.get(`${channel} ${id}`) ?? [], now);
      }
    }
  }

  #taken(n: number, againMs: number): void {
    const acknowledgedMs = this.#acknowledgedMs.get(n);
    if (acknowledgedMs !== undefined) this.#again.push({ acknowledgedMs, againMs });
  }

  #acknowledge(numbers: readonly number[], now: number): void {
    for (const n of numbers) if (!this.#acknowledgedMs.has(n)) this.#acknowledgedMs.set(n, now);
  }
}
