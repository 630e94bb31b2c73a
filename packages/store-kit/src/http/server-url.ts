/**
 * The problem of a server's URL, or undefined. The URL must be absolute, of one of the protocols, and without
 * credentials, since messages show it.
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
    return `${param} must be a URL that begins with ${schemes}.${exampleOf(text, protocols.at(-1))}`;
  if (url.username !== "" || url.password !== "")
    return `${param} has a user name or password in it; write them as params of their own.`;
  return undefined;
}

/** `$NAME`, alone. */
const SHELL_VARIABLE = /^\$(\w+)$/u;
/** A name or an address, also with a port and a path, without credentials. */
const WITHOUT_SCHEME = /^[\w.-]+(?::\d+)?(?:\/[\w./-]*)?$/u;

/** What to write for a text that is nearly a URL. */
function exampleOf(text: string, protocol: string = "https:"): string {
  const variable = SHELL_VARIABLE.exec(text)?.[1];
  if (variable !== undefined) return ` A variable is written \${${variable}}.`;
  if (text.includes("{{")) return " {{ }} is not replaced; a variable is written ${NAME}.";
  return WITHOUT_SCHEME.test(text) ? ` Write ${protocol}//${text}, if that is the server.` : "";
}

/**
 * The problem of an HTTP proxy's URL, or undefined; it may have credentials.
 * @param name - of the param or variable
 */
export function proxyProblem(text: string, name: string = "proxy"): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/u.test(url.protocol))
    return `${name} must be a URL that begins with http:// or https://.${WITHOUT_SCHEME.test(text) ? " Write http:// in front of it." : ""}`;
  try {
    decodeURIComponent(`${url.username}:${url.password}`);
    return undefined;
  } catch {
    return `${name} has a % in its user name or password that begins no escaped character; write the % as %25.`;
  }
}

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  // The URL parser writes every form of an IPv4 address in this form, and an IPv4 address within IPv6 in hexadecimal.
  return /^(?:(?:.+\.)?localhost\.?|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]+\])$/u.test(hostname);
}

/**
 * The warning if secrets are sent to another machine in plain text, or undefined.
 * @param urls - of the servers
 * @param secrets - names of the params that are sent
 */
export function plainTextWarning(urls: readonly string[], secrets: readonly string[]): string | undefined {
  const open = urls.filter((url) => url.startsWith("http:") && !isLoopback(new URL(url).hostname));
  if (open.length === 0 || secrets.length === 0) return undefined;
  return `${secrets.join(" and ")} goes to ${open.join(", ")} in plain text, and everybody on the way can read it: use https.`;
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
