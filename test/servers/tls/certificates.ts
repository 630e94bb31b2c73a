import { randomUUID } from "node:crypto";
import { generate } from "selfsigned";
import type { CertificateExtension, SelfsignedOptions, SubjectAltNameEntry } from "selfsigned";

/** A certificate and its private key, as PEM text. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own, and what it signed. */
export interface Certificates {
  /**
   * Certificate of the authority, for clients that are to trust the servers below, and for servers that check clients.
   */
  readonly ca: string;
  /** For `localhost` and `127.0.0.1`. */
  readonly server: Certificate;
  /** For {@link OTHER_NAME} only, so not for the address that the client asked for. */
  readonly otherName: Certificate;
  /** For `localhost` and `127.0.0.1`, until {@link EXPIRED}. */
  readonly expired: Certificate;
  /** With which a client says who it is; no server may use it. */
  readonly client: Certificate;
}

/** A name that never resolves (RFC 2606). */
export const OTHER_NAME = "other.invalid";
/** When the expired certificate ended. */
export const EXPIRED: Date = new Date("2020-02-01T00:00:00Z");

const BEFORE_EXPIRY = new Date("2020-01-01T00:00:00Z");
/** Clocks of two machines differ, so what is made now has been valid for a day. */
const MARGIN_MS = 86_400_000;
const LOCAL_NAMES: readonly SubjectAltNameEntry[] = [
  { type: 2, value: "localhost" },
  { type: 7, ip: "127.0.0.1" },
];

/**
 * Makes certificates in memory, within tens of milliseconds. Only a client that gets `ca` trusts them. A second call
 * makes another authority.
 */
export async function makeCertificates(): Promise<Certificates> {
  // Two authorities of one name would be taken for each other, and fail in another way than strangers do.
  const authority = await sign(`Test authority ${randomUUID()}`, [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
  ]);
  const ca = { cert: authority.cert, key: authority.key };
  const [server, otherName, expired, client] = await Promise.all([
    sign("localhost", forServer(LOCAL_NAMES), { ca }),
    sign(OTHER_NAME, forServer([{ type: 2, value: OTHER_NAME }]), { ca }),
    sign("localhost", forServer(LOCAL_NAMES), { ca, notBeforeDate: BEFORE_EXPIRY, notAfterDate: EXPIRED }),
    sign("cloudmarker", [...leaf(), { name: "extKeyUsage", clientAuth: true }], { ca }),
  ]);
  return { ca: ca.cert, server, otherName, expired, client };
}

function leaf(): CertificateExtension[] {
  return [
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, critical: true },
  ];
}

function forServer(altNames: readonly SubjectAltNameEntry[]): CertificateExtension[] {
  return [...leaf(), { name: "extKeyUsage", serverAuth: true }, { name: "subjectAltName", altNames: [...altNames] }];
}

async function sign(
  commonName: string,
  extensions: CertificateExtension[],
  options: SelfsignedOptions = {},
): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - MARGIN_MS),
    extensions,
    ...options,
  });
  return { cert, key };
}
