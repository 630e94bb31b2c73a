// `write` and `check` say of each store that does not work where the param stands that is probably to blame.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { freePort } from "../engines/free-port.ts";
import { Project } from "../support/project.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";

const project = new Project();
const file = join(project.path, "c.yaml");
const servers: AsyncDisposable[] = [];
/** Where nothing listens. */
let port = 0;
/** `file:line:column` of what stands behind each mark, by store. */
const places = new Map<string, string>();

/** A secret that comes from the environment is to blame where `${…}` stands. */
const CONFIG = `plugins:
  password:
    plugin: esstore
    params: { node: ES_URL, username: me, password: ▸"\${ES_PASSWORD}" }
  token:
    plugin: splunkhecstore
    params:
      uri: HEC_URL
      token: ▸\${file:./token}
  stopped:
    plugin: splunkhecstore
    uri: ▸http://127.0.0.1:PORT
    token: any
  absent:
    plugin: mongodbstore
    params: { host: ▸127.0.0.1, port: PORT, server_selection_timeout: 500ms }
  folder:
    plugin: filestore
    params:
      path: ▸./c.yaml/out
audits:
  nightly: { stores: [password, token, stopped, absent, folder] }
run: [nightly]
`;

beforeAll(async () => {
  const es = await startElasticsearch({ auth: { username: "me", password: "right" } });
  const splunk = await startSplunk({ tokens: { good: {} } });
  servers.push(es, splunk);
  port = await freePort();
  const marked = CONFIG.replace("ES_URL", es.url).replace("HEC_URL", splunk.url).replaceAll("PORT", String(port));
  let store = "";
  for (const [index, line] of marked.split("\n").entries()) {
    store = /^ {2}(\w+):$/u.exec(line)?.[1] ?? store;
    if (line.includes("▸")) places.set(store, `${file}:${index + 1}:${line.indexOf("▸") + 1}`);
  }
  writeFileSync(file, marked.replaceAll("▸", ""));
  writeFileSync(join(project.path, "token"), "wrong");
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

const ENV = { ES_PASSWORD: "s3cret-wrong" };

function run(...args: string[]): Promise<CliResult> {
  return runCli(args, project.path, '{"a":1}', ENV);
}

/** The places that a text names, by store. */
function seen({ stdout }: CliResult, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(Array.from(stdout.matchAll(pattern), ([, store, place]) => [store ?? "", place ?? ""]));
}

interface Blame {
  readonly location?: { readonly file: string; readonly line: number; readonly column: number };
  readonly option?: string;
}

function named({ location, option }: Blame): string | undefined {
  return location ? `${location.file}:${location.line}:${location.column}` : option;
}

test("check names the place of each store that fails", async () => {
  const text = await run("check", "-c", "c.yaml");
  expect(seen(text, /^FAILED {2}nightly\/(\w+) .*\n +see (\S+)$/gmu)).toEqual(Object.fromEntries(places));
  const { stores } = JSON.parse((await run("check", "-c", "c.yaml", "--json")).stdout) as {
    stores: (Blame & { store: string })[];
  };
  expect(stores.map((one) => [one.store, named(one)])).toEqual([...places]);
});

test("the receipt of write names it too, also of records that are kept for later", async () => {
  const args = ["write", "-c", "c.yaml", "--deadline", "1s"] as const;
  const text = await run(...args);
  expect(seen(text, /^(\w+): see (\S+)$/gmu)).toEqual(Object.fromEntries(places));
  const json = await run(...args, "--json");
  const { stores } = JSON.parse(json.stdout) as { stores: { store: string; problem: Blame & { code: string } }[] };
  expect(stores.map(({ store, problem }) => [store, named(problem)])).toEqual([...places]);
  const codes = ["credentials", "credentials", "refused", "refused", "not_a_folder"];
  expect(stores.map(({ problem }) => problem.code)).toEqual(codes);
  expect(text.stdout + text.stderr + json.stdout + json.stderr).not.toContain("s3cret");
});

test("so does that of resume", async () => {
  const { stdout } = await run("resume", "--all", "--deadline", "1s");
  expect(stdout).toContain(`stopped: see ${places.get("stopped")}`);
});

test("a param of the command line is named as the option", async () => {
  const args = ["--store", "esstore", "--param", "host=127.0.0.1", "--param", `port=${port}`];
  expect((await run("check", ...args)).stdout).toContain("\n        see --param host\n");
  expect((await run("write", ...args, "--deadline", "1s")).stdout).toContain("\nesstore: see --param host\n");
  const { stdout } = await run("write", ...args, "--deadline", "1s", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ stores: [{ problem: { code: "refused", option: "--param host" } }] });
});

test("a param of the command line over one of the file is named as the option, the others with their place", async () => {
  const args = ["-c", "c.yaml", "--store", "stopped", "--param", `uri=http://127.0.0.1:${port}/services/collector`];
  expect((await run("check", ...args)).stdout).toContain("\n        see --param uri\n");
  const other = ["-c", "c.yaml", "--store", "stopped", "--param", "token=other"];
  expect((await run("check", ...other)).stdout).toContain(`\n        see ${places.get("stopped")}\n`);
});

test("what is wrong with such a param is said with the option, too", async () => {
  const { stderr } = await run("write", "--store", "esstore", "--param", "hst=x", "--param", "tls.verfy=false");
  expect(stderr).toMatch(/^--param hst {2}.*Did you mean "host"\?$/mu);
  expect(stderr).toMatch(/^--param tls\.verfy {2}.*Did you mean "verify"\?$/mu);
  const both = await run("check", "-c", "c.yaml", "--store", "absent", "--param", "uri=mongodb://127.0.0.1/");
  expect(both.stderr).toMatch(/^--param uri {2}Give only one of /mu);
});
