import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "../http/reply.ts";
import { Failure } from "./failure.ts";
import type { Product } from "./product.ts";
import { wildcard } from "./wildcard.ts";

/** Who may use the server. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** In base64, as the product hands it out. */
  | { readonly apiKey: string }
  | { readonly bearer: string };

/** What the user may do. */
export interface Privileges {
  /** Such as `monitor`. @default all */
  readonly cluster?: readonly string[];
  /** Names of index privileges, such as `create_doc`, by pattern of the index name. @default all, on all indices */
  readonly indices?: Readonly<Record<string, readonly string[]>>;
}

/** What a privilege includes beside itself; `all` includes every other. */
const INCLUDED: Record<string, readonly string[]> = {
  manage: ["monitor", "manage_index_templates", "create_index", "delete_index", "view_index_metadata"],
  write: ["index", "delete"],
  index: ["create"],
  create: ["create_doc"],
  create_index: ["auto_configure"],
};

const CHALLENGES = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', "ApiKey"];

/** Checks credentials and privileges, in the words of the product. */
export class Security {
  readonly #product: Product;
  readonly #credentials: Credentials | undefined;
  readonly #privileges: Privileges | undefined;

  constructor(product: Product, credentials: Credentials | undefined, privileges: Privileges | undefined) {
    this.#product = product;
    this.#credentials = credentials;
    this.#privileges = privileges;
  }

  /** Whether anything is checked at all; if not, Elasticsearch has no routes under `/_security`. */
  get isOn(): boolean {
    return this.#credentials !== undefined || this.#privileges !== undefined;
  }

  /** Returns the 401 where the credentials are not the right ones. */
  authenticate(headers: IncomingHttpHeaders, path: string): Answer | undefined {
    if (!this.#credentials) return undefined;
    const [, scheme = "", secret = ""] = /^(\S+)\s+(.*)$/.exec(headers.authorization ?? "") ?? [];
    const [wantedScheme, wantedSecret] = expected(this.#credentials);
    if (scheme.toLowerCase() === wantedScheme && secret === wantedSecret) return undefined;
    if (this.#product.name === "opensearch")
      return {
        status: 401,
        headers: { "WWW-Authenticate": 'Basic realm="OpenSearch Security"' },
        body: "Unauthorized",
      };
    return unauthenticated(scheme.toLowerCase(), secret, path).toAnswer();
  }

  /** @throws {Failure} 403 */
  requireCluster(privilege: string, action: string): void {
    if (this.hasCluster(privilege)) return;
    throw this.#refusal(action, "", `cluster privileges [${privilege},manage,all]`);
  }

  /** @throws {Failure} 403 */
  requireIndex(name: string, privilege: string, action: string): void {
    if (this.hasIndex(name, privilege)) return;
    throw this.#refusal(action, ` on indices [${name}]`, `index privileges [${privilege},all]`);
  }

  /** @throws {Failure} 403, where there is no index at all on which the user has `privilege` */
  requireSomeIndex(privilege: string, action: string): void {
    const granted = this.#privileges?.indices;
    if (!granted || Object.values(granted).some((names) => includes(names, privilege))) return;
    throw this.#refusal(action, "", `index privileges [${privilege},create,index,write,all]`);
  }

  hasCluster(privilege: string): boolean {
    return includes(this.#privileges?.cluster ?? ["all"], privilege);
  }

  hasIndex(name: string, privilege: string): boolean {
    return Object.entries(this.#privileges?.indices ?? { "*": ["all"] }).some(
      ([pattern, names]) => wildcard(pattern).test(name) && includes(names, privilege),
    );
  }

  /** Answer of `GET /_security/_authenticate`. */
  describe(): object {
    const realm = { name: "default_native", type: "native" };
    return {
      username: this.#user,
      roles: ["scripted"],
      full_name: null,
      email: null,
      metadata: {},
      enabled: true,
      authentication_realm: realm,
      lookup_realm: realm,
      authentication_type: this.#credentials && "apiKey" in this.#credentials ? "api_key" : "realm",
    };
  }

  /** Answer of `POST /_security/user/_has_privileges`. */
  hasPrivileges(wanted: WantedPrivileges): object {
    const cluster = Object.fromEntries((wanted.cluster ?? []).map((name) => [name, this.hasCluster(name)]));
    const index: Record<string, Record<string, boolean>> = {};
    for (const { names, privileges } of wanted.index ?? [])
      for (const name of [names].flat())
        for (const privilege of privileges) (index[name] ??= {})[privilege] = this.hasIndex(name, privilege);
    const results = [cluster, ...Object.values(index)].flatMap((each) => Object.values(each));
    return { username: this.#user, has_all_requested: !results.includes(false), cluster, index, application: {} };
  }

  get #user(): string {
    return this.#credentials && "username" in this.#credentials ? this.#credentials.username : "scripted";
  }

  #refusal(action: string, where: string, granting: string): Failure {
    const reason =
      this.#product.name === "opensearch"
        ? `no permissions for [${action}] and User [name=${this.#user}, backend_roles=[], requestedTenant=null]`
        : `action [${action}] is unauthorized for user [${this.#user}] with effective roles [scripted]${where}, ` +
          `this action is granted by the ${granting}`;
    return new Failure(403, "security_exception", reason);
  }
}

/** Body of a request to `_has_privileges`. */
export interface WantedPrivileges {
  readonly cluster?: readonly string[];
  readonly index?: readonly { readonly names: string | readonly string[]; readonly privileges: readonly string[] }[];
}

function expected(credentials: Credentials): [scheme: string, secret: string] {
  if ("apiKey" in credentials) return ["apikey", credentials.apiKey];
  if ("bearer" in credentials) return ["bearer", credentials.bearer];
  return ["basic", Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")];
}

function unauthenticated(scheme: string, secret: string, path: string): Failure {
  let reason = `missing authentication credentials for REST request [${path}]`;
  if (scheme === "basic")
    reason = `unable to authenticate user [${Buffer.from(secret, "base64").toString().split(":")[0]}] for REST request [${path}]`;
  else if (scheme !== "")
    reason = "unable to authenticate with provided credentials and anonymous access is not allowed for this request";
  return new Failure(401, "security_exception", reason, {
    fields: { header: { "WWW-Authenticate": CHALLENGES } },
    headers: { "WWW-Authenticate": CHALLENGES },
  });
}

function includes(granted: readonly string[], wanted: string): boolean {
  return granted.some((name) => name === "all" || name === wanted || includes(INCLUDED[name] ?? [], wanted));
}
