import { type Proxy, proxyName } from "./proxy.ts";
import type { Authorities } from "./tls.ts";

/**
 * The proxy and authorities that the environment sets for a server, for the message of a check. Begins with a comma, or
 * is empty.
 */
export function wayText(proxy: Proxy | undefined, authorities: Authorities | undefined): string {
  const through = proxy ? `, through the proxy ${proxyName(proxy)}` : "";
  const by = authorities ? `, with the authorities of ${authorities.path} (${authorities.variable})` : "";
  return through + by;
}
