import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Sandbox, STORE_SOURCE } from "./support/cli.ts";

type Com = Record<string, string>;

/** A folder whose configuration has one audit, `nightly`, with this origin. */
class Setup extends Sandbox {
  readonly out: string = join(this.path, "out.ndjson");

  constructor(origin: string, more = "") {
    super();
    this.file("my-store.ts", STORE_SOURCE);
    const plugin = `{ plugin: ./my-store.ts, params: { path: "${this.out}" } }`;
    const audit = `{ stores: [mine], ${origin} }`;
    this.file("cloudmarker.yaml", `plugins:\n  mine: ${plugin}\naudits:\n  nightly: ${audit}\n${more}`);
  }

  /** `com` of what the store received. */
  coms(): Com[] {
    if (!existsSync(this.out)) return [];
    const lines = readFileSync(this.out, "utf8").trim().split("\n");
    return lines.map((line) => (JSON.parse(line) as { com: Com }).com);
  }
}

describe("L-61: origins", () => {
  test("the configuration names all four; its worker takes precedence over the name of the file (MC-2)", async () => {
    using setup = new Setup("origin: { key: aws, class: Prowler, worker: w, type: cloud }");
    setup.file("scan.json", "{}");
    expect(await setup.run(["write", "scan.json"])).toMatchObject({ code: 0 });
    expect(setup.coms()[0]).toMatchObject({
      origin_key: "aws",
      origin_class: "Prowler",
      origin_worker: "w",
      origin_type: "cloud",
    });
  });

  test("without a worker it is AUDIT_KEY, as in the predecessor (MC-1)", async () => {
    using setup = new Setup("origin: { key: aws }");
    await setup.run(["write", "-"], "{}");
    expect(setup.coms()[0]).toMatchObject({ origin_key: "aws", origin_worker: "nightly_aws" });
  });

  test("the record takes precedence over the configuration, and --origin and --worker over the record", async () => {
    using setup = new Setup("origin: { key: conf, type: cloud }");
    const own = JSON.stringify({
      raw: {},
      ext: {},
      com: { origin_key: "own", origin_worker: "own", origin_type: "x" },
    });
    await setup.run(["write", "-"], own);
    await setup.run(["write", "--origin", "key=asked", "-"], own);
    await setup.run(["write", "--origin", "worker=asked", "-"], own);
    await setup.run(["write", "--worker", "asked", "-"], own);
    expect(setup.coms().map((com) => [com["origin_key"], com["origin_worker"], com["origin_type"]])).toEqual([
      ["own", "own", "x"],
      ["asked", "own", "x"],
      ["own", "asked", "x"],
      ["own", "asked", "x"],
    ]);
  });

  test("--origin takes precedence over the configuration, also for derived values", async () => {
    using setup = new Setup("origin: { key: conf, class: Conf }");
    setup.file("scan.json", "{}");
    await setup.run(["write", "--origin", "key=asked", "--origin", "type=event", "scan.json"]);
    expect(setup.coms()[0]).toMatchObject({
      origin_key: "asked",
      origin_class: "Conf",
      origin_worker: "nightly_asked",
      origin_type: "event",
      target_type: "alert",
    });
  });

  test("FileStore names its file by it (MF-1)", async () => {
    using setup = new Sandbox();
    setup.file("scan.json", "{}");
    const stores = ["--store", "filestore", "--param", "path=./out", "--audit", "mockaudit"];
    await setup.run(["write", ...stores, "--origin", "key=mockcloud", "scan.json"]);
    expect(readdirSync(join(setup.path, "out")).filter((name) => name.endsWith(".json"))).toEqual([
      "mockaudit_mockcloud.json",
    ]);
  });

  test("--store and --worker together are nothing odd", async () => {
    using setup = new Sandbox();
    const stores = ["--store", "filestore", "--param", "path=./out"];
    const { code, stderr } = await setup.run(["write", ...stores, "--worker", "z", "-"], "{}");
    expect([code, stderr]).toEqual([0, ""]);
  });

  test.each([
    [["--origin", ""], '--origin "" is not of the form KEY=VALUE.'],
    [["--origin", "aws"], "--origin aws is not of the form KEY=VALUE."],
    [["--origin", "kee=aws"], "--origin kee=aws is not of the form KEY=VALUE."],
    [["--origin", "key=a", "--origin", "key=b"], "--origin key is given twice."],
    [["--worker", "a", "--origin", "worker=b"], "--origin worker is given twice."],
  ])("%j is a mistake", async (args, message) => {
    using setup = new Setup("");
    const { code, stderr } = await setup.run(["write", ...args, "-"], "{}");
    expect(code).toBe(64);
    expect(stderr).toContain(message);
    expect(setup.coms()).toEqual([]);
  });

  test("audits that get the same records must name one origin", async () => {
    using setup = new Setup("origin: { key: aws }", "  weekly: { stores: [mine], origin: { key: aws } }\n");
    const { code, stderr } = await setup.run(["write", "-"], "{}");
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /cloudmarker\.yaml:5:\d+ .*the worker is "nightly_aws" in one and "weekly_aws" in the other/u,
    );
    const one = await setup.run(["write", "--audit", "weekly", "-"], "{}");
    expect([one.code, setup.coms()[0]?.["origin_worker"]]).toEqual([0, "weekly_aws"]);
    await setup.run(["write", "--worker", "both", "-"], "{}");
    expect(
      setup
        .coms()
        .slice(1)
        .map((com) => com["origin_worker"]),
    ).toEqual(["both", "both"]);
  });

  test("mistakes in the configuration are reported with their place", async () => {
    using setup = new Setup("origin: { kee: a, type: [b] }");
    const { code, stderr } = await setup.run(["check"]);
    expect(code).toBe(78);
    expect(stderr).toMatch(/:4:\d+ .*audits\.nightly\.origin has an unknown key "kee"\. Did you mean "key"\?/u);
    expect(stderr).toMatch(/:4:\d+ .*audits\.nightly\.origin\.type must be a text, not a list\./u);
  });

  test("config prints it, in a form that can be used again", async () => {
    using setup = new Setup('origin: { key: "${ACCOUNT}", type: cloud }');
    const { stdout } = await setup.run(["config"], "", { ACCOUNT: "aws" });
    expect(stdout).toMatch(/ {4}origin:\n {6}key: aws +# \$\{ACCOUNT\}, .*:4:\d+\n {6}type: cloud/u);
    setup.file("again.yaml", stdout);
    await setup.run(["write", "-c", "again.yaml", "-"], "{}");
    expect(setup.coms()[0]).toMatchObject({ origin_key: "aws", origin_type: "cloud", origin_worker: "nightly_aws" });
  });
});
