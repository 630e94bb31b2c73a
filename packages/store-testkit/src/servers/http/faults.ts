import type { OutgoingHttpHeaders } from "node:http";
import { FaultScript } from "../fault-script.ts";
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
 * A fault of one request.
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
    | { readonly kind: "edit"; readonly edit: (answer: Answer, request: ReceivedRequest) => Answer | Promise<Answer> }
  );

/** The faults of one server. */
export type HttpFaults = FaultScript<Fault, ReceivedRequest>;

/** A script in which a fault that does not say otherwise may hit every request. */
export function httpFaults(): HttpFaults {
  return new FaultScript((fault, request) => fault.on?.(request) ?? true);
}

/** For the server: does what the request asks, unless a fault says that it is not done, and answers or fails to. */
export async function answer(
  request: ReceivedRequest,
  reply: Reply,
  faults: HttpFaults,
  apply: () => Answer | Promise<Answer>,
): Promise<void> {
  const fault = faults.take(request);
  if (!fault) return reply.send(await apply());
  if (fault.kind === "edit") return reply.send(await fault.edit(await apply(), request));
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

function statusAnswer(status: number, body: unknown, headers?: OutgoingHttpHeaders): Answer {
  if (typeof body !== "string") return jsonAnswer(status, body, headers);
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
