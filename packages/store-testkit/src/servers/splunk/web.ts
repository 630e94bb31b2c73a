import { startHttpServer } from "../http/server.ts";
import type { HttpFaultServer, TlsOptions } from "../http/server.ts";

const PAGES = "/en-US";

/**
 * Starts what listens at Splunk's other port, its web pages: a 303 to every request, and behind that a page with status
 * 200, in which a client that follows redirects and looks at nothing else sees a success.
 */
export function startSplunkWeb({ tls }: { readonly tls?: TlsOptions } = {}): Promise<HttpFaultServer> {
  return startHttpServer({
    handle({ path }, reply) {
      const headers = { "content-type": "text/html; charset=UTF-8" };
      if (path.startsWith(PAGES)) return reply.send({ status: 200, headers, body: "<html><p>Log in</p></html>" });
      const location = `${PAGES}${path}`;
      const body = `<html><p>See <a href="${location}">there</a>.</p></html>`;
      return reply.send({ status: 303, headers: { ...headers, location }, body });
    },
    tls,
  });
}
