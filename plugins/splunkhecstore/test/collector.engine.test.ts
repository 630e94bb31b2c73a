import { expect, test } from "vitest";
import { describeEngine, sharedEngine, uniqueName } from "../../../test/engines/index.ts";
import { otlpEvents } from "../../../test/support/otlp.ts";
import { attempt, openStore, recordOf, recordsOf } from "./support.ts";

describeEngine("hec", "a collector that someone else wrote", (name) => {
  test.each([[{ ack: false }], [{ ack: true }], [{ ack: "auto", gzip: true }]] as const)(
    "takes every record, with %j",
    async (given) => {
      const { url, received } = await sharedEngine(name);
      const source = uniqueName("splunkhecstore");
      const store = await openStore({ uri: url, source, ...given });
      expect(await store.check()).toMatchObject({ code: "ok" });
      const batches = [recordsOf(200), [recordOf('{"raw":{"s":"é字😀\\u2028"},"com":{}}', "r200")]];
      for (const batch of batches) expect(await store.write(batch, attempt())).toEqual([]);
      const events = () => otlpEvents(received?.() ?? "", source);
      await expect.poll(events).toHaveLength(201);
      expect(events().map(({ fields }) => fields["record_id"])).toEqual(Array.from({ length: 201 }, (_, n) => `r${n}`));
      // It keeps the seconds as a double, as JSON does.
      expect(new Set(events().map(({ time }) => Math.round(Number(time) / 1e6)))).toEqual(new Set([1_700_000_000_123]));
    },
  );
});
