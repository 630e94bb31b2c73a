import { createHash, createHmac, type Hash, hash, type Hmac } from "node:crypto";
import { BlockedError, isStoreError, RetryError, type StoreContext } from "@cloudmarker/store-api";
import { excerpt } from "@cloudmarker/store-kit/http";
import type { SignatureV4 } from "@smithy/signature-v4";
import type { EsStoreParams } from "../params.ts";
import { strictPath } from "./strict-path.ts";

/** A request to a node. */
export interface NodeRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs a request: the body as it is sent, packed or not. @throws StoreError where there are no credentials */
export type Sign = (node: URL, request: NodeRequest, body: Buffer | string) => Promise<NodeRequest>;

type Credentials = ConstructorParameters<typeof SignatureV4>[0]["credentials"];

/** The optional packages, which are needed only for AWS. */
const SIGNER = "@smithy/signature-v4";
const CHAIN = "@aws-sdk/credential-provider-node";

/** Headers that a server or a proxy may change are not signed. */
const SIGNED: ReadonlySet<string> = new Set(["content-type", "content-encoding"]);

/**
 * Makes the signer for Amazon OpenSearch Service or Serverless: Signature Version 4, by AWS's own packages (L-44). They
 * are loaded here, so that they need to be installed only for AWS.
 * @throws BlockedError `not_installed`
 */
export async function openSigner(
  { region, service }: NonNullable<EsStoreParams["aws"]>,
  { env, clock, logger }: Pick<StoreContext, "env" | "clock" | "logger">,
): Promise<Sign> {
  const { SignatureV4: Signer } = await installed(SIGNER, () => import("@smithy/signature-v4"));
  const credentials = await credentialsOf(env, logger);
  const signer = new Signer({ region, service, credentials, sha256: Sha256 });

  return async (node, { method, path: given, headers }, body) => {
    const path = strictPath(given);
    const [pathname = "", query = ""] = path.split("?", 2);
    const own = Object.entries(headers).filter(([name]) => SIGNED.has(name));
    const request = {
      method,
      protocol: node.protocol,
      hostname: node.hostname,
      path: pathname,
      query: Object.fromEntries(new URLSearchParams(query)),
      // Serverless wants the hash of the body among the headers; the signer takes it from there.
      headers: { ...Object.fromEntries(own), host: node.host, "x-amz-content-sha256": hash("sha256", body, "hex") },
    };
    try {
      const signed = await signer.sign(request, { signingDate: new Date(clock.now()) });
      return { method, path, headers: { ...headers, ...signed.headers } };
    } catch (error) {
      throw isStoreError(error) ? error : noCredentials(error);
    }
  };
}

/**
 * Keys of the environment; else AWS's usual chain: profiles, single sign-on, web identity, the role of a container or a
 * machine.
 */
async function credentialsOf(env: StoreContext["env"], logger: StoreContext["logger"]): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN: sessionToken, AWS_PROFILE: profile } = env;
  if (!profile && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    const keys = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    return { ...keys, ...(sessionToken && { sessionToken }) };
  }
  const { defaultProvider } = await installed(CHAIN, () => import("@aws-sdk/credential-provider-node"));
  // Without a logger it writes to the console.
  const told = { debug: ignore, info: ignore, error: ignore, warn: (text: unknown) => logger.warn(String(text)) };
  return defaultProvider({ logger: told, ...(profile && { profile }) });
}

function ignore(): void {}

async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ERR_MODULE_NOT_FOUND" ? "is not installed" : `cannot be loaded (${excerpt(message)})`;
    const what = `The param aws needs the package ${name}, which ${why}`;
    throw new BlockedError("not_installed", `${what}: npm install ${SIGNER} ${CHAIN}.`, { cause });
  }
}

function noCredentials(cause: unknown): BlockedError | RetryError {
  const { name, message } = cause as Error;
  const text = `There are no AWS credentials: ${excerpt(message)}`;
  // A problem of the configuration stays; a service that gives credentials may come back.
  if (name !== "CredentialsProviderError") return new RetryError("credentials", `${text}.`, { cause });
  const advice = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give this machine a role";
  return new BlockedError("credentials", `${text}; ${advice}.`, { cause });
}

/** SHA-256, or the HMAC with a key, as the signer wants it. */
class Sha256 {
  readonly #key: Parameters<typeof createHmac>[1] | undefined;
  #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = key === undefined ? undefined : bytesOf(key);
    this.#hash = this.#make();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#make();
  }

  #make(): Hash | Hmac {
    return this.#key === undefined ? createHash("sha256") : createHmac("sha256", this.#key);
  }
}

function bytesOf(key: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof key === "string") return key;
  return ArrayBuffer.isView(key) ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength) : new Uint8Array(key);
}
