import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer as createTlsServer, type Server } from "node:tls";
import type { Certificate } from "./certificates.ts";

/** What ends TLS in front of a server that speaks none. */
export interface Front {
  readonly port: number;
  stop(): void;
}

/**
 * Ends TLS in front of a server that speaks HTTP, and asks for a login.
 * @param port of the server, on 127.0.0.1
 * @param login what `Authorization` has to say; the server does not get it
 */
export function startHttpFront(port: number, certificate: Certificate, login: string): Promise<Front> {
  const answer = (from: IncomingMessage, to: ServerResponse): void => {
    const { authorization, ...headers } = from.headers;
    if (authorization !== login) {
      to.writeHead(401, { "content-type": "application/json" }).end('{"error":"no such login"}');
      return;
    }
    const { method, url: path } = from;
    const passed = request({ host: "127.0.0.1", port, method, path, headers }, (answered) => {
      to.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(to);
    });
    passed.on("error", () => to.destroy());
    from.pipe(passed);
  };
  return listening(createHttpsServer({ ...certificate }, answer));
}

/** Ends TLS in front of a server of another protocol. @param port of the server, on 127.0.0.1 */
export function startTlsFront(port: number, certificate: Certificate): Promise<Front> {
  return listening(
    createTlsServer({ ...certificate }, (client) => {
      const server = connect(port, "127.0.0.1");
      client.pipe(server).pipe(client);
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const)
        one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }),
  );
}

async function listening(server: Server): Promise<Front> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy()));
  });
  // A client that does not trust the certificate ends the handshake.
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
