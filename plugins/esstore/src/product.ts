import { BlockedError, valueAt } from "@cloudmarker/store-api";
import { byCode, describeServer, type HttpServer, type Meaning, readObject } from "@cloudmarker/store-kit/http";
import type { Product } from "./mapping/template.ts";
import { requestError } from "./outcomes.ts";
import type { EsStoreParams } from "./params.ts";

/** The first versions with all that the managed template needs; OpenSearch began again at 1. */
const OLDEST: Readonly<Record<Product, string>> = { Elasticsearch: "7.10", OpenSearch: "2.7" };

/** Advice if the managed template is not possible. */
export const WAY_OUT = "or put a template of your own and choose `mapping: none`";
const GRANT = `; grant the cluster privileges \`monitor\` and \`manage_index_templates\`, ${WAY_OUT}`;

/** The meaning if a question is refused. */
export const FORBIDDEN: readonly [Meaning, number] = [["blocked", "no_permission", GRANT], 403];

/**
 * Asks the server what it is; the version is undefined where the user may not ask.
 * @throws StoreError also where it is too old for a managed mapping
 */
export async function findProduct(server: HttpServer, { mapping, aws }: EsStoreParams): Promise<[Product, string?]> {
  // OpenSearch Serverless does not answer this question (L-44).
  if (aws?.service === "aoss") return ["OpenSearch"];
  const answer = await server.send({ method: "GET", path: "/" });
  const { status, peer } = answer;
  const product = describeServer(answer);
  const isKnown = product === "Elasticsearch" || product === "OpenSearch";
  // A user who may not ask may still write, and the headers of the refusal show which server it comes from.
  if (isKnown && status === 403) return [product];
  if (status !== 200) throw requestError(answer, byCode([FORBIDDEN]));
  const version = valueAt(readObject(answer.body), ["version", "number"]);
  if (!isKnown || typeof version !== "string") {
    const text = `${peer} is ${product}, not Elasticsearch or OpenSearch; check node, host and port.`;
    throw new BlockedError("wrong_server", text);
  }
  const oldest = OLDEST[product];
  // OpenSearch can be set to present itself as Elasticsearch 7.10.
  const isOld = isBefore(version, oldest);
  if (!isOld || mapping === "none") return [product, version];
  const needs = `a managed mapping needs ${oldest} or later. Choose \`mapping: none\` for this one`;
  throw new BlockedError("version", `${peer} is ${product} ${version}; ${needs}.`);
}

/**
 * Whether a version such as `7.9.3` is older than one such as `7.10`. A collator of Intl for this takes 15 ms to load.
 */
function isBefore(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
