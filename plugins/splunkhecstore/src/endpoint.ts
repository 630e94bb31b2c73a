/** Where a collector is. */
export interface Endpoint {
  /** Protocol, host and port: the server as messages name it. */
  readonly origin: string;
  /** Up to and with `/services/collector`. */
  readonly path: string;
}

/** What stands behind the address of a collector. */
export const COLLECTOR: RegExp = /\/services\/collector(?:\/event(?:\/1\.0)?)?\/*$/u;

/** Reads a base URL, or one that names the collector or its event endpoint (HEC-01). */
export function endpointOf(uri: string): Endpoint {
  const { origin, pathname } = new URL(uri);
  return { origin, path: `${pathname.replace(COLLECTOR, "").replace(/\/+$/u, "")}/services/collector` };
}
