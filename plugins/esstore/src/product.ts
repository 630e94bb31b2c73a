import { BlockedError } from "@cloudmarker/store-api";
import { describeServer } from "@cloudmarker/store-api/kit";
import type { Product } from "./mapping.ts";
import { requestError } from "./outcomes.ts";
import type { Server, ServerAnswer } from "./server.ts";

/** What answers at the address. */
export interface ProductFound {
  readonly product: Product;
  /** Undefined where the user may not ask. */
  readonly version: string | undefined;
}

/** The first versions with all that the managed template needs; OpenSearch began again at 1. */
const OLDEST: Readonly<Record<Product, readonly [major: number, minor: number]>> = {
  Elasticsearch: [7, 10],
  OpenSearch: [2, 7],
};

interface Greeting {
  readonly tagline?: unknown;
  readonly version?: { readonly number?: unknown; readonly distribution?: unknown };
}

/**
 * Asks the server what it is.
 * @throws StoreError
 */
export async function findProduct(server: Server, nowMs: number): Promise<ProductFound> {
  const answer = await server.send({ method: "GET", path: "/" });
  const { version: { number, distribution } = {}, tagline } = (answer.json ?? {}) as Greeting;
  const product = productOf(answer, `${String(distribution)} ${String(tagline)}`);
  if (answer.status === 200 && product && typeof number === "string") return { product, version: number };
  // Who may not ask may write all the same, and the headers of the refusal tell what it comes from.
  if (answer.status === 403 && product) return { product, version: undefined };
  if (answer.status === 200) {
    const text = `${answer.peer} is ${describeServer(answer)}, not Elasticsearch or OpenSearch`;
    throw new BlockedError("wrong_server", `${text}; check node, host and port.`);
  }
  throw requestError(answer, nowMs, "grant the cluster privilege `monitor`, or choose `mapping: none`");
}

/**
 * Refuses what is too old for a managed mapping.
 * @throws BlockedError `version`
 */
export function checkVersion({ product, version }: ProductFound, peer: string): void {
  const [oldMajor, oldMinor] = OLDEST[product];
  const [major = 0, minor = 0] = (version ?? `${oldMajor}.${oldMinor}`).split(".").map(Number);
  // OpenSearch can be told to give itself out as Elasticsearch 7.10.
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  const needs = `a managed mapping needs ${oldMajor}.${oldMinor} or later. Choose \`mapping: none\` for this one`;
  throw new BlockedError("version", `${peer} is ${product} ${version}; ${needs}.`);
}

function productOf({ headers }: ServerAnswer, greeting: string): Product | undefined {
  if (/opensearch/iu.test(`${greeting} ${String(headers["x-opensearch-version"])}`)) return "OpenSearch";
  const isElastic = greeting.includes("You Know, for Search") || headers["x-elastic-product"] === "Elasticsearch";
  return isElastic ? "Elasticsearch" : undefined;
}
