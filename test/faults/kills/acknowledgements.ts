import type { Answer } from "../../../packages/store-testkit/src/servers/http/reply.ts";
import type { ReceivedRequest } from "../../../packages/store-testkit/src/servers/http/request.ts";
import { isAckPoll, isEventPost } from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";

/** That a collector told that it has a record. */
interface Told {
  /** When it got the request that this answers. */
  readonly askedMs: number;
  readonly acknowledgedMs: number;
}

/** A record that a collector took once more after it had told that it has it. */
export interface Again extends Told {
  readonly againMs: number;
}

/** A process of a run. */
export interface Life {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly isKilled: boolean;
}

/**
 * For how long the run knew that a record is there which came again all the same, at most, in milliseconds. What is
 * told to a process that has ended, nobody hears.
 */
export function oldestAgainMs(again: readonly Again[], lives: readonly Life[]): number {
  const ages = again.map(({ askedMs, acknowledgedMs, againMs }) => {
    const heard = lives.find(({ startedMs, endedMs }) => startedMs <= askedMs && acknowledgedMs <= endedMs);
    return heard ? (heard.isKilled ? heard.endedMs : againMs) - acknowledgedMs : 0;
  });
  return ages.reduce((most, age) => Math.max(most, age), 0);
}

/** What a collector told its clients, from the answers that it gave. */
export class Acknowledgements {
  readonly #useAck: boolean;
  readonly #clock: () => number;
  /** The records of the posts whose ids were not answered true yet. */
  readonly #open = new Map<string, readonly number[]>();
  /** When it was first told that a record is there, since that was last taken. */
  readonly #told = new Map<number, Told>();
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
  answered(
    request: ReceivedRequest,
    { status, body = "" }: Answer,
    numbers: readonly number[],
    askedMs: number = this.#clock(),
  ): void {
    if (status !== 200) return;
    const told = { askedMs, acknowledgedMs: this.#clock() };
    const channel = String(request.headers["x-splunk-request-channel"] ?? request.query.get("channel"));
    if (isEventPost(request)) {
      for (const n of numbers) this.#taken(n);
      const { ackId } = JSON.parse(String(body)) as { ackId?: number };
      if (!this.#useAck) this.#acknowledge(numbers, told);
      else if (ackId !== undefined) this.#open.set(`${channel} ${ackId}`, numbers);
    } else if (isAckPoll(request)) {
      const { acks = {} } = JSON.parse(String(body)) as { acks?: Record<string, boolean> };
      for (const [id, isIndexed] of Object.entries(acks)) {
        if (isIndexed) this.#acknowledge(this.#open.get(`${channel} ${id}`) ?? [], told);
      }
    }
  }

  #taken(n: number): void {
    const told = this.#told.get(n);
    if (told === undefined) return;
    this.#again.push({ ...told, againMs: this.#clock() });
    this.#told.delete(n);
  }

  #acknowledge(numbers: readonly number[], told: Told): void {
    for (const n of numbers) if (!this.#told.has(n)) this.#told.set(n, told);
  }
}
