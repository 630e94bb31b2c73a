// A server that shows the request in its answer, as many a default back end of a cluster does.
import esstore from "@cloudmarker/esstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { startHttpServer } from "../../packages/store-testkit/src/servers/http/server.ts";
import { send } from "./send.ts";

const SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

test.each([200, 401])("a secret that a server shows with %i is in no message (HEC-02)", async (status) => {
  await using server = await startHttpServer({
    handle({ headers }, reply) {
      const { authorization } = headers;
      reply.send({ status, headers: {}, body: JSON.stringify({ headers: { authorization } }) });
    },
  });
  const stores = [
    [esstore, { node: server.url, api_key: SECRET }],
    [esstore, { node: server.url, mapping: "none", bearer: SECRET }],
    [splunkhecstore, { uri: server.url, token: SECRET }],
  ] as const;
  for (const [plugin, params] of stores) {
    const sent = await send(plugin as unknown as StorePlugin, params, [{ seq: 1 }], { deadline: "1s" });
    expect(sent.receipt.deadLettered).toBe(1);
    expect(JSON.stringify(sent)).toContain("********");
    expect(JSON.stringify(sent)).not.toContain(SECRET);
  }
});
