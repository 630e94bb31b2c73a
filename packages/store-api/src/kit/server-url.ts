/**
 * What is wrong with the URL of a server, or undefined: it must be absolute, of one of the protocols, and without credentials, which would
 * show up in messages.
 * @param protocols - with colon
 */
export function serverUrlProblem(
  param: string,
  text: string,
  protocols: readonly string[] = ["http:", "https:"],
): string | undefined {
  const url = URL.parse(text);
  const schemes = protocols.map((one) => `${one}//`).join(" or ");
  if (!url || !protocols.includes(url.protocol) || url.hostname === "")
    return `${param} must be a URL that begins with ${schemes}.`;
  if (url.username !== "" || url.password !== "")
    return `${param} has a user name or password in it; write them as params of their own.`;
  return undefined;
}

/** What is wrong with the URL of an HTTP proxy, or undefined; it may have credentials. */
export function proxyProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/u.test(url.protocol)) return "proxy must be a URL that begins with http:// or https://.";
  try {
    decodeURIComponent(`${url.username}:${url.password}`);
    return undefined;
  } catch {
    return "proxy has a % in its user name or password that begins no escaped character; write the % as %25.";
  }
}

/** The one that is connected to, as a person knows it: the proxy, without its credentials, or the server itself. */
export function firstPeer(peer: string, proxy: string | undefined): string {
  return proxy === undefined ? peer : `The proxy ${new URL(proxy).host}, on the way to ${peer},`;
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
