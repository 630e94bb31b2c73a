/** An output of another program, in words that they all share. Values are as they are written there. */
export interface Output {
  /** What the other program calls it. */
  readonly kind: string;
  readonly store: "esstore" | "splunkhecstore" | "mongodbstore" | "filestore";
  /** Addresses: URLs, `host:port` or hosts; or a path. */
  readonly at: readonly string[];
  /** The addresses that name no protocol are HTTPS. */
  readonly tls?: boolean | undefined;
  /** The port of an address that names none. */
  readonly port?: string | undefined;
  readonly index?: string | undefined;
  readonly collection?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly token?: string | undefined;
  readonly sourcetype?: string | undefined;
  readonly ca?: string | undefined;
  /** False: certificates are not verified. */
  readonly verify?: boolean | undefined;
}

/** An entry of ours, and what a person has to know of it. */
export interface Entry {
  readonly plugin: Output["store"];
  readonly params: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** The entry for an output. No secret is part of it: a variable stands in its place. */
export function entryOf(output: Output): Entry {
  const notes: string[] = [];
  const { store, at, user, password, apiKey, token, ca, verify, sourcetype, collection } = output;
  const secret = (given: string | undefined, variable: string): string | undefined => {
    if (given === undefined) return undefined;
    const name = /^\$\{(\w+)(?::[^}]*)?\}$/u.exec(given)?.[1];
    if (name === undefined) notes.push(`Put the secret of ${output.kind} into the variable ${variable}.`);
    return `\${${name ?? variable}}`;
  };
  const index = output.index === undefined ? undefined : nameOf(output.index, notes);
  const tls =
    ca === undefined && verify !== false
      ? undefined
      : { ...(ca !== undefined && { ca: text(ca) }), ...(verify === false && { verify }) };
  const urls = at.map((one) => urlOf(text(one), output));
  const [url] = urls;
  const params: Record<string, unknown> = {};
  if (store === "esstore") {
    Object.assign(params, urls.length > 1 ? { nodes: urls } : { node: url }, { index });
    if (apiKey === undefined)
      Object.assign(params, { username: user && text(user), password: secret(password, "ES_PASSWORD") });
    else {
      params["api_key"] = secret(apiKey, "ES_API_KEY");
      notes.push("api_key is the encoded key, base64 of ID:KEY.");
    }
  } else if (store === "splunkhecstore") {
    Object.assign(params, {
      uri: url,
      token: secret(token, "SPLUNK_HEC_TOKEN") ?? "${SPLUNK_HEC_TOKEN}",
      index,
      sourcetype,
    });
    if (urls.length > 1) notes.push("uri is one address: name a load balancer, or a store for each.");
  } else if (store === "mongodbstore") {
    const uri = text(at[0] ?? "");
    const [, login, host = uri] = /^mongodb(?:\+srv)?:\/\/(?:([^/@]*)@)?(.*)$/u.exec(uri) ?? [];
    const name = login?.split(":")[0];
    Object.assign(params, {
      uri: uri.includes("://") ? uri.replace(`${login}@`, "") : `mongodb://${host}`,
      db: index,
      collection,
    });
    if (name !== undefined)
      Object.assign(params, { username: decodeURIComponent(name), password: secret(login, "MONGODB_PASSWORD") });
  } else {
    const path = nameOf(at[0] ?? "", notes);
    Object.assign(params, { path: path?.replace(/\/[^/]*$/u, "") || "./audit-records", format: "ndjson" });
  }
  if (tls) params["tls"] = tls;
  const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
  return { plugin: store, params: given, notes };
}

/** A value with its references as they are written here. */
function text(value: string): string {
  return value.replaceAll(/\$\{(\w+):(?!-)([^}]*)\}/gu, "${$1:-$2}");
}

/** A name or a path: parts of a date are the same here, a field of an event has another form. */
function nameOf(value: string, notes: string[]): string | undefined {
  const dated = text(value).replaceAll(/%\{\+([^}]*)\}/gu, (_, parts: string) =>
    parts.replaceAll(
      /[Yy]+|M+|d+|H+/gu,
      (part) => `%${part.startsWith("M") ? "m" : part.startsWith("y") ? "Y" : part[0]}`,
    ),
  );
  if (!/%\{|\{\{/u.test(dated)) return dated;
  notes.push(`"${value}" has fields of an event. Here they are JSON pointers in braces, such as {/raw/account}.`);
  return undefined;
}

function urlOf(at: string, { tls, port }: Output): string {
  if (/^[a-z]+:\/\//u.test(at)) return at;
  const hasPort = /:\d+(?:\/|$)/u.test(at);
  return `${tls ? "https" : "http"}://${at}${hasPort || port === undefined ? "" : `:${port}`}`;
}
