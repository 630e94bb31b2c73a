import type { AddressInfo, Server, Socket } from "node:net";

/** Something that listens on 127.0.0.1, and can stop and do so again at the same port. */
export interface Listener {
  readonly port: number;
  /** Stops listening and destroys what connections are open: to clients it looks like a killed process. */
  stop(): Promise<void>;
  /** Stops where need be, then listens at the same port. */
  restart(): Promise<void>;
}

/**
 * Listens on 127.0.0.1.
 * @param port 0 means any free port
 * @param create makes a server that does not listen yet, for each start
 */
export async function listen(port: number, create: () => Server): Promise<Listener> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let at = port;

  const start = async (): Promise<void> => {
    server = create();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    at = await bind(server, at);
  };
  const stop = async (): Promise<void> => {
    const stopping = server;
    server = undefined;
    if (!stopping) return;
    const closed = new Promise((resolve) => void stopping.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await start();
  return {
    port: at,
    stop,
    async restart() {
      await stop();
      await start();
    },
  };
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
