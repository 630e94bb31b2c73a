import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ScramConversation } from "./scram.ts";

/** What a server knows of the client at the other end. */
export interface Connection {
  readonly id: number;
  /** The fields of the client's certificate, in reverse order (RFC 2253). */
  readonly subject: string | undefined;
  /** Who the client has said to be, and proved. */
  user: { readonly user: string; readonly db: string } | undefined;
  scram: ScramConversation | undefined;
}

/** For a client that has connected and said nothing yet. */
export function newConnection(id: number, socket: Socket): Connection {
  return { id, subject: subjectOf(socket), user: undefined, scram: undefined };
}

function subjectOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  return Object.entries(subject)
    .map(([name, value]) => `${name}=${String(value)}`)
    .toReversed()
    .join(",");
}
