import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Actions, CommanderError, createProgram, expandConfigList } from "../src/program.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const PAGES = ["README.md", "docs/*.md", "packages/*/README.md", "plugins/*/README.md"];

/** Those that ask for words in their place, and not for a command. */
const PLACEHOLDER = "COMMAND";

/** The command lines of a page: those in a line of text, in a pipe as well, and those of a shell and of the help. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  const inText = Array.from(text.matchAll(/`((?:npx )?cloudmarker [^`\n]+)`/g), ([, line = ""]) => line);
  const inShell = Array.from(text.matchAll(/^```(?:sh|text)\n(.*?)^```/gms), ([, lines = ""]) =>
    lines.split("\n"),
  ).flat();
  return [...inText, ...inShell]
    .flatMap((line) => line.split(/ \| | && |;| #|\s[<>]\s/))
    .map((line) => line.trim().replace(/^npx /, ""))
    .filter((line) => line.startsWith("cloudmarker ") && !line.includes(PLACEHOLDER));
}

/** Each does nothing; the one for a command that does not exist fails. */
const ACTIONS = new Proxy({} as Actions, {
  get: (_, name) => async () => {
    if (name === "none") throw new Error("no such command");
  },
});

/** What is wrong with a command line, as the command would say it; undefined if nothing is. */
async function fault(line: string): Promise<string | undefined> {
  const program = createProgram("1.2.3", ACTIONS);
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  const words = Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? "");
  try {
    await program.parseAsync(expandConfigList(words.slice(1)), { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return `${line}: ${String(error)}`;
  }
}

describe("the command lines of the documentation have commands and options that exist", () => {
  test.each(
    globSync(PAGES, { cwd: root, exclude: ["**/node_modules/**"] }).filter((page) => commandsOf(page).length > 0),
  )("%s", async (page) => {
    const faults = await Promise.all(commandsOf(page).map(fault));
    expect(faults.filter(Boolean)).toEqual([]);
  });

  test("one that does not exist is found", async () => {
    expect(await fault("cloudmarker resume RUN --storage x")).toContain("unknown option '--storage'");
    expect(await fault("cloudmarker frob")).toContain("no such command");
    expect(commandsOf("docs/durability.md")).toContain("cloudmarker dead-letters replay --store search --since 24h");
  });
});
