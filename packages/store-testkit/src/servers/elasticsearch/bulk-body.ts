import type { ReceivedRequest } from "../http/request.ts";
import { Failure, illegalArgument } from "./failure.ts";
import type { TargetRules } from "./indices.ts";
import type { Product } from "./product.ts";

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** One action of a bulk request. */
export interface BulkItem extends TargetRules {
  readonly op: "create" | "index";
  readonly index: string;
  /** Absent where the server is to make one up. */
  readonly id: string | undefined;
  readonly pipeline: string | undefined;
  readonly hasVersion: boolean;
  /** The document, exactly as it was sent. */
  readonly source: string;
}

/** A bulk request as it was read, up to what is wrong with it. */
export interface BulkBody {
  readonly items: readonly BulkItem[];
  /** What makes the server refuse the whole request. */
  readonly failure: Failure | undefined;
}

interface Action {
  readonly [parameter: string]: unknown;
}

const PARAMETERS = new Set(
  (
    "_index _id _type routing _routing version _version version_type if_seq_no if_primary_term pipeline require_alias " +
    "retry_on_conflict op_type dynamic_templates"
  ).split(" "),
);

/**
 * Reads NDJSON: action line, source line, and a newline at the end of each. The sources are cut out as text, not
 * parsed.
 * @param index name in the path, for the actions that carry none
 */
export function readBulkBody(product: Product, { body, query }: ReceivedRequest, index: string): BulkBody {
  const items: BulkItem[] = [];
  const read = (): Failure | undefined => {
    if (body.length === 0) return new Failure(400, "parse_exception", "request body is required");
    if (body.at(-1) !== NEWLINE)
      return illegalArgument(String.raw`The bulk request must be terminated by a newline [\n]`);
    for (let start = 0, line = 1; start < body.length; line++) {
      const end = body.indexOf(NEWLINE, start);
      if (end === start) {
        start = end + 1;
        continue;
      }
      const action = parseAction(product, body.toString("utf8", start, end), line);
      if (action instanceof Failure) return action;
      const sourceEnd = body.indexOf(NEWLINE, end + 1);
      // An action without a source at the very end is dropped silently, by the real ones too.
      if (sourceEnd === -1) break;
      const source = body.toString(
        "utf8",
        end + 1,
        body[sourceEnd - 1] === CARRIAGE_RETURN ? sourceEnd - 1 : sourceEnd,
      );
      items.push(toItem(action, query, index, source));
      start = sourceEnd + 1;
      line++;
    }
    return validate(items);
  };
  const failure = read();
  return { items, failure };
}

function parseAction(product: Product, json: string, line: number): { op: BulkItem["op"]; fields: Action } | Failure {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const type = product.isElasticsearch(8) ? "x_content_parse_exception" : "json_parse_exception";
    return new Failure(400, type, String(error));
  }
  const [op, fields] = Object.entries(value ?? {})[0] ?? [];
  if (op !== "create" && op !== "index")
    return illegalArgument(
      `Malformed action/metadata line [${line}], expected one of [create, delete, index, update] but found [${op}]`,
    );
  if (typeof fields !== "object" || fields === null)
    return illegalArgument(`Malformed action/metadata line [${line}], expected START_OBJECT`);
  for (const name of Object.keys(fields))
    if (!PARAMETERS.has(name) && !(name === "require_data_stream" && product.isElasticsearch(8, 13)))
      return illegalArgument(`Action/metadata line [${line}] contains an unknown parameter [${name}]`);
  return { op, fields };
}

function toItem(
  { op, fields }: { op: BulkItem["op"]; fields: Action },
  query: URLSearchParams,
  index: string,
  source: string,
): BulkItem {
  return {
    op,
    index: text(fields["_index"]) ?? index,
    id: text(fields["_id"]),
    pipeline: text(fields["pipeline"]) ?? query.get("pipeline") ?? undefined,
    requireAlias: flag(fields["require_alias"] ?? query.get("require_alias")),
    requireDataStream: flag(fields["require_data_stream"] ?? query.get("require_data_stream")),
    hasVersion: fields["version"] !== undefined,
    source,
  };
}

/** One bad item has the whole request refused; an empty id does not, that fails by itself. */
function validate(items: readonly BulkItem[]): Failure | undefined {
  const complaints = items.length === 0 ? ["no requests added"] : items.flatMap(complaintsOf);
  if (complaints.length === 0) return undefined;
  const list = complaints.map((complaint, position) => `${position + 1}: ${complaint};`).join("");
  return new Failure(400, "action_request_validation_exception", `Validation Failed: ${list}`);
}

function complaintsOf({ op, index, id, pipeline, hasVersion }: BulkItem): string[] {
  const complaints: string[] = [];
  if (index === "") complaints.push("index is missing");
  if (op === "create" && hasVersion)
    complaints.push("create operations only support internal versioning. use index instead");
  const bytes = Buffer.byteLength(id ?? "");
  if (bytes > 512) complaints.push(`id [${id}] is too long, must be no longer than 512 bytes but was: ${bytes}`);
  if (pipeline === "") complaints.push("pipeline cannot be an empty string");
  return complaints;
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function flag(value: unknown): boolean {
  return value === true || value === "true" || value === "";
}
