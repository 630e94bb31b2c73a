import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeEngine, sharedEngine, uniqueName } from "../../../test/engines/index.ts";
import { attempt, openStore, recordOf, recordsOf } from "./support.ts";

interface Value {
  readonly stringValue?: string;
}

interface Line {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes?: readonly { readonly key: string; readonly value: Value }[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly timeUnixNano: string;
        readonly attributes: readonly { readonly key: string; readonly value: Value }[];
      }[];
    }[];
  }[];
}

/** Ids and times of the events that the collector took from a source. */
function receivedFrom(file: string, source: string): { readonly id: string | undefined; readonly time: string }[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as Line)
    .flatMap(({ resourceLogs }) => resourceLogs)
    .filter(({ resource }) => resource.attributes?.some(({ value }) => value.stringValue === source))
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
    .map(({ attributes, timeUnixNano }) => ({
      id: attributes.find(({ key }) => key === "record_id")?.value.stringValue,
      time: timeUnixNano,
    }));
}

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
      const events = () => receivedFrom(received?.() ?? "", source);
      await expect.poll(events).toHaveLength(201);
      expect(events().map(({ id }) => id)).toEqual(Array.from({ length: 201 }, (_, n) => `r${n}`));
      // It keeps the seconds as a double, as JSON does.
      expect(new Set(events().map(({ time }) => Math.round(Number(time) / 1e6)))).toEqual(new Set([1_700_000_000_123]));
    },
  );
});
