import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import { BlockedError } from "../errors.ts";
import type { ParamsOf } from "../schema.ts";
import type { ParamsProblem, StoreContext } from "../store.ts";

/** How TLS is done, for the schema of a store. */
export const TLS_PARAM = {
  type: "object",
  default: {},
  additionalProperties: false,
  description: "TLS; certificates are verified unless `verify` says otherwise.",
  properties: {
    ca: {
      type: "string",
      minLength: 1,
      description: "File with the certificates of the authorities to trust, PEM, in place of the well-known ones.",
    },
    cert: { type: "string", minLength: 1, description: "File with the client's certificate, PEM." },
    key: { type: "string", minLength: 1, description: "File with the client's private key, PEM." },
    key_password: { type: "string", writeOnly: true, description: "Password of the private key." },
    server_name: {
      type: "string",
      minLength: 1,
      description: "Name that the server's certificate must have, where it is not the name in the address.",
    },
    verify: {
      type: "boolean",
      default: true,
      description: "`false` accepts any certificate: whoever sits in between can read and change everything.",
    },
  },
} as const;

/** The value of {@link TLS_PARAM}. */
export type TlsParams = ParamsOf<typeof TLS_PARAM>;

/** What `node:tls` takes, and with it undici and the drivers. */
export interface TlsOptions {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  passphrase?: string;
  servername?: string;
  rejectUnauthorized: boolean;
}

/** What the schema cannot say of {@link TLS_PARAM}. */
export function tlsProblems({ cert, key, key_password }: TlsParams): ParamsProblem[] {
  const problems: ParamsProblem[] = [];
  const need = (has: string, lacks: string): void => {
    problems.push({ path: ["tls", has], message: `tls.${has} is of no use without tls.${lacks}.` });
  };
  if (cert !== undefined && key === undefined) need("cert", "key");
  if (key !== undefined && cert === undefined) need("key", "cert");
  if (key_password !== undefined && key === undefined) need("key_password", "key");
  return problems;
}

/**
 * Reads the files that {@link TLS_PARAM} names.
 * @throws BlockedError `tls_file`
 */
export async function loadTls(params: TlsParams, context: Pick<StoreContext, "resolvePath">): Promise<TlsOptions> {
  const read = async (name: "ca" | "cert" | "key"): Promise<Buffer | undefined> => {
    const given = params[name];
    if (given === undefined) return undefined;
    const path = context.resolvePath("tls", given);
    try {
      return await readFile(path);
    } catch (cause) {
      const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
      throw new BlockedError("tls_file", `tls.${name}: ${path} cannot be read (${why}).`, { cause });
    }
  };
  const [ca, cert, key] = [await read("ca"), await read("cert"), await read("key")];
  return {
    rejectUnauthorized: params.verify,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(params.key_password !== undefined && { passphrase: params.key_password }),
    ...(params.server_name !== undefined && { servername: params.server_name }),
  };
}

/** How long {@link describeCertificate} waits, in milliseconds. */
const CERTIFICATE_TIMEOUT_MS = 5_000;

/** The certificate that a server shows, in words, whether or not it can be trusted; undefined where it shows none. For messages only. */
export function describeCertificate(
  host: string,
  port: number,
  servername: string = host,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    // An IP address is no server name.
    const name = /^[\d.]+$|:/u.test(servername) ? {} : { servername };
    const socket = connect({ host, port, ...name, rejectUnauthorized: false, timeout: CERTIFICATE_TIMEOUT_MS });
    const end = (text?: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.once("error", () => end());
    socket.once("timeout", () => end());
    socket.once("secureConnect", () => {
      const { subject, issuer, valid_to } = socket.getPeerCertificate();
      // A server may show none, whatever the types say.
      if (!(subject as unknown)) end();
      else
        end(`certificate of ${subject.CN ?? "no name"}, issued by ${issuer.CN ?? "no name"}, valid until ${valid_to}`);
    });
  });
}

/** The same by the URL of a server. Through a proxy it would be another connection that is looked at. */
export async function certificateAt(
  url: string,
  { server_name }: TlsParams,
  proxy?: string,
): Promise<string | undefined> {
  if (proxy !== undefined) return undefined;
  const { hostname, port } = new URL(url);
  const host = hostname.replaceAll(/[[\]]/gu, "");
  return describeCertificate(host, Number(port || 443), server_name ?? host);
}
