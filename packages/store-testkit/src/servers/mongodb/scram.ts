import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

/** A password check that has begun. */
export interface ScramConversation {
  /** What to answer to the client's first message. */
  readonly challenge: string;
  /** Takes the client's last message, and returns what to answer to it, or nothing where the password is wrong. */
  finish(message: string): string | undefined;
}

/** The least that clients accept (RFC 7677). */
const ITERATIONS = 4096;
const HASH_BYTES = 32;

/** Answers as a server does that knows a user by SCRAM-SHA-256 (RFC 5802, RFC 7677). */
export function startScram(message: string, username: string, password: string): ScramConversation {
  const first = message.replace(/^n,,/, "");
  const given = fields(first);
  const nonce = `${given["r"]}${randomBytes(18).toString("base64")}`;
  const salt = randomBytes(16);
  const challenge = `r=${nonce},s=${salt.toString("base64")},i=${ITERATIONS}`;
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, ITERATIONS, HASH_BYTES, "sha256");
  return {
    challenge,
    finish(last) {
      const { r, p = "" } = fields(last);
      const signed = `${first},${challenge},${last.replace(/,p=.*$/, "")}`;
      const clientKey = hmac(salted, "Client Key");
      const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
      const proof = Buffer.from(p, "base64");
      const expected = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
      const isRight = proof.length === HASH_BYTES && timingSafeEqual(proof, expected);
      if (!isRight || r !== nonce || unescapeName(given["n"]) !== username) return undefined;
      return `v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`;
    },
  };
}

function fields(message: string): Record<string, string> {
  return Object.fromEntries(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
}

function unescapeName(name = ""): string {
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
