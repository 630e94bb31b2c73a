import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreContext } from "@cloudmarker/store-api";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { type Gateway, type GatewayOptions, startGateway } from "../../../test/servers/aws/gateway.ts";
import {
  type ElasticsearchServer,
  startElasticsearch,
} from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { storeContext } from "../../../test/support/store-context.ts";
import { strictPath } from "../src/aws/strict-path.ts";
import esstore from "../src/index.ts";
import type { EsStoreParams } from "../src/index.ts";
import { batchOf } from "./make-record.ts";
import { attempt, DEFAULTS, openStore } from "./support.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSP";
const KEYS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: SECRET };
const SCOPE = { region: "eu-west-1", service: "es" } as const;

/** A domain or collection, and what is behind it; stopped after the test. */
async function start(given: Partial<GatewayOptions> = {}): Promise<{ gateway: Gateway; server: ElasticsearchServer }> {
  const server = await startElasticsearch({ product: "opensearch" });
  const upstream = server.url;
  const gateway = await startGateway({ upstream, ...SCOPE, keys: { AKIDEXAMPLE: SECRET }, ...given });
  onTestFinished(async () => {
    await gateway[Symbol.asyncDispose]();
    await server.stop();
  });
  return { gateway, server };
}

/** How a write fails, with everything that it says in one text. */
async function failure(
  gateway: Gateway,
  env: StoreContext["env"] = KEYS,
  given: Partial<EsStoreParams> = {},
): Promise<{ status: string; code: string; message: string }> {
  const store = await openStore(gateway.url, { aws: SCOPE, ...given }, { env });
  const { ok, code, message } = await store.check();
  expect(ok).toBe(false);
  const [result] = await Promise.allSettled([store.write(batchOf(1), attempt())]);
  const error = (result as PromiseRejectedResult).reason;
  // `check` and `write` agree.
  expect(error).toMatchObject({ code, message });
  for (const secret of [SECRET, TOKEN]) expect(JSON.stringify([error.stack, error, result])).not.toContain(secret);
  return error;
}

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["es", {}, {}],
  ["es", { compression: true }, {}],
  ["es", { mapping: "none" }, { AWS_SESSION_TOKEN: TOKEN }],
  ["aoss", {}, {}],
  ["aoss", { mapping: "none", compression: true }, {}],
] as const)("%s with %j takes what is signed (L-44)", async (service, given, env) => {
  const { gateway, server } = await start({ service, ...("AWS_SESSION_TOKEN" in env && { token: TOKEN }) });
  const aws = { region: SCOPE.region, service };
  // Characters in paths that the two sides must encode alike.
  const store = await openStore(
    gateway.url,
    { ...given, aws, index: "audit-%Y-{com.origin_worker}" },
    {
      env: { ...KEYS, ...env },
    },
  );
  expect(await store.write(batchOf(3), attempt())).toEqual([]);
  expect(await store.check()).toMatchObject({ ok: true, message: expect.stringContaining("OpenSearch") });
  expect(server.documents().size).toBe(3);
  expect(gateway.passed.every(({ headers }) => headers["x-amz-content-sha256"] !== undefined)).toBe(true);
  const bulk = gateway.passed.find(({ url }) => url.startsWith("/_bulk"));
  expect(bulk?.headers["content-encoding"]).toBe("compression" in given ? "gzip" : undefined);
});

test("a path is encoded in the only form that AWS accepts, and means the same (L-44)", () => {
  const strict = strictPath("/audit-*,a%2Cb/_doc?filter_path=errors,items.*.status&pipeline=a%20(b)'!");
  expect(strict).toBe("/audit-%2A%2Ca%2Cb/_doc?filter_path=errors%2Citems.%2A.status&pipeline=a%20%28b%29%27%21");
  expect(strictPath("/")).toBe("/");
  expect(strictPath(strict)).toBe(strict);
});

test("a wrong key is reported without the text that AWS computed, which contains the token (L-44)", async () => {
  const { gateway, server } = await start({ keys: { AKIDEXAMPLE: "other" } });
  const error = await failure(gateway, { ...KEYS, AWS_SESSION_TOKEN: TOKEN });
  expect(error).toMatchObject({
    status: "blocked",
    code: "credentials",
    message: `${gateway.url} answers 403: The request signature we calculated does not match the signature you provided.; check the secret key, aws.region and aws.service.`,
  });
  expect(server.requests).toBe(0);
});

test.each<[string, Partial<GatewayOptions>, { readonly code: string; readonly message: RegExp }]>([
  ["another region", { region: "us-east-1" }, { code: "credentials", message: /aws\.region and aws\.service\.$/u }],
  ["a token that is over", { token: "another" }, { code: "credentials", message: /give other AWS credentials\.$/u }],
  ["no permission", { denied: ["AKIDEXAMPLE"] }, { code: "no_permission", message: /access policy of the domain/u }],
  [
    "a clock that is behind",
    { skewMs: 17 * 60_000 },
    { code: "clock", message: /is 17 min behind that of the server \(.* GMT\): set it\.$/u },
  ],
  [
    "a clock that is ahead",
    { skewMs: -17 * 60_000 },
    { code: "clock", message: /is 17 min ahead of that of the server/u },
  ],
])("%s blocks the store and says what to do (L-44)", async (_what, options, { code, message }) => {
  const { gateway } = await start(options);
  const error = await failure(gateway);
  expect(error).toMatchObject({ status: "blocked", code, message: expect.stringMatching(message) });
});

test("a collection without a policy is reported (L-44)", async () => {
  const { gateway } = await start({ service: "aoss", denied: ["AKIDEXAMPLE"] });
  const error = await failure(gateway, KEYS, { aws: { region: SCOPE.region, service: "aoss" } });
  expect(error).toMatchObject({ code: "no_permission", message: expect.stringContaining("a data access policy") });
});

test("credentials come from the usual chain, here from a profile (L-44)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "esstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "credentials");
  writeFileSync(file, `[auditor]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = ${SECRET}\n`);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
  const { gateway, server } = await start();
  const store = await openStore(gateway.url, { aws: SCOPE }, { env: { AWS_PROFILE: "auditor" } });
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
  expect(server.documents().size).toBe(1);
});

test("without credentials the store is blocked, and says which ones it accepts (L-44)", async () => {
  for (const name of ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"]) vi.stubEnv(name, "/nowhere");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  const { gateway } = await start();
  expect(await failure(gateway, {})).toMatchObject({
    status: "blocked",
    code: "credentials",
    message: expect.stringMatching(/^There are no AWS credentials: .*; set AWS_ACCESS_KEY_ID and/u),
  });
});

test("an explanation shows that a request is signed, and with nothing secret (L-44)", () => {
  const given = { ...DEFAULTS, node: "https://x.eu-west-1.es.amazonaws.com", aws: SCOPE, mapping: "none" } as const;
  expect(esstore.explain?.(batchOf(1), given, storeContext({ env: KEYS }))).toMatchObject([
    {
      url: expect.stringContaining("/_bulk?filter_path=errors%2Citems.%2A.status"),
      headers: { authorization: "AWS4-HMAC-SHA256 ********" },
    },
  ]);
});
