import type { MongoDBStoreParams } from "./params.ts";

/** Where the server is. */
export interface Server {
  /** For the driver; without credentials. */
  readonly uri: string;
  /** For people: without path and options too. */
  readonly peer: string;
}

/** Where valid params lead. */
export function serverOf({ host, port, uri }: MongoDBStoreParams): Server {
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const address = uri ?? `mongodb://${name}:${port}/`;
  return { uri: address, peer: address.replace(/(?<=:\/\/[^/?]*)[/?].*$/su, "") };
}
