// The question before something that cannot be undone, on a pseudo-terminal (issue 14).
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CONFIRM = fileURLToPath(new URL("../src/confirm.ts", import.meta.url));

const PROGRAM = `
  const { confirm } = await import(${JSON.stringify(CONFIRM)});
  const { stdin, stderr } = process;
  try {
    console.log("result " + (await confirm("Remove 5 dead letters", {}, { stdin, stderr })));
  } catch (error) {
    console.log("error", error.message);
  }
  process.exit();
`;

/** Runs it on a terminal, and types this once it asks. @returns what the terminal shows */
async function typed(keys: string, redirect = ""): Promise<string> {
  const command = `${process.execPath} --input-type=module -e "$PROGRAM" ${redirect}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], { env: { ...process.env, PROGRAM, TERM: "xterm" } });
  let shown = "";
  let isTyped = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    if (isTyped || !shown.includes("? [y/N] ")) return;
    isTyped = true;
    child.stdin.write(keys);
  });
  await new Promise((resolve) => child.once("close", resolve));
  return shown;
}

test.each([
  ["y\r", true],
  ["YES\r", true],
  ["\r", false],
  ["n\r", false],
  ["yellow\r", false],
  ["\u0003", false],
  ["\u0004", false],
])("%j means %s", async (keys, result) => {
  const shown = await typed(keys);
  expect(shown).toContain("Remove 5 dead letters? [y/N] ");
  // On a line of its own.
  expect(shown).toContain(`\nresult ${result}`);
});

test("if standard input is the data, it is not taken for an answer", async () => {
  expect(await typed("", "< /dev/null")).toContain("error Remove 5 dead letters? There is no terminal to ask on.");
});
