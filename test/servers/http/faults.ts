import type { OutgoingHttpHeaders } from "node:http";
import type { Answer, Reply } from "./reply.ts";
import { jsonAnswer } from "./reply.ts";
import type { ReceivedRequest } from "./request.ts";

interface AnyFault {
  /** Whether the server does what the request asks before it fails to say so. @default false */
  readonly applied?: boolean;
  /** Which requests it may hit. @default all */
  readonly on?: (request: ReceivedRequest) => boolean;
}

/**
 * What goes wrong with one request.
 * - `status`: an answer of that status; `body` is sent as it is where it is a string, and else as JSON.
 * - `hang`: no answer, the connection stays open.
 * - `close`: no answer, the connection is closed.
 * - `cut`: the answer breaks off after `afterBytes` (half of it by default), the connection is closed.
 * - `html200`: a page in place of the answer, as a proxy would send.
 * - `edit`: what `edit` makes of the answer, at the time it likes; always applied.
 */
export type Fault = AnyFault &
  (
    | {
        readonly kind: "status";
        readonly status: number;
        readonly body?: unknown;
        /** Such as `retry-after`. */
        readonly headers?: OutgoingHttpHeaders;
      }
    | { readonly kind: "hang" }
    | { readonly kind: "close" }
    | { readonly kind: "cut"; readonly afterBytes?: number }
    | { readonly kind: "html200" }
    | { readonly kind: "edit"; readonly edit: (answer: Answer) => Answer | Promise<Answer> }
  );

/** Decides which requests go wrong, and how. */
export class FaultScript {
  #queue: Fault[] = [];
  #always: Fault | undefined;
  #every: { readonly n: number; readonly fault: Fault; seen: number } | undefined;
  #injected = 0;

  /** How many requests went wrong so far. */
  get injected(): number {
    return this.#injected;
  }

  /** The next request that `fault` may hit goes wrong, or the next few. Several calls queue up. */
  next(fault: Fault, times = 1): this {
    for (let i = 0; i < times; i++) this.#queue.push(fault);
    return this;
  }

  /** Every request goes wrong, once the queue of {@link next} is empty. */
  always(fault: Fault): this {
    this.#always = fault;
    return this;
  }

  /** The `n`th, 2`n`th, … request that `fault` may hit goes wrong. */
  every(n: number, fault: Fault): this {
    this.#every = { n, fault, seen: 0 };
    return this;
  }

  /** From now on nothing goes wrong. */
  clear(): this {
    this.#queue = [];
    this.#always = undefined;
    this.#every = undefined;
    return this;
  }

  /** For the server: what is to go wrong with this request. To be called once for each. */
  take(request: ReceivedRequest): Fault | undefined {
    const fault = this.#pick(request);
    if (fault) this.#injected++;
    return fault;
  }

  #pick(request: ReceivedRequest): Fault | undefined {
    const every = this.#every;
    const isDue = every !== undefined && hits(every.fault, request) && ++every.seen % every.n === 0;
    const position = this.#queue.findIndex((fault) => hits(fault, request));
    if (position !== -1) return this.#queue.splice(position, 1)[0];
    if (isDue) return every.fault;
    return this.#always && hits(this.#always, request) ? this.#always : undefined;
  }
}

/** For the server: does what the request asks, unless `fault` says that it is not done, and answers or fails to. */
export async function answer(
  reply: Reply,
  fault: Fault | undefined,
  apply: () => Answer | Promise<Answer>,
): Promise<void> {
  if (!fault) return reply.send(await apply());
  if (fault.kind === "edit") return reply.send(await fault.edit(await apply()));
  const applied = fault.applied ? await apply() : undefined;
  switch (fault.kind) {
    case "status":
      return reply.send(statusAnswer(fault.status, fault.body ?? "", fault.headers));
    case "hang":
      return reply.hang();
    case "close":
      return reply.close();
    case "cut": {
      const { status = 200, headers, body = "{}" } = applied ?? {};
      return reply.cutBody(status, body, fault.afterBytes ?? Math.floor(Buffer.byteLength(body) / 2), headers);
    }
    case "html200":
      return reply.send({ status: 200, headers: { "content-type": "text/html" }, body: "<html><p>Sign in</p></html>" });
  }
}

function hits(fault: Fault, request: ReceivedRequest): boolean {
  return fault.on?.(request) ?? true;
}

function statusAnswer(status: number, body: unknown, headers?: OutgoingHttpHeaders): Answer {
  if (typeof body !== "string") return jsonAnswer(status, body, headers);
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
