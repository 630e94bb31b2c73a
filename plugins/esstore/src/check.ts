import { BlockedError, type CheckReport, type StoreContext } from "@cloudmarker/store-api";
import {
  authoritiesOf,
  certificateAt,
  type HttpServer,
  proxyFor,
  readObject,
  reportCheck,
  wayText,
} from "@cloudmarker/store-kit/http";
import type { EsStoreParams } from "./params.ts";
import { findProduct } from "./product.ts";
import { nodesOf } from "./server.ts";
import { rehearse } from "./mapping/install.ts";
import { indexPattern } from "./mapping/template.ts";
import { findIndices, type Found, knock, requirePipeline, requireTarget } from "./target.ts";

/** Says whether records could be written, by which user and through which proxy; changes nothing. */
export function check(
  server: HttpServer,
  params: EsStoreParams,
  { env }: Pick<StoreContext, "env">,
): Promise<CheckReport> {
  const [node = ""] = nodesOf(params);
  const proxy = proxyFor(node, params.proxy, env);
  const way = wayText(proxy, node.startsWith("https:") ? authoritiesOf(params.tls, env) : undefined);
  async function look(): Promise<string> {
    const [product, version] = await findProduct(server, params);
    const found = await findIndices(server, params);
    const user = await privileges(server, params, found);
    await rehearse(server, params, product);
    await requireTarget(server, params, found);
    await requirePipeline(server, params);
    await knock(server, params);
    const what = [product, version, "at", server.peer, user && `as ${user}`].filter(Boolean).join(" ");
    const isSecret = user === undefined && [params.username, params.api_key, params.bearer].some(Boolean);
    const doubt = isSecret ? " Whether the user may write there shows with the first record." : "";
    return `${what}${way}; records go to ${params.index}.${doubt}`;
  }
  return reportCheck(look, () => certificateAt(node, params.tls, proxy));
}

type Has = Readonly<Record<string, boolean>>;
type Privileges = Readonly<{ username?: string; cluster?: Has; index?: Readonly<Record<string, Has>> }>;

/** Name of the user, if the server has users and tells it. */
async function privileges(
  server: HttpServer,
  { index, op, mapping, aws }: EsStoreParams,
  found: Found,
): Promise<string | undefined> {
  if (aws) return undefined;
  const names = [indexPattern(index)];
  const cluster = mapping === "managed" ? ["manage_index_templates"] : [];
  // Some indices of a varying name may exist, and a user who may not look may still write.
  const create = found?.size === 0 ? ["auto_configure"] : [];
  const body = { cluster, index: [{ names, privileges: [op === "create" ? "create_doc" : "index", ...create] }] };
  const answer = await server.send({ method: "POST", path: "/_security/user/_has_privileges", body });
  // OpenSearch, and Elasticsearch without security, do not know the question.
  if (answer.status !== 200) return undefined;
  const { username, cluster: has = {}, index: indices = {} } = readObject(answer.body) as Privileges;
  const lacking = [has, ...Object.values(indices)].flatMap((all) => Object.keys(all).filter((name) => !all[name]));
  if (lacking.length === 0) return username;
  const wayOut = lacking.includes("manage_index_templates") ? ", or choose `mapping: none`" : "";
  const what = `lacks ${lacking.join(" and ")} for ${names.join()}; grant it${wayOut}`;
  throw new BlockedError("no_permission", `${server.peer}: ${username ?? "the user"} ${what}.`);
}
