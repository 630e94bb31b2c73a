import { hostInUrl } from "@cloudmarker/store-api/kit";
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
  const address = uri ?? `mongodb://${hostInUrl(host)}:${port}/`;
  return { uri: address, peer: address.replace(/(?<=:\/\/[^/?]*)[/?].*$/su, "") };
}
