import { type ExplainedRequest, MASK } from "@cloudmarker/store-api";
import { bytesOf, type HttpRequest } from "./server.ts";
import { type Proxy, proxyName } from "./proxy.ts";

/**
 * A request as `explain` shows it: before it is packed, and with only the kind of the authorisation.
 * @param url - the address of the server, without the path of the request
 * @param proxy - on the way to the server
 */
export function shownRequest(
  url: string,
  { method, path, headers = {}, body = Buffer.alloc(0) }: HttpRequest,
  records: number,
  proxy?: Proxy,
): ExplainedRequest {
  const shown = { ...headers };
  if (headers["authorization"]) shown["authorization"] = `${headers["authorization"].split(" ", 1)[0]} ${MASK}`;
  const way = proxy && { proxy: proxyName(proxy) };
  return { method, url: `${url}${path}`, ...way, headers: shown, body: bytesOf(body).toString(), records };
}
