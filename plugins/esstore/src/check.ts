import { BlockedError } from "@cloudmarker/store-api";
import type { CheckReport, StoreContext } from "@cloudmarker/store-api";
import { certificateAt, reportCheck } from "@cloudmarker/store-api/kit";
import { indexPattern } from "./mapping.ts";
import { nodesOf } from "./nodes.ts";
import type { EsStoreParams } from "./params.ts";
import { checkVersion, findProduct } from "./product.ts";
import type { Server } from "./server.ts";

/** Says whether records could be written, and as whom; changes nothing. */
export function check(server: Server, params: EsStoreParams, { clock }: StoreContext): Promise<CheckReport> {
  const { mapping, index, proxy, tls } = params;
  return reportCheck(
    async () => {
      const found = await findProduct(server, clock.now());
      if (mapping === "managed") checkVersion(found, server.peer);
      const user = await privileges(server, params);
      const what = [found.product, found.version, "at", server.peer, user && `as ${user}`].filter(Boolean).join(" ");
      return `${what}; records go to ${index}.`;
    },
    // Through a proxy it would be another connection that is looked at.
    async () => (proxy === undefined ? certificateAt(nodesOf(params)[0] ?? "", tls) : undefined),
  );
}

interface Privileges {
  readonly username?: string;
  readonly cluster?: Readonly<Record<string, boolean>>;
  readonly index?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
}

/** Name of the user, where the server has users and tells. */
async function privileges(server: Server, { index, op, mapping }: EsStoreParams): Promise<string | undefined> {
  const names = [indexPattern(index)];
  const body = {
    cluster: mapping === "managed" ? ["manage_index_templates"] : [],
    index: [{ names, privileges: [op === "create" ? "create_doc" : "index"] }],
  };
  const { status, json } = await server.send({ method: "POST", path: "/_security/user/_has_privileges", body });
  // OpenSearch, and Elasticsearch without security, do not know the question.
  if (status !== 200) return undefined;
  const { username, cluster = {}, index: indices = {} } = json as Privileges;
  const lacking = [cluster, ...Object.values(indices)].flatMap((all) => Object.keys(all).filter((name) => !all[name]));
  if (lacking.length === 0) return username;
  const wayOut = lacking.includes("manage_index_templates") ? ", or choose `mapping: none`" : "";
  const what = `lacks ${lacking.join(" and ")} for ${names.join()}; grant it${wayOut}`;
  throw new BlockedError("no_permission", `${server.peer}: ${username ?? "the user"} ${what}.`);
}
