import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** A whole answer of a server without a fault. */
export interface Answer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  /** @default "" */
  readonly body?: string | Buffer;
}

/** An answer of JSON text. */
export function jsonAnswer(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** The ways to answer one request, or to fail to. Exactly one of them is to be called. */
export class Reply {
  readonly #response: ServerResponse;
  #answered = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Whether one of the methods below was called. */
  get answered(): boolean {
    return this.#answered;
  }

  send({ status, headers = {}, body = "" }: Answer): void {
    this.#begin(status, headers, body).end(body);
  }

  json(status: number, value: unknown, headers?: OutgoingHttpHeaders): void {
    this.send(jsonAnswer(status, value, headers));
  }

  text(status: number, text: string, headers: OutgoingHttpHeaders = {}): void {
    this.send({ status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body: text });
  }

  /** Announces the length of `text`, sends its first bytes, closes the connection. */
  cutBody(status: number, text: string | Buffer, afterBytes: number, headers: OutgoingHttpHeaders = {}): void {
    const response = this.#begin(status, { "content-type": "application/json", ...headers }, text);
    response.flushHeaders();
    const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
    response.write(bytes.subarray(0, afterBytes), () => response.socket?.destroy());
  }

  /** Sends status and headers at once, and the body when `release` settles. */
  slow(status: number, text: string, release: Promise<unknown>, headers: OutgoingHttpHeaders = {}): void {
    const response = this.#begin(status, { "content-type": "application/json", ...headers }, text);
    response.flushHeaders();
    const end = (): void => void response.end(text);
    release.then(end, end);
  }

  /** Never answers, and keeps the connection open until the server stops. */
  hang(): void {
    this.#answered = true;
  }

  /** Closes the connection without an answer. */
  close(): void {
    this.#answered = true;
    this.#response.socket?.destroy();
  }

  #begin(status: number, headers: OutgoingHttpHeaders, body: string | Buffer): ServerResponse {
    if (this.#answered) throw new Error("The request was answered already.");
    this.#answered = true;
    return this.#response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
  }
}
