import { describe, expect, test } from "vitest";
import { createProgram, expandConfigList, type Actions } from "../src/program.ts";

/** What the command line comes to: the action and its arguments. */
async function parse(...args: string[]): Promise<unknown[]> {
  let called: unknown[] = [];
  const record =
    (name: string) =>
    async (...given: unknown[]): Promise<void> => {
      called = [name, ...given];
    };
  const names = ["write", "check", "plugins", "config", "schema", "printBaseConfig", "none"] as const;
  const actions = Object.fromEntries(names.map((name) => [name, record(name)])) as unknown as Actions;
  const program = createProgram("1.2.3", actions);
  for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: () => undefined });
  await program.parseAsync(expandConfigList(args), { from: "user" });
  return called;
}

describe("the command line", () => {
  test("write takes files and options, also those that every command has", async () => {
    expect(await parse("write", "-c", "a.yaml", "x.json", "-", "--store", "s", "--param", "k=v", "--json")).toEqual([
      "write",
      ["x.json", "-"],
      { config: ["a.yaml"], store: ["s"], param: ["k=v"], json: true, resume: true },
    ]);
  });

  test("options that every command has may stand before the command", async () => {
    expect(await parse("-c", "a.yaml", "-q", "check")).toEqual(["check", { config: ["a.yaml"], quiet: true }]);
  });

  test.each([
    ["trivvy", "Did you mean trivy?"],
    ["Trivy", "Did you mean trivy?"],
    ["kubebench", "Did you mean kube-bench?"],
    ["nessus", "there is no such preset."],
  ])("--from %s is no preset", async (name, why) => {
    expect(await parse("write", "--from", "trivy")).toEqual(["write", [], { from: "trivy", resume: true }]);
    await expect(parse("write", "--from", name)).rejects.toThrow(why);
  });

  test("-c without a file means none, as in the predecessor (L-63)", async () => {
    expect(await parse("-c", "-q", "check")).toEqual(["check", { config: false, quiet: true }]);
    expect(await parse("check", "-c")).toEqual(["check", { config: false }]);
    expect(await parse("-n", "-c")).toEqual(["write", [], { now: true, config: false }]);
    expect(await parse("check", "--no-config")).toEqual(["check", { config: false }]);
    expect(await parse("check")).toEqual(["check", {}]);
    expect(expandConfigList(["write", "-c", "-"])).toEqual(["write", "-c", "-"]);
  });

  test("-c FILE and --no-config do not undo each other silently (L-50)", async () => {
    const lines = ["-c a.yaml --no-config", "--no-config -c a.yaml", "-c a.yaml -c", "-c -q --config a.yaml"];
    for (const line of lines)
      await expect(parse("check", ...line.split(" "))).rejects.toThrow(
        "-c FILE and --no-config (or -c without a file) cannot both be given.",
      );
    await expect(parse("-c", "a.yaml", "check", "--no-config")).rejects.toThrow("cannot both be given");
    expect(await parse("check", "--no-config", "-c")).toEqual(["check", { config: false }]);
  });

  test("a run id with blanks or control characters is refused", async () => {
    for (const id of ["a b", "a\nb", "a\u001b[1m", " ", "a\u00a0b", "a\u202eb"])
      await expect(parse("write", "--run-id", id)).rejects.toThrow("must have no blanks and no control characters.");
    expect(await parse("write", "--run-id", "2026-11-23.é")).toEqual([
      "write",
      [],
      { runId: "2026-11-23.é", resume: true },
    ]);
  });

  test("-c takes one file, so that no input is taken for a configuration; further YAML files are taken as in the predecessor", async () => {
    expect(await parse("-c", "a.yaml", "b.yml", "write", "x.json")).toEqual([
      "write",
      ["x.json"],
      { config: ["a.yaml", "b.yml"], resume: true },
    ]);
    expect(expandConfigList(["write", "x.yaml", "--", "-c", "a", "b.yaml"])).toEqual([
      "write",
      "x.yaml",
      "--",
      "-c",
      "a",
      "b.yaml",
    ]);
  });

  test("-n alone is the predecessor's run now: write from standard input", async () => {
    expect(await parse("-n", "-c", "a.yaml")).toEqual(["write", [], { now: true, config: ["a.yaml"] }]);
    expect(await parse("write", "-n", "x.json")).toEqual(["write", ["x.json"], { now: true, resume: true }]);
  });

  test("-p asks for the base configuration", async () => {
    expect((await parse("-p"))[0]).toBe("printBaseConfig");
  });

  test("an unknown command is reported as it was typed", async () => {
    expect((await parse("scan.json")).slice(0, 2)).toEqual(["none", ["scan.json"]]);
  });

  test("an unknown option is refused with the nearest one", async () => {
    await expect(parse("write", "--slect", "a")).rejects.toThrow("unknown option '--slect'\n(Did you mean --select?)");
  });
});
