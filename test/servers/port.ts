import { type AddressInfo, createServer, type Socket } from "node:net";

/** A port of 127.0.0.1, until it is stopped. */
export interface Port {
  readonly port: number;
  /** Takes no more connections; resolves when there are none. */
  stop(): Promise<void>;
}

/**
 * Starts a server that speaks nothing.
 * @param taken what becomes of each connection
 */
export async function startPort(taken: (socket: Socket) => void): Promise<Port> {
  const server = createServer((socket) => taken(socket.resume().on("error", () => undefined)));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
