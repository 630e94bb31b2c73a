// Which files a command used, in one line (L-50).
import { join } from "node:path";
import { expect, it } from "vitest";
import { Sandbox } from "./support/cli.ts";

const CONFIG = "plugins: { a: { plugin: filestore, params: { path: ./out } } }\naudits: { n: { stores: [a] } }\n";
const NONE = "Configuration: no file was found, so only the base configuration counts; the records go to filestore";

function state(text: string): string | undefined {
  return /^state_dir: .*$/mu.exec(text)?.[0].replaceAll(/ +/gu, " ");
}

it("check, config and write say it, in text and in JSON", async () => {
  using sandbox = new Sandbox();
  const own = sandbox.file("home/.cloudmarker.yaml", "markers: false\n");
  const file = sandbox.file(".config/cloudmarker.yml", CONFIG);
  const line = `Configuration: ${own}, then ${file}; the later ones win`;
  const written = await sandbox.run(["write"], '{"n":1}');
  expect(written).toMatchObject({ code: 0, stderr: "" });
  expect(written.stdout.split("\n").at(-2)).toBe(line);
  expect((await sandbox.run(["check"])).stdout.split("\n")[0]).toBe(line);
  expect((await sandbox.run(["config"])).stdout.split("\n")[0]).toBe(`# ${line}`);
  for (const args of [["write"], ["check"], ["config"], ["write", "--explain", "1"]])
    expect(JSON.parse((await sandbox.run([...args, "--json"], '{"n":2}')).stdout).files).toEqual([own, file]);
});

it("and says if none was found, or if none was to be read, and what that means", async () => {
  using sandbox = new Sandbox();
  const explained = await sandbox.run(["write", "--explain", "1"], '{"n":1}');
  expect(explained.stdout.split("\n").at(-2)).toBe(NONE);
  expect((await sandbox.run(["config"])).stdout.split("\n")[0]).toBe(`# ${NONE}`);
  const store = ["--store", "filestore", "--param", `path=${join(sandbox.path, "out")}`];
  const { stdout } = await sandbox.run(["check", "--no-config", ...store]);
  expect(stdout.split("\n")[0]).toBe(NONE.replace("was found", "is read"));
});

it("a file that looks like a configuration file is named", async () => {
  using sandbox = new Sandbox();
  const file = sandbox.file("cloudmarker.yaml.txt", CONFIG);
  for (const args of [["check"], ["config"]]) {
    const { stderr } = await sandbox.run([...args, "--store", "filestore", "--param", "path=./out"]);
    expect(stderr).toContain(`warning: ${file} looks like a configuration file, and is not read.`);
  }
});

it("config prints the state folder, and marks what --store and --param changed", async () => {
  using sandbox = new Sandbox();
  sandbox.file("cloudmarker.yaml", CONFIG);
  expect(state((await sandbox.run(["config"])).stdout)).toBe(`state_dir: ${sandbox.state}/cloudmarker # default`);
  const { stdout } = await sandbox.run(["config", "--store", "a", "--param", "format=ndjson", "--json"]);
  expect(JSON.parse(stdout).origins).toMatchObject({
    "audits.default.stores": "command line",
    run: "command line",
    "plugins.a.params.format": "command line",
    "plugins.a.params.path": `${join(sandbox.path, "cloudmarker.yaml")}:1:52`,
  });
});

it.runIf(process.platform === "linux")(
  "config prints the state folder of the platform below the home folder",
  async () => {
    using sandbox = new Sandbox();
    const { stdout } = await sandbox.run(["config"], "", { XDG_STATE_HOME: "" });
    expect(state(stdout)).toBe("state_dir: ~/.local/state/cloudmarker # default");
  },
);
