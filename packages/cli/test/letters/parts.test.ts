import type { RunSummary } from "@cloudmarker/core";
import { describe, expect, test } from "vitest";
import { partsOf } from "../../src/letters/parts.ts";
import type { ReplayOptions } from "../../src/options.ts";
import { configOf } from "../../src/runs/run-session.ts";
import type { World } from "../../src/world.ts";

/** A run as the state folder knows it. */
function run(id: string, about: Record<string, unknown>, status: RunSummary["status"] = "incomplete"): RunSummary {
  return {
    run: id,
    started: "2026-11-30T12:00:00.000Z",
    status,
    audits: ["a"],
    about,
    left: [],
    missing: [],
    inputs: [],
  };
}

const write = {
  program: "cloudmarker write",
  cwd: "/w",
  files: ["/w/c.yaml"],
  pipes: [],
  secrets: [],
  inputs: [],
  param: [],
};
const command = { ...write, files: [], store: ["s", "t"], audit: "x", param: ["s.url=u"], secrets: ["s.password"] };

function divide(runs: string[], known: RunSummary[], options: ReplayOptions = {}): string[][] {
  return partsOf(runs, known, "/state", options, { cwd: "/here" } as World).map((part) => [...part.runs]);
}

describe("dead letters are divided by the configuration of their runs (issue 14)", () => {
  test("runs with the same one go together; another file, folder or command line is another one", () => {
    const known = [
      run("1", write),
      run("2", { ...write, cwd: "/v", audit: "y" }),
      run("3", command),
      run("4", command),
    ];
    expect(divide(["1", "2", "3", "4"], known)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    const others = [
      { files: ["/w/d.yaml"] },
      { cwd: "/v" },
      { store: ["s"] },
      { param: [] },
      { secrets: [] },
      { audit: "z" },
    ];
    for (const other of others)
      expect(divide(["3", "5"], [...known, run("5", { ...command, ...other })])).toHaveLength(2);
  });

  test("-c is that of all runs, save what stood on their command lines", () => {
    const known = [run("1", write), run("2", { ...write, files: ["/w/d.yaml"] }), run("3", command), run("4", {})];
    expect(divide(["1", "2", "3", "4", "5"], known, { config: ["e.yaml"] })).toEqual([["1", "2"], ["3"], ["4", "5"]]);
  });

  test("-c starts at the folder where the command is called, not at that of the run", () => {
    const about = { ...write, files: ["/w/c.yaml"] };
    expect(configOf(about, { config: ["e.yaml", "~/f.yaml", "-"] }, { cwd: "/here" })).toEqual([
      "/here/e.yaml",
      "~/f.yaml",
      "-",
    ]);
    expect(configOf(about, {}, { cwd: "/here" })).toEqual(["/w/c.yaml"]);
    expect(configOf({ files: [] }, {}, { cwd: "/here" })).toBe(false);
    expect(configOf(about, { config: false }, { cwd: "/here" })).toBe(false);
  });

  test("those of another program, and of a run that another process has, are not sent without -c", () => {
    const world = { cwd: "/here" } as World;
    const known = [run("1", { program: "acme" }), run("2", {}, "running")];
    const [foreign, running, unknown] = partsOf(["1", "2", "3"], known, "/state", {}, world);
    expect(() => foreign?.session()).toThrow("The run 1 was made by another program");
    expect(() => running?.session()).toThrow("Another process has the run 2.");
    expect(unknown?.runs).toEqual(["3"]);
  });

  test("a --param that no run lacks is refused, without its text", () => {
    const known = [run("1", write), run("3", command)];
    expect(() => divide(["1", "3"], known, { param: ["s.password=x", "t.password=x"] })).toThrow(
      "--param number 2 is no secret that a run of these dead letters needs.",
    );
    expect(divide(["1", "3"], known, { param: ["s.password=x"] })).toEqual([["1"], ["3"]]);
  });
});
