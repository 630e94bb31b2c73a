import type { ElasticsearchServer } from "./server.ts";

/** The parts of an answer that tests read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed answer; each test knows its shape. */
  readonly body: Body;
}

/** What is common to the answers of all routes. */
export interface Body {
  readonly errors?: boolean;
  readonly items?: readonly Readonly<Record<string, Item>>[];
  readonly error?: ItemError;
  readonly [field: string]: unknown;
}

/** One item of the answer to a bulk request. */
export interface Item {
  readonly status: number;
  readonly result?: string;
  readonly error?: ItemError;
  readonly [field: string]: unknown;
}

/** What the server says is wrong. */
export interface ItemError {
  readonly type: string;
  readonly reason: string;
  readonly caused_by?: { readonly type: string; readonly reason: string };
  readonly [field: string]: unknown;
}

/** Sends a request, with a body in JSON where one is given. */
export async function send(
  server: ElasticsearchServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const content = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(server.url + path, { method, ...content, headers: { ...type, ...headers } });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith("{") ? JSON.parse(text) : {},
  };
}

/**
 * Sends `lines` as a bulk request, each as it is where it is a string, else as JSON; lists in the list are only there
 * for reading.
 */
export function postBulk(
  server: ElasticsearchServer,
  lines: readonly unknown[],
  { path = "/_bulk", headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const text = lines
    .flat()
    .map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`)
    .join("");
  return send(server, "POST", path, text, { "content-type": "application/x-ndjson", ...headers });
}

/** Status, and type of the error, of each item of the answer to a bulk request. */
export function outcomes({ body }: Reply): string[] {
  return (body.items ?? []).map((each) => {
    const [item] = Object.values(each);
    return [item?.status, item?.error?.type].filter((part) => part !== undefined).join(" ");
  });
}
