import { type IncomingHttpHeaders, type IncomingMessage, type Server, createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";

/** What a proxy does when it is asked for a connection: makes it, asks for credentials, or says nothing. */
export type ProxyAnswer = "connect" | "authenticate" | "ignore";

/** An HTTP proxy. */
export interface Proxy {
  /** Without protocol. */
  readonly host: string;
  readonly server: Server;
  /** Breaks all connections off. */
  stop(): void;
}

/**
 * Starts a proxy on 127.0.0.1.
 * @param answer called for each connection that is asked for, with `HOST:PORT`
 * @param port of 127.0.0.1, where every connection leads to that is asked for by a name
 */
export async function startProxy(
  answer: (to: string, headers: IncomingHttpHeaders) => ProxyAnswer,
  port?: number,
): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => socket.destroy());
  };
  const server = createServer();
  server.on("connect", ({ url = "", headers }: IncomingMessage, client: Socket) => {
    keep(client);
    const what = answer(url, headers);
    if (what === "authenticate") client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    if (what !== "connect") return;
    const [host = "", asked] = url.split(":");
    const target = connect(port ?? Number(asked), port === undefined ? host : "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    keep(target);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
