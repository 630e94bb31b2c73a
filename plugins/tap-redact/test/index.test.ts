import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@cloudmarker/core";
import { memoryStore } from "@cloudmarker/store-testkit";
import { describe, expect, it, test } from "vitest";
import { compactSample, hasSharedData, samplePath } from "../../../test/support/shared-data.ts";
import tapRedact from "../src/index.ts";
import { replaceSecrets, SHAPE_NAMES, type ShapeName } from "../src/shapes.ts";

const ignore = (): void => undefined;

function linesOf(file: string): string[] {
  return readFileSync(samplePath(file), "utf8").trim().split("\n");
}

/** What one store gets of records, as JSON texts or values. */
async function redacted(records: Iterable<unknown>, params: object) {
  const plugin = memoryStore();
  const warnings: string[] = [];
  const host = createHost({
    stateDir: mkdtempSync(join(tmpdir(), "cloudmarker-tap-redact-")),
    config: {
      plugins: { store: { plugin, taps: ["redact"] }, redact: { plugin: tapRedact, params } },
      audits: { a: { stores: ["store"] } },
      run: ["a"],
    },
    logger: { debug: ignore, info: ignore, warn: (message) => void warnings.push(message), error: ignore },
  });
  await host.write(records);
  const receipt = await host.done();
  const got = plugin.records;
  const raws = got.map(({ json }) => /^\{"raw":(.*),"ext":\{\},"com":\{[^{}]*\}\}$/s.exec(json)?.[1]);
  return { got, raws, receipt, warnings };
}

async function rawOf(record: string | object, params: object): Promise<string | undefined> {
  return (await redacted([record], params)).raws[0];
}

const HASH_KEY = "a key that nobody knows";
const hash = (text: string): string => `hmac:${createHmac("sha256", HASH_KEY).update(text).digest("hex").slice(0, 32)}`;

test("pointers, also with * for every key and position", async () => {
  const record = '{"user":{"email":"a@b.c","n":1.10},"list":[{"pw":"x"},{"pw":7},{}],"a/b":1}';
  const pointers = ["/raw/user/email", "/raw/list/*/pw", "/raw/a~1b"];
  expect(await rawOf(record, { pointers })).toBe(
    '{"user":{"email":"[redacted]","n":1.10},"list":[{"pw":"[redacted]"},{"pw":"[redacted]"},{}],"a/b":"[redacted]"}',
  );
});

test("keys, wherever they are, whatever their case, with * for any characters", async () => {
  const record = '{"Password":"x","a":[{"api_TOKEN_id":1,"tok":"y"}],"secret":{"deep":1},"passwords":"z"}';
  expect(await rawOf(record, { keys: ["password", "*token*", "secret"] })).toBe(
    '{"Password":"[redacted]","a":[{"api_TOKEN_id":"[redacted]","tok":"y"}],"secret":"[redacted]","passwords":"z"}',
  );
});

test("of keys that stand twice, every value (SC-43)", async () => {
  expect(await rawOf('{"pw":"first","n":1,"pw":"second"}', { keys: ["pw"] })).not.toMatch(/first|second/);
});

describe("a secret that is a key, or a part of one", () => {
  const [one, two] = [`ghp_${"a".repeat(36)}`, `ghp_${"b".repeat(36)}`];

  it("is replaced, and its value stands behind the others under another key", async () => {
    const record = `{"n":1.10,"by":[{"${one}":{"long":14517067005933136034,"x":"AKIAIOSFODNN7EXAMPLE"}},{"${two}":-0,"for ${one}":"pw","[redacted]":"k"}]}`;
    const raw = '{"n":1.10,"by":[{"[redacted]":{"long":14517067005933136034,"x":"[redacted]"}},';
    const rest = '{"[redacted]":"k","[redacted] 2":-0,"for [redacted]":"pw"}]}';
    expect(await rawOf(record, {})).toBe(raw + rest);
  });

  it("is hashed, or removed with its value", async () => {
    const record = `{"${one}":{"n":1},"n":2}`;
    expect(await rawOf(record, { how: "hash", hash_key: HASH_KEY })).toBe(`{"n":2,"${hash(one)}":{"n":1}}`);
    expect(await rawOf(record, { how: "remove" })).toBe('{"n":2}');
  });

  it("is a key still: a pattern of keys redacts its value", async () => {
    expect(await rawOf(`{"${one}":"x"}`, { keys: ["ghp_*"] })).toBe('{"[redacted]":"[redacted]"}');
  });

  it("also where it stands twice, or beside another key that does", async () => {
    const record = `{"a":{"${one}":"first","pw":"hidden","pw":"shown","${one}":"last"}}`;
    expect(await rawOf(record, {})).not.toMatch(/ghp_|first|hidden/);
  });
});

test("shapes are found where raw is one text, or a list", async () => {
  expect(await rawOf({ raw: "key AKIAIOSFODNN7EXAMPLE", ext: {}, com: {} }, {})).toBe('"key [redacted]"');
  expect(await rawOf({ raw: [["AKIAIOSFODNN7EXAMPLE"]], ext: {}, com: {} }, {})).toBe('[["[redacted]"]]');
});

test("params by which nothing would be redacted are refused", async () => {
  await expect(redacted([], { shapes: [] })).rejects.toMatchObject({
    problems: [{ message: "params has no pointers, no keys and no shapes: nothing would be redacted." }],
  });
});

test("null and the empty text stay: nothing of them is secret", async () => {
  expect(await rawOf('{"pw":null,"k":{"pw":""}}', { keys: ["pw"] })).toBe('{"pw":null,"k":{"pw":""}}');
});

test("com is redacted by pointers alone", async () => {
  const record = { raw: {}, ext: {}, com: { origin_key: "mine", record_id: "r" } };
  const { got } = await redacted([record], { keys: ["*key*", "raw"], pointers: ["/com/record_id"], by: "-" });
  expect(got[0]?.value).toMatchObject({ raw: {}, com: { origin_key: "mine", record_id: "-" } });
});

test("by another text", async () => {
  expect(await rawOf('{"pw":"x"}', { keys: ["pw"], by: "***" })).toBe('{"pw":"***"}');
});

test("remove", async () => {
  const record = '{"pw":"x", "n": 1e5,"list":["AKIAIOSFODNN7EXAMPLE","b"]}';
  expect(await rawOf(record, { keys: ["pw"], pointers: ["/raw/list/1"], how: "remove" })).toMatch(
    /^\{ ?"n": 1e5,"list":\[""\]\}$/,
  );
});

test("hash: the same for the same value, with the key alone", async () => {
  const record = '{"pw":"x","a":{"pw":"x"},"b":{"pw":14517067005933136034},"t":"see AKIAIOSFODNN7EXAMPLE."}';
  expect(await rawOf(record, { keys: ["pw"], how: "hash", hash_key: HASH_KEY })).toBe(
    `{"pw":"${hash("x")}","a":{"pw":"${hash("x")}"},"b":{"pw":"${hash("14517067005933136034")}"},"t":"see ${hash("AKIAIOSFODNN7EXAMPLE")}."}`,
  );
  await expect(redacted([], { how: "hash" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

test("a pointer that led to nothing in any record is told", async () => {
  const { warnings } = await redacted(['{"a":1}'], { pointers: ["/raw/a", "/raw/emial"] });
  expect(warnings).toEqual(["/raw/emial led to a value in none of 1 records: tap-redact has redacted nothing there."]);
});

test.each([["raw/a"], ["/raw"], ["/other/a"]])("a pointer that leads nowhere is a mistake: %s", async (pointer) => {
  await expect(redacted([], { pointers: [pointer] })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

const LETTERS = "Abcdefghijklmnopqrstuvwxyz0123456789";

/** Made for these tests; none is a real one. */
const SECRETS: Record<ShapeName, [text: string, secret: string]> = {
  aws_access_key: ["id=AKIAIOSFODNN7EXAMPLE;", "AKIAIOSFODNN7EXAMPLE"],
  github_token: [`"ghp_${LETTERS}"`, `ghp_${LETTERS}`],
  gitlab_token: ["glpat-abcdefghij0123456789", "glpat-abcdefghij0123456789"],
  google_api_key: [`key=AIza${LETTERS.slice(1)}&x=1`, `AIza${LETTERS.slice(1)}`],
  npm_token: [`//registry/:_authToken=npm_${LETTERS}`, `npm_${LETTERS}`],
  slack_token: ["xoxb-12345-abcdef1234", "xoxb-12345-abcdef1234"],
  stripe_key: ["sk_live_abcdefghij012345", "sk_live_abcdefghij012345"],
  jwt: ["token eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln, and", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"],
  bearer: ["Authorization: Bearer abcdefghijklmnop.q==", "abcdefghijklmnop.q=="],
  url_password: ["postgres://app:hunter2@db:5432/x", "hunter2"],
  private_key: [
    "a\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE+/=\n-----END RSA PRIVATE KEY-----\nb",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE+/=\n-----END RSA PRIVATE KEY-----",
  ],
};

describe("known shapes", () => {
  it.each(Object.entries(SECRETS))("%s: alone is redacted, in every text", async (name, [text, secret]) => {
    const wanted = text.replace(secret, () => "#");
    expect(replaceSecrets(text, [name as ShapeName], () => "#")).toBe(wanted);
    expect(replaceSecrets(`${text} ${text}`, SHAPE_NAMES, () => "#")).toBe(`${wanted} ${wanted}`);
    expect(await rawOf(JSON.stringify({ a: [text], n: 1 }), {})).toBe(
      JSON.stringify({ a: [text.replace(secret, () => "[redacted]")], n: 1 }),
    );
  });

  it("that are not wanted stay", async () => {
    expect(await rawOf('{"a":"AKIAIOSFODNN7EXAMPLE"}', { shapes: ["jwt"] })).toBe('{"a":"AKIAIOSFODNN7EXAMPLE"}');
  });

  it.each([
    ["an ARN", "arn:aws:iam::123456789012:user/AKIA"],
    ["a URL with a port and an at sign", "https://host:8080/a@b"],
    ["a digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["an uuid", "3f2b8a1e-7c4d-4e5f-9a6b-1c2d3e4f5a6b"],
    ["words", "The basic configuration of bearer tokens"],
  ])("are not found in %s", (_name, text) => {
    expect(replaceSecrets(text, SHAPE_NAMES, () => "#")).toBe(text);
  });

  it.each(["eyJ", "eyJ-", "eyJa.", "://", "://a:", "-----BEGIN PRIVATE KEY-----", "xoxb-", "Bearer ", "AKIA", "ghp_"])(
    "take time in proportion to the text: %s, again and again",
    (piece) => {
      const [short, long] = [2 ** 14, 2 ** 20].map((size) => piece.repeat(size / piece.length));
      const before = process.cpuUsage().user;
      replaceSecrets(short ?? "", SHAPE_NAMES, () => "#");
      const between = process.cpuUsage().user;
      replaceSecrets(long ?? "", SHAPE_NAMES, () => "#");
      // 64 times the text: square time would be 4,096 times as long.
      expect(process.cpuUsage().user - between).toBeLessThan(1_000_000 + 1000 * (between - before));
    },
  );
});

describe.runIf(hasSharedData)("on real scanner output", () => {
  it("every text stays as it is where nothing is redacted", async () => {
    const records = linesOf("gcp-asset-inventory/mock_cai_resources.dump");
    const { raws, receipt } = await redacted(records, { keys: ["no such key"], shapes: [] });
    expect(receipt.ok).toBe(true);
    expect(raws).toEqual(records);
  });

  it("in a record that is redacted, everything else stays to the byte", async () => {
    const records = linesOf("gcp-asset-inventory/mock_cai_resources.dump");
    const { raws } = await redacted(records, { pointers: ["/raw/name"] });
    const expected = records.map((line) => line.replace(/("name":\s*)"(?:[^"\\]|\\.)*"/, '$1"[redacted]"'));
    const changed = raws.filter((raw, at) => raw === expected[at]);
    expect(changed.length).toBeGreaterThan(records.length / 2);
  });

  it("Falco's times of 19 digits stay as they are beside what is redacted", async () => {
    const records = linesOf("falco/single_rule_with_cat_write.json");
    const { raws } = await redacted(records, { keys: ["proc.*"] });
    expect(raws).toEqual(records.map((line) => line.replaceAll(/("proc\.[^"]*":)"[^"]*"/g, '$1"[redacted]"')));
    expect(raws[0]).toContain('"evt.time.iso8601":1470327477881781397,"proc.cmdline":"[redacted]"');
  });

  it("account numbers of Prowler are hashed alike everywhere, and the objects of the program stay as they were", async () => {
    const records = JSON.parse(compactSample("prowler/prowler-output.asff.json")) as { AwsAccountId: string }[];
    const before = structuredClone(records);
    const { got } = await redacted(records, { keys: ["AwsAccountId"], how: "hash", hash_key: HASH_KEY });
    expect(got).toHaveLength(731);
    const accounts = got.map(({ value }) => (value.raw as { AwsAccountId: string }).AwsAccountId);
    expect(accounts).toEqual(records.map(({ AwsAccountId }) => hash(AwsAccountId)));
    expect(records).toEqual(before);
  });
});

test("a record that cannot be redacted is rejected, and does not get through (SC-42)", async () => {
  const deep = `{"a":${"[".repeat(20_000)}"AKIAIOSFODNN7EXAMPLE"${"]".repeat(20_000)}}`;
  const { got, receipt } = await redacted([deep, '{"n":1}'], {});
  expect(got.filter(({ json }) => json.includes("AKIA"))).toEqual([]);
  expect(receipt.stores[0]).toMatchObject({ accepted: 2 - receipt.rejected });
});
