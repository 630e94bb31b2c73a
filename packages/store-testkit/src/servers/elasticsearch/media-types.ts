import type { RequestHead } from "../http/request.ts";
import type { Answer } from "../http/reply.ts";
import { jsonAnswer } from "../http/reply.ts";
import { Failure } from "./failure.ts";
import type { Product } from "./product.ts";

const PLAIN = /^application\/(json|x-ndjson|yaml|cbor|smile)\s*(;|$)/i;
const VERSIONED = /^application\/vnd\.elasticsearch\+(json|x-ndjson)\s*;\s*compatible-with=(\d+)/i;

/**
 * What a product says of the headers `content-type` and `accept`, the latter being looked at since Elasticsearch 8.
 * - Elasticsearch M from 8 on takes versions M and M-1, in both headers or in neither, and equal.
 * - Elasticsearch 7.11 to 7.17 takes any version, as 7.17.29 was seen to do.
 * - Before that, and in OpenSearch, a versioned `content-type` is a 406, and a versioned `accept` is not looked at.
 */
export function checkMediaTypes(product: Product, head: RequestHead, hasBody: boolean): Answer | undefined {
  const { accept, "content-type": contentType } = head.headers;
  if (hasBody) {
    if (contentType === undefined) return notAcceptable("Content-Type header is missing");
    const takesVersions = product.isElasticsearch(7, 11);
    if (!PLAIN.test(contentType) && !(takesVersions && VERSIONED.test(contentType)))
      return notAcceptable(`Content-Type header [${contentType}] is not supported`);
  }
  const problem = product.isElasticsearch(8)
    ? versionProblem(product.major, accept, hasBody ? contentType : undefined)
    : undefined;
  if (problem === undefined) return undefined;
  const causedBy = { type: "status_exception", reason: problem };
  const reason = "Invalid media-type value on headers [Accept, Content-Type]";
  return new Failure(400, "media_type_header_exception", reason, { causedBy }).toAnswer();
}

/** The `content-type` of an answer in JSON: Elasticsearch from 8 on answers in the version that was asked for. */
export function answerType(product: Product, accept: string | undefined): string {
  if (!product.isElasticsearch(8)) return "application/json; charset=UTF-8";
  const version = versionOf(accept);
  return version === undefined ? "application/json" : `application/vnd.elasticsearch+json;compatible-with=${version}`;
}

/** `contentType` only where there is a body, without which Elasticsearch does not look at it. */
function versionProblem(
  major: number,
  accept: string | undefined,
  contentType: string | undefined,
): string | undefined {
  const wanted = versionOf(accept);
  const sent = versionOf(contentType);
  for (const [header, version, text] of [
    ["Accept", wanted, accept],
    ["Content-Type", sent, contentType],
  ] as const)
    if (version !== undefined && (version > major || version < major - 1))
      return `${header} version must be either version ${major} or ${major - 1}, but found ${version}. ${header}=${text}`;
  if (contentType === undefined || wanted === sent) return undefined;
  const headers = `Accept=${accept ?? null}, Content-Type=${contentType}`;
  const rule = "A compatible version is required on both Content-Type and Accept headers if either one has requested";
  return wanted === undefined || sent === undefined
    ? `${rule} a compatible version. ${headers}`
    : `${rule} a compatible version and the compatible versions must match. ${headers}`;
}

function versionOf(header: string | undefined): number | undefined {
  const version = VERSIONED.exec(header ?? "")?.[2];
  return version === undefined ? undefined : Number(version);
}

function notAcceptable(error: string): Answer {
  return jsonAnswer(406, { error, status: 406 });
}
