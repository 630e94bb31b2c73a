import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificates } from "../../../../test/servers/tls/certificates.ts";
import { loadTls, type TlsParams } from "../../src/http/index.ts";

const folder = mkdtempSync(join(tmpdir(), "store-api-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const { ca, client, server } = await makeCertificates();
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const encrypted = createPrivateKey(client.key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "secret",
  });
  const files = {
    ca,
    "ca-text": `Subject: CN=Test authority\r\n${ca.replaceAll(/\r?\n/gu, "\r\n")}`,
    "ca-mark": `\uFEFF${ca}`,
    bundle: `${ca}\n${server.cert}`,
    "broken-bundle": `${ca}\n${broken}`,
    cert: client.cert,
    key: client.key,
    both: `${client.key}\n${client.cert}`,
    encrypted,
    "other-key": server.key,
    broken,
    text: "garbage",
    empty: "",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

function load(given: Partial<TlsParams>) {
  return loadTls({ verify: true, ...given }, { resolvePath: (_, path) => join(folder, path), env: {} });
}

test.each<Partial<TlsParams>>([
  {},
  { ca: "ca" },
  { ca: "ca-text" },
  { ca: "bundle" },
  { cert: "cert", key: "key" },
  { cert: "both", key: "both" },
  { ca: "ca", cert: "cert", key: "encrypted", key_password: "secret" },
  { cert: "cert", key: "key", key_password: "of no use" },
])("%j is fine", async (given) => {
  const { ca, cert, key, passphrase } = await load(given);
  expect([ca, cert, key].map((pem) => pem !== undefined)).toEqual([given.ca, given.cert, given.key].map(Boolean));
  expect(passphrase).toBe(given.key_password);
});

const NO_CERTIFICATE = "holds no certificate in PEM that can be read";
const NO_KEY = "holds no private key in PEM that can be read";

test.each<[Partial<TlsParams>, string, string]>([
  [{ ca: "nowhere" }, "tls.ca: FOLDER/nowhere", "cannot be read (ENOENT)"],
  [{ ca: "text" }, "tls.ca: FOLDER/text", NO_CERTIFICATE],
  [{ ca: "empty" }, "tls.ca: FOLDER/empty", NO_CERTIFICATE],
  [{ ca: "key" }, "tls.ca: FOLDER/key", NO_CERTIFICATE],
  [{ ca: "ca-mark" }, "tls.ca: FOLDER/ca-mark", NO_CERTIFICATE],
  [{ ca: "broken-bundle" }, "tls.ca: FOLDER/broken-bundle", NO_CERTIFICATE],
  [{ cert: "text", key: "key" }, "tls.cert: FOLDER/text", NO_CERTIFICATE],
  [{ cert: "broken", key: "key" }, "tls.cert: FOLDER/broken", NO_CERTIFICATE],
  [{ cert: "cert", key: "text" }, "tls.key: FOLDER/text", NO_KEY],
  [{ cert: "cert", key: "cert" }, "tls.key: FOLDER/cert", NO_KEY],
  [{ cert: "cert", key: "encrypted" }, "tls.key: FOLDER/encrypted", "if it is encrypted, give tls.key_password"],
  [{ cert: "cert", key: "encrypted", key_password: "pass" }, "tls.key: FOLDER/encrypted", "tls.key_password is wrong"],
  [{ cert: "cert", key: "other-key" }, "tls.key: FOLDER/other-key", "does not go with the certificate in tls.cert"],
])("%j is refused, by the name of the file", async (given, file, problem) => {
  const error: unknown = await load(given).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: "blocked", code: "tls_file" });
  const { message } = error as Error;
  expect(message).toContain(`${file.replace("FOLDER", folder)} `);
  expect(message).toContain(problem);
  expect(message).not.toMatch(/garbage|pass\b/u);
});
