import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** A proxy in front of a server that closes idle connections. */
export interface IdleCloser extends AsyncDisposable {
  readonly port: number;
  /**
   * How often something came on a connection that was closed: it is not passed on, as if both had crossed on the wire.
   */
  readonly crossed: number;
  /**
   * Closes what is idle: connections on which the server has said the last word. Clients learn of it when they send
   * something.
   */
  closeIdle(): void;
  /** Whether connections that are new are closed as soon as the client says something. */
  turnsAway: boolean;
}

interface Way {
  readonly client: Socket;
  readonly server: Socket;
  isIdle: boolean;
  isClosed: boolean;
}

/** Starts one on 127.0.0.1. @param port where the server is */
export async function startIdleCloser(port: number): Promise<IdleCloser> {
  const ways = new Set<Way>();
  let crossed = 0;
  let turnsAway = false;
  const listener = createServer({ noDelay: true }, (client) => {
    if (turnsAway) {
      client.on("error", () => undefined).once("data", () => client.resetAndDestroy());
      return;
    }
    const way: Way = {
      client,
      server: connect({ port, host: "127.0.0.1", noDelay: true }),
      isIdle: false,
      isClosed: false,
    };
    ways.add(way);
    client.on("data", (chunk) => {
      way.isIdle = false;
      if (!way.isClosed) return way.server.write(chunk);
      crossed++;
      return client.resetAndDestroy();
    });
    way.server.on("data", (chunk) => {
      way.isIdle = true;
      client.write(chunk);
    });
    for (const socket of [client, way.server]) {
      // One that breaks off is not a failure of this one.
      socket.on("error", () => undefined).on("close", () => end(way));
    }
  });
  const end = (way: Way): void => {
    ways.delete(way);
    way.client.destroy();
    way.server.destroy();
  };
  await new Promise<void>((resolve) => void listener.listen(0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    get crossed() {
      return crossed;
    },
    get turnsAway() {
      return turnsAway;
    },
    set turnsAway(is) {
      turnsAway = is;
    },
    closeIdle() {
      for (const way of ways) way.isClosed ||= way.isIdle;
    },
    async [Symbol.asyncDispose]() {
      for (const way of ways) end(way);
      await new Promise((resolve) => void listener.close(resolve));
    },
  };
}
