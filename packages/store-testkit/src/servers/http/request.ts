import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";

/** What is known of a request before its body was read. */
export interface RequestHead {
  readonly method: string;
  /** Decoded path, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** A request that was read to its end. */
export interface ReceivedRequest extends RequestHead {
  /** Body without its `content-encoding`, where that is gzip or deflate. */
  readonly body: Buffer;
  /** Bytes of the body as they came over the wire. */
  readonly wireBytes: number;
}

const DECODERS: Record<string, (body: Buffer) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
};

/** Reads the head of a request. */
export function readHead(message: IncomingMessage): RequestHead {
  const { method = "GET", url = "/", headers } = message;
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  return { method, path: decode(path), query: new URLSearchParams(mark === -1 ? "" : url.slice(mark)), headers };
}

/**
 * Reads the body that belongs to `head`. Returns `undefined` where it is not what its `content-encoding` says.
 * @throws where the client breaks off
 */
export async function readBody(message: IncomingMessage, head: RequestHead): Promise<ReceivedRequest | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const wire = Buffer.concat(chunks);
  const decoder = DECODERS[head.headers["content-encoding"] ?? ""];
  const body = decoder ? await decoder(wire).catch(() => undefined) : wire;
  return body && { ...head, body, wireBytes: wire.length };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
