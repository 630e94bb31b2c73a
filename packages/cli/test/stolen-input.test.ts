import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

/** A store that takes its time, so that standard input waits, and meanwhile does something to it. */
const STEALING = `
export default {
  kind: "store", name: "stealing", apiVersion: 1, batch: { records: 100 },
  params: { type: "object", properties: { how: { type: "string" } } },
  open: ({ how }) => {
    setInterval(() => new Function("process", how)(process), 1).unref();
    return { write: () => new Promise((resolve) => setTimeout(resolve, 2)) };
  },
};`;

const INPUT = `${JSON.stringify({ text: "x".repeat(1_000) })}\n`.repeat(5_000);

test.for([
  "process.stdin.read()",
  "process.stdin.pause()",
  "process.stdin.on('data', () => undefined)",
  "process.stdin.setEncoding('utf8')",
  "process.stdin.destroy()",
])("a plugin that touches standard input loses no record of it (L-01, L-16): %s", async (how) => {
  using sandbox = new Sandbox();
  sandbox.file("stealing.mjs", STEALING);
  const args = ["write", "--store", "./stealing.mjs", "--param", `how=${how}`, "--json"];
  const { code, stdout } = await sandbox.run(args, INPUT);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, complete: true, received: 5_000 });
  expect(code).toBe(0);
});

test("standard input that is not an input of the run is left to plugins", async () => {
  using sandbox = new Sandbox();
  sandbox.file(
    "stealing.mjs",
    STEALING.replace(
      "setInterval(() => new",
      "process.stdin.once('data', (data) => console.log('got ' + data)); if (false) (() => new",
    ).replace(", 1).unref();", ");"),
  );
  sandbox.file("in.ndjson", INPUT);
  const { code, stderr } = await sandbox.run(["write", "--store", "./stealing.mjs", "in.ndjson"], "password");
  // Under the name of its file or of the store, as the input comes while it is imported or opened.
  expect(stderr).toMatch(/stealing(?:\.mjs)?\] got password/u);
  expect(code).toBe(0);
});
