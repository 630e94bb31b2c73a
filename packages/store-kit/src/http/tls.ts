import crypto, { type X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import nodeTls from "node:tls";
import { BlockedError, type ParamsOf, type ParamsProblem, type StoreContext } from "@cloudmarker/store-api";
import { pathProblem } from "../disk.ts";
import type { Proxy } from "./proxy.ts";

/** Options of TLS, for the schema of a store. */
export const TLS_PARAM = {
  type: "object",
  default: {},
  additionalProperties: false,
  "x-also": ["ssl"],
  description: "TLS; certificates are verified unless `verify` says otherwise.",
  properties: {
    ca: {
      "x-also": [
        "cacert",
        "ca_cert",
        "ca_certs",
        "ca_file",
        "ssl_ca",
        "ssl.ca",
        "certificate_authorities",
        "ssl_certificate_authorities",
        "tls_ca_file",
      ],
      type: "string",
      minLength: 1,
      description:
        "File with the certificates of the authorities to trust, PEM, in place of the well-known ones. Without it, `REQUESTS_CA_BUNDLE` or `SSL_CERT_FILE` of the environment names the file.",
    },
    cert: {
      "x-also": ["crt_file", "cert_file", "client_cert", "certificate", "ssl_certificate", "tls_crt_file"],
      type: "string",
      minLength: 1,
      description: "File with the client's certificate, PEM.",
    },
    key: {
      "x-also": ["key_file", "client_key", "ssl_key", "ssl.key", "tls_key_file"],
      type: "string",
      minLength: 1,
      description: "File with the client's private key, PEM.",
    },
    key_password: {
      "x-also": ["key_passphrase", "ssl_key_passphrase", "key_pass", "passphrase", "tls_key_passwd"],
      type: "string",
      minLength: 1,
      writeOnly: true,
      description: "Password of the private key.",
    },
    server_name: {
      "x-also": ["server_name_override", "sni", "tls_vhost"],
      type: "string",
      minLength: 1,
      description: "Name that the server's certificate must have, if it differs from the name in the address.",
    },
    verify: {
      "x-also": [
        ["verification_mode", "tls.verify: true or false"],
        ["ssl_verification_mode", "tls.verify: true or false"],
        ["ssl_certificate_verification", "tls.verify: true or false"],
        ["verify_certs", "tls.verify: true or false"],
        ["verify_certificate", "tls.verify: true or false"],
        ["verify_hostname", "tls.verify: true or false"],
        ["ssl_verify", "tls.verify: true or false"],
        ["tls.enabled", "https in the URL of the server"],
        ["insecure", "tls.verify: false"],
        ["insecure_skip_verify", "tls.verify: false"],
        ["skip_verify", "tls.verify: false"],
        ["allow_invalid_certificates", "tls.verify: false"],
      ],
      type: "boolean",
      default: true,
      description: "`false` accepts any certificate: an attacker on the way can read and change everything.",
    },
  },
} as const;

/** The value of {@link TLS_PARAM}. */
export type TlsParams = ParamsOf<typeof TLS_PARAM>;

/** TLS options of `node:tls`; undici and the drivers take the same. */
export interface TlsOptions {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  passphrase?: string;
  servername?: string;
  rejectUnauthorized: boolean;
}

/** Problems that the schema of {@link TLS_PARAM} cannot express. */
export function tlsProblems({ ca, cert, key, key_password, verify }: TlsParams): ParamsProblem[] {
  const problems: ParamsProblem[] = Object.entries({ ca, cert, key }).flatMap(([name, path]) => {
    const message = path === undefined ? undefined : pathProblem(`tls.${name}`, path);
    return message === undefined ? [] : [{ path: ["tls", name], message }];
  });
  const need = (has: string, lacks: string): void => {
    problems.push({ path: ["tls", has], message: `tls.${has} is of no use without tls.${lacks}.` });
  };
  if (cert !== undefined && key === undefined) need("cert", "key");
  if (key !== undefined && cert === undefined) need("key", "cert");
  if (key_password !== undefined && key === undefined) need("key_password", "key");
  if (!verify) problems.push({ path: ["tls", "verify"], message: UNVERIFIED, isWarning: true });
  return problems;
}

/** The warning about certificates that are not verified. */
export const UNVERIFIED: string =
  "The certificate of the server is not verified (tls.verify: false): anybody on the way can read and change everything. Name the authority in tls.ca instead.";

/** The note about it for the receipt. */
export function tlsNotes({ verify }: TlsParams): readonly string[] {
  return verify ? [] : ["the certificate of the server was not verified (tls.verify: false)"];
}

type FileParam = "ca" | "cert" | "key";

/** Throws if a file does not hold what it should; the second part is the message for that. */
type Check = readonly [use: (pem: Buffer) => unknown, problem: string];

/** The blocks of a PEM file that OpenSSL reads as certificates. */
const CERTIFICATES = /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s[^]*?^-----END [A-Z0-9 ]+-----/gmu;

/**
 * Reads the files that {@link TLS_PARAM} names, and checks that they hold what they should. OpenSSL silently skips an
 * authority that it cannot read, and does not say which of the other files is wrong.
 * @throws BlockedError `tls_file`
 */
export async function loadTls(
  params: TlsParams,
  context: Pick<StoreContext, "resolvePath" | "env">,
): Promise<TlsOptions> {
  const { key_password: passphrase, server_name: servername, verify: rejectUnauthorized } = params;
  const authorities = authoritiesOf(params, context.env);
  const read = async (name: FileParam, ...checks: readonly Check[]): Promise<Buffer | undefined> => {
    const given = params[name];
    const ofEnvironment = name === "ca" ? authorities : undefined;
    if (given === undefined && !ofEnvironment) return undefined;
    const path = ofEnvironment?.path ?? context.resolvePath("tls", given ?? "");
    const who = ofEnvironment ? `${ofEnvironment.variable} of the environment` : `tls.${name}`;
    const fail = (problem: string, cause: unknown, why: unknown): BlockedError =>
      new BlockedError("tls_file", `${who}: ${path} ${problem} (${String(why)}).`, { cause });
    const pem = await readFile(path).catch((cause: unknown) => {
      throw fail("cannot be read", cause, (cause as NodeJS.ErrnoException).code);
    });
    for (const [use, problem] of checks)
      try {
        use(pem);
      } catch (cause) {
        const { reason, message } = cause as Error & { readonly reason?: string };
        throw fail(problem, cause, reason ?? message);
      }
    return pem;
  };
  const certificates: Check = [readCertificates, "holds no certificate in PEM that can be read"];
  const [ca, cert] = [await read("ca", certificates), await read("cert", certificates)];
  const options = {
    rejectUnauthorized,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(passphrase !== undefined && { passphrase }),
    ...(servername !== undefined && { servername }),
  };
  const isOpened =
    passphrase === undefined ? "if it is encrypted, give tls.key_password" : "or tls.key_password is wrong";
  const key = await read(
    "key",
    [
      (pem) => nodeTls.createSecureContext({ key: pem, passphrase }),
      `holds no private key in PEM that can be read; ${isOpened}`,
    ],
    [(pem) => nodeTls.createSecureContext({ ...options, key: pem }), "does not go with the certificate in tls.cert"],
  );
  return { ...options, ...(key && { key }) };
}

/** A file with the authorities to trust, and the environment variable that names it. */
export interface Authorities {
  readonly variable: string;
  readonly path: string;
}

/**
 * Environment variables that name the authorities if `tls.ca` does not: those of Python's `requests` and of OpenSSL
 * (L-48).
 */
const AUTHORITIES = ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"];

/** The authorities that the environment names, unless the params name some. */
export function authoritiesOf({ ca, verify }: TlsParams, env: StoreContext["env"]): Authorities | undefined {
  const variable = ca === undefined && verify ? AUTHORITIES.find((name) => env[name]) : undefined;
  return variable === undefined ? undefined : { variable, path: env[variable] ?? "" };
}

/** @throws Error if there is no certificate, or a broken one */
function readCertificates(pem: Buffer): readonly X509Certificate[] {
  const blocks = pem.toString("latin1").match(CERTIFICATES) ?? [""];
  return blocks.map((block) => new crypto.X509Certificate(block));
}

/** How long {@link describeCertificate} waits, in milliseconds. */
const CERTIFICATE_TIMEOUT_MS = 5_000;

/**
 * The certificate that a server shows, in words, whether or not it can be trusted; undefined if it shows none, or if
 * the signal is aborted first. For messages only.
 */
export function describeCertificate(
  host: string,
  port: number,
  servername: string = host,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (signal?.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    // An IP address is not a server name.
    const name = /^[\d.]+$|:/u.test(servername) ? {} : { servername };
    const socket = nodeTls.connect({ host, port, ...name, rejectUnauthorized: false, timeout: CERTIFICATE_TIMEOUT_MS });
    const stop = (): void => end();
    const end = (text?: string): void => {
      signal?.removeEventListener("abort", stop);
      socket.destroy();
      resolve(text);
    };
    signal?.addEventListener("abort", stop);
    socket.once("error", () => end());
    socket.once("timeout", () => end());
    socket.once("secureConnect", () => {
      const { subject, issuer, valid_to } = socket.getPeerCertificate();
      // A server may show none, although the types say otherwise.
      if (!(subject as unknown)) end();
      else
        end(`certificate of ${subject.CN ?? "no name"}, issued by ${issuer.CN ?? "no name"}, valid until ${valid_to}`);
    });
  });
}

/** The same for the URL of a server. Through a proxy it would be the certificate of another connection. */
export async function certificateAt(
  url: string,
  { server_name }: TlsParams,
  proxy?: Proxy,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (proxy) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replaceAll(/[[\]]/gu, "");
  return describeCertificate(host, Number(port || (protocol === "http:" ? 80 : 443)), server_name ?? host, signal);
}
