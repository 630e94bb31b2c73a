import { expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

const SECRET = "p@ss:w0rd";

/** A store that throws its token from a timer, where nobody can catch it. */
const CRASHING = `
export default {
  kind: "store",
  name: "crashing",
  apiVersion: 1,
  params: { type: "object", properties: { token: { type: "string", writeOnly: true } } },
  open({ token }: { token: string }) {
    setTimeout(() => { throw new Error("no entry for " + token + ", " + btoa("me:" + token)); }, 20);
    return { write: () => new Promise(() => undefined) };
  },
};
`;

test("a secret in an exception that nobody caught is masked, in its stack too (L-31)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("store.ts", CRASHING);
  const audit = "audits: { a: { stores: [s] } }";
  sandbox.file(
    "cloudmarker.yaml",
    `plugins: { s: { plugin: ./store.ts, params: { token: "${SECRET}" } } }\n${audit}\n`,
  );
  const { stdout, stderr } = await sandbox.run(["write", "--debug", "--deadline", "50ms"], '{"n":1}');
  expect(stderr).toContain("no entry for ********, ********");
  for (const form of [SECRET, btoa(`me:${SECRET}`)]) expect(stdout + stderr).not.toContain(form);
});
