// Servers that show in their answers what authorised the request: no secret is in the receipt, on standard error or in
// a dead letter.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type HttpFaultServer, startHttpServer } from "../../packages/store-testkit/src/servers/http/server.ts";
import { Project } from "../support/project.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";

const PASSWORD = "s3cret/pässword";
const TOKEN = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const KEY = Buffer.from("an-id:another-s3cret").toString("base64");
const BASIC = Buffer.from(`me:${PASSWORD}`).toString("base64");
const SECRETS = [PASSWORD, encodeURIComponent(PASSWORD), BASIC, TOKEN, KEY, "another-s3cret"];

/** What a server says of a request that it does not let in, by the form of its answer. */
const ANSWERS: Readonly<Record<string, (status: number, said: string) => object>> = {
  "error.reason": (status, reason) => ({
    error: { type: "security_exception", reason, root_cause: [{ reason }] },
    status,
  }),
  message: (_, message) => ({ message }),
  text: (_, text) => ({ text, code: 4 }),
  items: (status, reason) => ({ errors: true, items: [{ create: { status, error: { type: "refused", reason } } }] }),
};

/** Says what came in `Authorization`, as it came and as it is meant. */
function startEcho(status: number, form: string): Promise<HttpFaultServer> {
  return startHttpServer({
    handle({ headers }, reply) {
      const authorization = String(headers.authorization);
      const value = authorization.split(" ", 2)[1] ?? "";
      const plain = Buffer.from(value, "base64").toString();
      const secret = plain.slice(plain.indexOf(":") + 1);
      const said = `no ${secret}, ${value}, ${authorization}, ${plain}, ${encodeURIComponent(secret)}`;
      const body = JSON.stringify(ANSWERS[form]?.(status, said));
      reply.send({ status: form === "items" ? 200 : status, headers: { "content-type": "application/json" }, body });
    },
  });
}

const STORES: Readonly<Record<string, (url: string) => object>> = {
  basic: (node) => ({ plugin: "esstore", params: { node, mapping: "none", username: "me", password: PASSWORD } }),
  key: (node) => ({ plugin: "esstore", params: { node, mapping: "none", api_key: KEY } }),
  token: (uri) => ({ plugin: "splunkhecstore", params: { uri, token: TOKEN } }),
};

test("a secret that a server shows is in no message of any store (L-31)", async () => {
  using project = new Project();
  const plugins: Record<string, object> = {};
  for (const form of Object.keys(ANSWERS))
    for (const status of [400, 401, 403, 503])
      for (const [name, store] of Object.entries(STORES)) {
        const server = await startEcho(status, form);
        onTestFinished(() => server[Symbol.asyncDispose]());
        plugins[`${name} ${form} ${status}`] = store(server.url);
      }
  const stores = Object.keys(plugins);
  const delivery = { spool: false, deadline: "500ms", retry: { min: "50ms", max: "100ms" } };
  const config = { plugins, audits: { a: { stores } }, delivery, state_dir: "state" };
  writeFileSync(join(project.path, "cloudmarker.yaml"), JSON.stringify(config));

  const run = (command: string): Promise<CliResult> => runCli([command, "--debug"], project.path, '{"n":1}');
  const wrote = await run("write");
  const checked = await run("check");
  const exported = await runCli(["dead-letters", "export"], project.path);
  const letters = exported.stdout.split("\n").filter(Boolean);
  expect([wrote.code, checked.code, letters.length]).toEqual([1, 1, stores.length]);
  for (const text of [wrote.stdout, wrote.stderr, checked.stdout, checked.stderr, ...letters])
    for (const secret of SECRETS) expect(text).not.toContain(secret);
});
