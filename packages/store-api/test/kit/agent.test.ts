import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { openAgent, readAnswer, type Undici } from "../../src/kit/index.ts";

interface Made {
  readonly kind: string;
  readonly options: object;
}

function kindOf(kind: string): new (options: object) => Made {
  return class {
    readonly kind = kind;
    readonly options: object;
    constructor(options: object) {
      this.options = options;
    }
  };
}

class Pool implements Made {
  readonly kind = "Pool";
  readonly options: object;
  constructor(_origin: string | URL, options: object) {
    this.options = options;
  }
}

const UNDICI: Undici<Made> = {
  Agent: kindOf("Agent"),
  Pool,
  ProxyAgent: kindOf("ProxyAgent"),
  buildConnector: () => () => undefined,
};
const TLS = { rejectUnauthorized: true, servername: "es.example" };
const CONNECT = { ...TLS, timeout: 10_000 };

test("an agent waits as long as signals let it", () => {
  expect(openAgent(UNDICI, { tls: TLS })).toEqual({
    kind: "Agent",
    options: { headersTimeout: 0, bodyTimeout: 0, connect: CONNECT },
  });
});

test.each([
  ["http://proxy.example:3128", undefined],
  ["http://u:p%40w@proxy.example:3128", "u:p@w"],
  ["http://u@proxy.example:3128", "u:"],
])("through %s, TLS is with the server behind it", (uri, access) => {
  const { kind, options } = openAgent(UNDICI, { tls: TLS, proxy: uri });
  const token = access === undefined ? {} : { token: `Basic ${Buffer.from(access).toString("base64")}` };
  expect(kind).toBe("ProxyAgent");
  expect(options).toEqual({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: CONNECT,
    uri,
    requestTls: CONNECT,
    clientFactory: expect.any(Function),
    ...token,
  });
  const { clientFactory } = options as { readonly clientFactory: (uri: string, given: object) => Made };
  expect(clientFactory(uri, { connect: 1 })).toMatchObject({
    kind: "Pool",
    options: { connect: 1, headersTimeout: 10_000 },
  });
});

test("an answer is read as text, across its chunks", async () => {
  const body = Readable.from([Buffer.from("a\u00e4").subarray(0, 2), Buffer.from("\u00e4").subarray(1)]);
  expect(await readAnswer({ statusCode: 200, headers: { a: "b" }, body }, 10)).toEqual({
    status: 200,
    headers: { a: "b" },
    body: "a\u00e4",
  });
});

test("an answer without an end is left, and its connection with it", async () => {
  const body = new Readable({ read: () => void body.push("x".repeat(8)) });
  expect((await readAnswer({ statusCode: 200, headers: {}, body }, 20)).body).toBe("x".repeat(24));
  expect(body.destroyed).toBe(true);
});
