// Every real record through the command into VictoriaLogs, over Elasticsearch's bulk API and over HEC; counted by its
// own query (L-40).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Receipt } from "@cloudmarker/store-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeEngine, sharedEngine, uniqueName } from "../engines/index.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";
import { SAMPLES, hasSharedData, samplePath } from "../support/shared-data.ts";

const TOTAL = SAMPLES.reduce((sum, { count }) => sum + count, 0);

describeEngine("victorialogs", `${TOTAL} real records`, (name) => {
  const project = new Project();
  const run = uniqueName("run");
  const written = { elasticsearch: 0, splunk: 0 };
  let url = "";

  /** Records of the run that a query finds; `prefix` is what the protocol puts before the names of their members. */
  async function found(prefix: string): Promise<number> {
    const query = `${prefix}com.audit_key:=${JSON.stringify(run)} | stats count() as count`;
    const answer = await fetch(new URL("select/logsql/query", url), {
      method: "POST",
      body: new URLSearchParams({ query }),
    });
    return Number(((await answer.json()) as { count: string }).count);
  }

  beforeAll(async () => {
    ({ url } = await sharedEngine(name));
    const plugins = {
      elasticsearch: { plugin: "esstore", params: { node: `${url}insert/elasticsearch`, mapping: "none" } },
      splunk: { plugin: "splunkhecstore", params: { uri: `${url}insert/splunk`, token: "any" } },
    };
    const config = { plugins, audits: { [run]: { stores: Object.keys(plugins) } }, run: [run] };
    writeFileSync(join(project.path, "cloudmarker.yaml"), JSON.stringify(config));
    for (const { file, select } of SAMPLES) {
      const where = select === undefined ? [] : ["--select", select];
      const { stdout, stderr } = await runCli(["write", "--json", ...where, samplePath(file)], project.path);
      if (stdout === "") throw new Error(stderr);
      for (const store of (JSON.parse(stdout) as Receipt).stores)
        written[store.store as keyof typeof written] += store.written;
    }
  }, 120_000);

  afterAll(() => project[Symbol.dispose]());

  test.skipIf(!hasSharedData).each([
    ["elasticsearch", ""],
    ["splunk", "event."],
  ] as const)("by the protocol of %s: what was written is there", async (store, prefix) => {
    expect(written[store]).toBe(TOTAL);
    // What was taken can be found after a second or so.
    await expect.poll(() => found(prefix), { timeout: 20_000, interval: 250 }).toBe(TOTAL);
  });
});
