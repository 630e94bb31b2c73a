import { BlockedError, StoreError } from "@cloudmarker/store-api";
import type { CheckReport, StoreContext } from "@cloudmarker/store-api";
import { describeCertificate } from "@cloudmarker/store-api/kit";
import { indexPattern } from "./mapping.ts";
import type { EsStoreParams } from "./params.ts";
import { checkVersion, findProduct } from "./product.ts";
import type { Server } from "./server.ts";

/** Says whether records could be written, and as whom; changes nothing. */
export async function check(server: Server, params: EsStoreParams, { clock }: StoreContext): Promise<CheckReport> {
  try {
    const found = await findProduct(server, clock.now());
    if (params.mapping === "managed") checkVersion(found, server.peer);
    const user = await privileges(server, params);
    const who = user === undefined ? "" : ` as ${user}`;
    const what = `${found.product}${found.version === undefined ? "" : ` ${found.version}`}`;
    return { ok: true, code: "ok", message: `${what} at ${server.peer}${who}; records go to ${params.index}.` };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message } = error;
    const certificate = code === "tls" ? await certificateOf(server, params) : undefined;
    return { ok: false, code, message: certificate === undefined ? message : `${message} It shows a ${certificate}.` };
  }
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
  throw new BlockedError(
    "no_permission",
    `${server.peer}: ${username ?? "the user"} lacks ${lacking.join(" and ")} for ${names.join()}; grant it${wayOut}.`,
  );
}

async function certificateOf({ peer }: Server, { tls }: EsStoreParams): Promise<string | undefined> {
  const url = URL.parse(peer.split(", ", 1)[0] ?? "");
  return url ? describeCertificate(url.hostname, Number(url.port || 443), tls.server_name ?? url.hostname) : undefined;
}
