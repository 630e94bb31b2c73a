import { MASK } from "@cloudmarker/store-api";

/** The parts of an HTTP answer that show what kind of server gave it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** An answer, with the details for a message about it. */
export interface ServerAnswer extends HttpAnswer {
  /** The server that answered, as a person knows it. */
  readonly peer: string;
  /** Time of the answer, in milliseconds since the epoch. */
  readonly atMs: number;
}

/**
 * `Retry-After` in milliseconds (RFC 9110, 10.2.3): seconds, or a date; undefined if absent.
 * @param nowMs - milliseconds since the epoch
 */
export function retryAfterMs(value: string | readonly string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== "string") return undefined;
  const ms = /^\d+$/u.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Characters of a body that are searched for its product: searching megabytes would take minutes. */
const TELLING = 4096;

/**
 * Says which server gave an answer, for a message such as "This is …": its product if that is visible, else what is
 * visible.
 */
export function describeServer(answer: HttpAnswer): string {
  const { status, body } = answer;
  const said = body === "" ? "nothing" : excerpt(body);
  return knownServer(answer) ?? `a server${serverName(answer)} that answers ${status} with ${said}`;
}

/** As {@link describeServer}; undefined if the answer shows neither the product nor another address nor a title. */
export function knownServer(answer: HttpAnswer): string | undefined {
  const { status, headers, body: whole } = answer;
  const body = whole.slice(0, TELLING);
  const server = headers["server"];
  const location = headers["location"];
  if (headers["x-elastic-product"] === "Elasticsearch") return "Elasticsearch";
  if (headers["x-opensearch-version"] !== undefined) return "OpenSearch";
  if (/"distribution"\s*:\s*"opensearch"|opensearch\.org/u.test(body)) return "OpenSearch";
  if (/"tagline"\s*:\s*"You Know, for Search"/u.test(body)) return "Elasticsearch";
  if (body.includes("trying to access MongoDB over HTTP")) return "MongoDB";
  if (/"text"\s*:.*"code"\s*:/su.test(body)) return "a Splunk HTTP Event Collector";
  if (server === "Splunkd") return `Splunk's ${status >= 300 && status < 400 ? "web" : "management"} port`;
  if (typeof location === "string" && status >= 300 && status < 400)
    return `a server that redirects to ${withoutQuery(location)}`;
  const title = excerpt(/<title>([^<]{1,200})<\/title>/iu.exec(body)?.[1] ?? "", 80);
  return title === "" ? undefined : `a web server${serverName(answer)} with a page "${title}"`;
}

/** ` (nginx)`, if the server says its name. */
export function serverName({ headers: { server } }: HttpAnswer): string {
  return typeof server === "string" ? ` (${server})` : "";
}

/**
 * Some servers show the headers of a request. This is the authorising header in such an answer; its last part is the
 * secret.
 */
const CREDENTIALS = /(authorization.{1,40}?\b(?:apikey|basic|bearer|splunk)\s+)[^\s"'<>,;]+/giu;

/** The beginning of a text on one line, for messages. */
export function excerpt(text: string, most: number = 120): string {
  const line = text.replaceAll(/\s+/gu, " ").trim().replaceAll(CREDENTIALS, `$1${MASK}`);
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** A redirect may contain a token. */
function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/su, "");
}

/** The members of a JSON object; none if the text is something else. */
export function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
