// A store that is plainly wrong from the first second does not hold up a run for its deadline, which is 60 s.
import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import esstore from "@cloudmarker/esstore";
import { createHost, type DeliveryConfig } from "@cloudmarker/core";
import { describe, expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

const RECORDS = 10_000;
const NOTE = /^It had taken nothing, so the run did not wait for it/u;
const REFUSED = "answers 401: security_exception: unable to authenticate user [u] for REST request";
const auth = { username: "u", password: "right" };

/** A folder with an input of 10,000 records. */
class Setup extends Project {
  constructor() {
    super();
    writeFileSync(join(this.path, "in.ndjson"), lines());
  }

  /** Writes the configuration, one setting a line. */
  configure(node: string, { password = "wrong", delivery = {} }: { password?: string; delivery?: object } = {}): void {
    const text = `plugins:
  search:
    plugin: esstore
    params:
      node: ${node}
      index: audit
      username: u
      password: ${password}
  archive: { plugin: filestore, params: { path: out } }
audits: { nightly: { stores: [search, archive] } }
run: [nightly]
delivery: ${JSON.stringify(delivery)}
`;
    writeFileSync(join(this.path, "cloudmarker.yaml"), text);
  }

  run(...args: string[]): ReturnType<typeof runCli> {
    return runCli(args, this.path);
  }

  async receipt(...args: string[]): Promise<{ readonly code: number | null; readonly receipt: Receipt }> {
    const { code, stdout } = await this.run(...args, "--json");
    return { code, receipt: JSON.parse(stdout) as Receipt };
  }
}

type Receipt = { readonly stores: readonly { readonly notes: readonly string[] }[]; readonly next?: string };

function lines(): string {
  return Array.from({ length: RECORDS }, (_, n) => `${JSON.stringify({ n })}\n`).join("");
}

/** A port on which nothing listens. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const KEPT = { accepted: RECORDS, written: 0, spooled: RECORDS, deadLettered: 0, lost: 0 };
const BURIED = { accepted: RECORDS, written: 0, spooled: 0, deadLettered: RECORDS, lost: 0 };
const ALL = { accepted: RECORDS, written: RECORDS, spooled: 0, deadLettered: 0 };

describe("write with a journal", () => {
  test("a wrong password ends the run at the end of its input; the other store has all, and resume goes on", async () => {
    await using server = await startElasticsearch({ auth });
    using setup = new Setup();
    setup.configure(server.url);
    const { code, stdout } = await setup.run("write", "--run-id", "r1", "in.ndjson");
    expect(code).toBe(75);
    expect(stdout).toContain("Next: cloudmarker resume r1");
    expect(stdout).toMatch(/^search: It had taken nothing, so the run did not wait for it/mu);
    expect(stdout).toContain(`search: credentials: ${server.url} ${REFUSED}`);
    expect(stdout).toContain(`search: see ${join(setup.path, "cloudmarker.yaml")}:8:17\n`);
    expect(stdout).toContain("search: 10,000 records kept on disk, to be delivered later");

    const again = await setup.receipt("resume", "r1");
    expect(again).toMatchObject({ code: 75, receipt: { runs: [{ stores: [KEPT, ALL] }] } });
    setup.configure(server.url, { password: "right" });
    const mended = await setup.receipt("resume", "r1");
    expect(mended).toMatchObject({ code: 0, receipt: { runs: [{ ok: true, stores: [ALL, ALL] }] } });
    expect([server.documents("audit").size, server.duplicates]).toEqual([RECORDS, 0]);
  });

  test("a closed port does the same", async () => {
    using setup = new Setup();
    const node = await closedPort();
    setup.configure(node);
    const { code, receipt } = await setup.receipt("write", "--run-id", "r1", "in.ndjson");
    expect([code, receipt]).toMatchObject([
      75,
      {
        stores: [
          {
            ...KEPT,
            notes: [expect.stringMatching(NOTE)],
            problem: { code: "refused", message: expect.stringContaining(`${node} refuses the connection`) },
          },
          ALL,
        ],
        next: "cloudmarker resume r1",
      },
    ]);
  });

  test.each([
    ["--deadline", ["--deadline", "1s"], {}],
    ["delivery.deadline", [], { deadline: "1s" }],
    ["--no-fail-fast", ["--no-fail-fast"], { deadline: "1s", fail_fast: true }],
  ])("%s: the store is waited for", async (_, args, delivery) => {
    await using server = await startElasticsearch({ auth });
    using setup = new Setup();
    setup.configure(server.url, { delivery });
    const { code, receipt } = await setup.receipt("write", ...args, "in.ndjson");
    expect([code, receipt]).toMatchObject([75, { stores: [{ ...KEPT, notes: [] }, ALL] }]);
  });

  test("--fail-fast has precedence over a deadline, and over what the configuration says of a store", async () => {
    await using server = await startElasticsearch({ auth });
    using setup = new Setup();
    setup.configure(server.url, { delivery: { deadline: "10m", fail_fast: false } });
    const { code, receipt } = await setup.receipt("write", "--fail-fast", "--deadline", "10m", "in.ndjson");
    expect([code, receipt]).toMatchObject([75, { stores: [{ notes: [expect.stringMatching(NOTE)] }, ALL] }]);
  });
});

describe("write without a journal", () => {
  const spool = { spool: false };

  test("a wrong password makes dead letters with the store's own code, at once and visibly", async () => {
    await using server = await startElasticsearch({ auth });
    using setup = new Setup();
    setup.configure(server.url, { delivery: spool });
    const { code, stdout, stderr } = await setup.run("write", "--run-id", "r1", "in.ndjson");
    expect([code, stdout]).toEqual([1, expect.stringContaining("dead-letters list --run r1 --store search")]);
    expect(stdout).toMatch(/^ {2}10,000 × credentials: the store had taken nothing, and is not waited for/mu);
    expect(stderr).toContain(
      "error: search has taken nothing, and until it does, its records are dead-lettered at once",
    );
    expect(readdirSync(join(setup.path, "out"))).toContain("in.json");
  });

  test("a closed port does so with --fail-fast, also while a pipe goes on", async () => {
    using setup = new Setup();
    setup.configure(await closedPort(), { delivery: { ...spool, batch: { records: 100 } } });
    const args = [join(import.meta.dirname, "../../packages/cli/bin/cloudmarker.js"), "write", "--fail-fast", "--json"];
    const env = { ...process.env, HOME: setup.path, XDG_STATE_HOME: setup.path };
    const child = spawn(process.execPath, args, { cwd: setup.path, env });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    const told = new Promise<void>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("dead-lettered at once")) resolve();
      });
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const [first, second] = [lines().slice(0, 50_000), lines().slice(50_000)];
    child.stdin.write(first);
    await told;
    child.stdin.end(second);
    expect(await ended).toBe(1);
    const expected = { stores: [{ ...BURIED, reasons: [{ code: "refused", count: RECORDS }] }, ALL] };
    expect(JSON.parse(stdout)).toMatchObject(expected);
  });

  test.each([
    ["a closed port is waited for", ["--deadline", "1s"], { fail_fast: "auto" }, closedPort],
    ["--no-fail-fast waits for a wrong password", ["--no-fail-fast"], { deadline: "1s", fail_fast: "auto" }, undefined],
    ["--deadline waits for a wrong password", ["--deadline", "1s"], {}, undefined],
  ])("%s", async (_, args, delivery, port) => {
    await using server = await startElasticsearch({ auth });
    using setup = new Setup();
    const queue = { records: 2 * RECORDS };
    setup.configure((await port?.()) ?? server.url, { delivery: { ...spool, queue, ...delivery } });
    const { code, receipt } = await setup.receipt("write", ...args, "in.ndjson");
    const reasons = [{ code: "deadline", count: RECORDS }];
    expect([code, receipt]).toMatchObject([1, { stores: [{ ...BURIED, notes: [], reasons }, ALL] }]);
  });
});

/** A host with one EsStore. */
function hostOf(node: string, stateDir: string, delivery: DeliveryConfig = {}): ReturnType<typeof createHost> {
  const params = { node, index: "audit", username: "u", password: "right" };
  return createHost({ stores: { search: { plugin: esstore, params } }, stateDir, delivery });
}

describe("a program that embeds the host", () => {
  test("a 401 from the beginning ends done(); with a deadline of its own it is waited for", async () => {
    await using server = await startElasticsearch({ auth: { username: "u", password: "other" } });
    using setup = new Setup();
    const host = hostOf(server.url, setup.path);
    await host.write([{ n: 1 }, { n: 2 }]);
    expect(await host.done()).toMatchObject({
      ok: false,
      stores: [{ accepted: 2, spooled: 2, notes: [expect.stringMatching(NOTE)], problem: { code: "credentials" } }],
    });
    const other = hostOf(server.url, setup.path);
    await other.write({ n: 1 });
    const receipt = await other.done({ deadlineMs: 1000 });
    expect(receipt.stores).toMatchObject([{ spooled: 1, notes: [], problem: { code: "credentials" } }]);
  });

  test("a 401 that is mended while the producer writes: the last attempt of the run delivers all", async () => {
    await using server = await startElasticsearch({ auth });
    using setup = new Setup();
    server.faults.always({ kind: "status", status: 401 });
    const host = hostOf(server.url, setup.path, { batch: { records: 100 } });
    const isBlocked = new Promise<void>((resolve) => {
      host.hooks.store.tap("test", ({ hooks }) => hooks.blocked.tap("test", () => resolve()));
    });
    await host.write(Array.from({ length: 1000 }, (_, n) => ({ n })));
    await isBlocked;
    server.faults.clear();
    await host.write(Array.from({ length: 1000 }, (_, n) => ({ n: n + 1000 })));
    expect(await host.done()).toMatchObject({ ok: true, stores: [{ accepted: 2000, written: 2000, notes: [] }] });
    expect(server.documents("audit").size).toBe(2000);
  });

  test("what fail_fast is set to is checked", async () => {
    const delivery = { fail_fast: "soon" } as unknown as DeliveryConfig;
    const { problems } = await hostOf("http://127.0.0.1:1", "/tmp", delivery).inspect();
    expect(problems).toMatchObject([{ message: 'delivery.fail_fast must be auto, true or false, not "soon".' }]);
  });
});
