// A server that counts its acknowledgements from 0 again (a restart, a second server behind a load balancer), and
// answers a post slowly: what a question learns meanwhile under the same id is not about the record before (HEC-31,
// HEC-35).
import splunkhecstore from "@cloudmarker/splunkhecstore";
import type { StorePlugin } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { startHttpServer } from "../../packages/store-testkit/src/servers/http/server.ts";
import { send } from "./send.ts";

test("an acknowledgement of a post that is not answered yet is not taken for that of an earlier one", async () => {
  const indexed = new Set<string>();
  /** Channels, each with an id. */
  const acknowledged = new Set<string>();
  const told = Promise.withResolvers<void>();
  let posts = 0;
  await using server = await startHttpServer({
    async handle({ path, query, headers, body }, reply) {
      const answer = (value: object): void =>
        reply.send({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
      const text = String(body);
      if (path.includes("/ack")) {
        const { acks } = JSON.parse(text) as { acks: number[] };
        if (posts > 1) told.resolve();
        const channel = String(query.get("channel"));
        return answer({ acks: Object.fromEntries(acks.map((id) => [id, acknowledged.delete(`${channel} ${id}`)])) });
      }
      // The first post is answered and lost, by a server that is gone after it.
      const id = Math.max(0, posts++ - 1);
      if (posts > 1) {
        acknowledged.add(`${String(headers["x-splunk-request-channel"])} ${id}`);
        for (const [seq] of text.matchAll(/"seq":\d/gu)) indexed.add(seq);
      }
      if (posts === 2) await told.promise;
      answer({ text: "Success", code: 0, ackId: id });
    },
  });
  const params = { uri: server.url, token: "t-1", ack: true, cookies: false, ack_timeout: 1000, ack_poll_interval: 50 };
  const delivery = { batch: { records: 1 }, concurrency: 2, deadline: "10s" } as const;
  const plugin = splunkhecstore as unknown as StorePlugin;
  const { receipt } = await send(plugin, params, [{ seq: 0 }, { seq: 1 }], delivery, { asked: () => server.requests });
  expect(receipt.written).toBe(2);
  expect([...indexed].toSorted()).toEqual(['"seq":0', '"seq":1']);
});
