import { defineTap, mapValues } from "@cloudmarker/store-api";

export default defineTap({
  name: "{{name}}",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      keys: {
        type: "array",
        items: { type: "string", minLength: 1 },
        default: ["password"],
        description: "Keys whose values are masked, wherever they are.",
      },
    },
    additionalProperties: false,
  },
  apply(host, { keys }) {
    const masked: ReadonlySet<string> = new Set(keys);
    host.hooks.record.tap("{{name}}", (record) => {
      // It keeps what it does not change to the byte, and numbers that JavaScript cannot hold.
      const raw = mapValues(record.raw, (_value, path) => (masked.has(String(path.at(-1))) ? "***" : undefined));
      return { ...record, raw };
    });
  },
});
