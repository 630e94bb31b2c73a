// A tap that lets every so manieth record through, and marks it, so that it can be told which text a store has.
import { defineTap, type RecordValue } from "@cloudmarker/store-api";

const params = {
  type: "object",
  properties: { of: { type: "integer" } },
  required: ["of"],
  additionalProperties: false,
} as const;

/** All numbers of records are less. One that was marked is so many times itself, and the number of its tap. */
export const MARK = 100_000;

function numberOf({ raw }: RecordValue): number {
  return (raw as { kill_n: number }).kill_n;
}

export default defineTap({
  name: "every-tap",
  apiVersion: 1,
  params,
  apply({ hooks }, { of }) {
    hooks.filter.tap("every-tap", (record) => numberOf(record) % MARK === of);
    hooks.record.tap("every-tap", (record) => {
      const n = numberOf(record);
      return n % of === 0 ? { ...record, raw: { ...(record.raw as object), kill_n: n * MARK + of } } : undefined;
    });
  },
});
