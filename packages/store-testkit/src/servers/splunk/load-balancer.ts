import type { IncomingHttpHeaders } from "node:http";

const COOKIE = /(?:^|;\s*)hec-indexer=(\d+)/;

/** The indexer that gets a request. */
export interface Destination {
  readonly indexer: string;
  /** For the client to send with what belongs together. */
  readonly cookie?: string;
}

/**
 * A load balancer with sticky sessions: each request without its cookie goes to another indexer, which knows nothing of
 * the channels of the others, so the acknowledgements of a client that drops cookies stay false.
 */
export class LoadBalancer {
  #indexers = 0;

  /** The indexer for a request with these headers. */
  route(headers: IncomingHttpHeaders): Destination {
    const known = COOKIE.exec(headers.cookie ?? "")?.[1];
    if (known !== undefined && Number(known) < this.#indexers) return { indexer: known };
    const indexer = String(this.#indexers++);
    return { indexer, cookie: `hec-indexer=${indexer}; Path=/; HttpOnly` };
  }
}
