/** Where a collector is. */
export interface Endpoint {
  /** Protocol, host and port: the server as messages name it. */
  readonly origin: string;
  /** Up to and with `/services/collector`. */
  readonly path: string;
}

const COLLECTOR = /\/services\/collector(?:\/event(?:\/1\.0)?)?\/*$/u;

/** What is wrong with a URL that is a good one otherwise, or undefined. */
export function endpointProblem(uri: string): string | undefined {
  const { pathname, search, hash } = new URL(uri);
  if (search !== "" || hash !== "") return "uri has a query or fragment in it; leave that out.";
  if (pathname.replace(COLLECTOR, "").includes("/services/collector"))
    return "uri names another endpoint of the collector than /services/collector/event; leave out what follows the port.";
  return undefined;
}

/** Reads a base URL, or one that names the collector or its event endpoint (HEC-01). */
export function endpointOf(uri: string): Endpoint {
  const { origin, pathname } = new URL(uri);
  return { origin, path: `${pathname.replace(COLLECTOR, "").replace(/\/+$/u, "")}/services/collector` };
}
