import { excerpt, type HttpServer, readObject } from "@cloudmarker/store-kit/http";
import type { Clock } from "@cloudmarker/store-api";
import { waitFor } from "@cloudmarker/store-kit/tasks";
import type { Channel } from "./channels.ts";
import type { SplunkHecStoreParams } from "./params.ts";
import { headersOf } from "./server.ts";

/** What a {@link Question} needs. */
export interface QuestionOptions {
  readonly params: Pick<SplunkHecStoreParams, "token" | "ack_timeout" | "ack_poll_interval">;
  readonly server: HttpServer;
  readonly clock: Clock;
}

/** Whether the indexers have the records of one post. */
export class Question {
  readonly #options: QuestionOptions;
  readonly #channel: Channel;
  readonly #id: number;
  #isAcknowledged = false;
  /** Why it was not answered the last time. */
  #problem = "";
  #asking: Promise<void> = Promise.resolve();

  /** @param channel no other post on it may wait for an acknowledgement */
  constructor(options: QuestionOptions, channel: Channel, id: number) {
    this.#options = options;
    this.#channel = channel;
    this.#id = id;
  }

  get isAcknowledged(): boolean {
    return this.#isAcknowledged;
  }

  /** Why it was not answered the last time; empty if it was. */
  get problem(): string {
    return this.#problem;
  }

  /**
   * Asks once. No answer is neither an acknowledgement nor an error (HEC-32). An acknowledgement is told once
   * (HEC-31), so one request waits for the other.
   */
  ask(): Promise<void> {
    this.#asking = this.#asking.then(() => (this.#isAcknowledged ? undefined : this.#ask()));
    return this.#asking;
  }

  /** Asks again and again. @returns whether the indexers have the records, in time */
  async wait(signal: AbortSignal): Promise<boolean> {
    const { clock, params } = this.#options;
    const over = new AbortController();
    await waitFor(this.#askUntil(over.signal), clock, params.ack_timeout, signal);
    over.abort();
    return this.#isAcknowledged;
  }

  async #askUntil(over: AbortSignal): Promise<void> {
    const { clock, params } = this.#options;
    while (!this.#isAcknowledged && !over.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one question after the other, each a while after the last one
      await waitFor(new Promise(() => undefined), clock, params.ack_poll_interval, over);
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (!over.aborted) await this.ask();
    }
  }

  async #ask(): Promise<void> {
    const { params, server } = this.#options;
    const id = this.#id;
    try {
      // Never compressed, since some collectors do not take that here (HEC-09).
      const headers = headersOf(params.token, this.#channel);
      const path = `/ack?channel=${this.#channel}`;
      const answer = await server.send({ method: "POST", path, headers, body: { acks: [id] } });
      const { acks } = readObject(answer.body);
      if (answer.status !== 200 || typeof acks !== "object" || acks === null)
        throw new Error(`${server.peer} answers ${answer.status} with ${excerpt(answer.body)}.`);
      this.#problem = "";
      this.#isAcknowledged = (acks as Record<number, unknown>)[id] === true;
    } catch (error) {
      this.#problem = ` The last question failed: ${(error as Error).message}`;
    }
  }
}
