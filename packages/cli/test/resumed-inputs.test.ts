// What a run that is resumed says of the inputs that an earlier process has read (issue 14).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { finished, Sandbox } from "./support/cli.ts";

/** A store that is away until there is a file named `back`. */
const GATE = `
import { existsSync } from "node:fs";
export default {
  kind: "store", name: "gate", apiVersion: 1, params: { type: "object" }, supports: { network: true },
  open: () => ({
    write: (batch) =>
      existsSync("back") ? [] : batch.map((_, index) => ({ index, status: "retry", code: "away", reason: "away" })),
  }),
};
`;

const WRITE = ["write", "--run-id", "r1", "--store", "./gate.mjs"];
const BAD = '{"n":1}\n{bad\n{"n":2}\n';
const REASON = 'column 2: expected a key, found "bad"';

const lettersOf = (sandbox: Sandbox): string => join(sandbox.state, "cloudmarker/dead-letters/input.ndjson");
const linesOf = (path: string): string[] => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : []);

async function leave(sandbox: Sandbox, args: readonly string[]): Promise<void> {
  await sandbox.run([...args, "--deadline", "50ms"]);
}

/** As soon as the lines are kept. */
async function kill(sandbox: Sandbox, args: readonly string[]): Promise<void> {
  const child = sandbox.start(args);
  const end = finished(child);
  // oxlint-disable-next-line no-await-in-loop -- until it is so
  while (linesOf(lettersOf(sandbox)).length < 3) await delay(10);
  child.kill("SIGKILL");
  await end;
}

test.each([
  ["the store is away", leave],
  ["the process is killed", kill],
])("lines that were skipped are in the result of a run that is resumed: %s (exit 65)", async (_, end) => {
  using sandbox = new Sandbox();
  sandbox.file("gate.mjs", GATE);
  sandbox.file("a.ndjson", BAD);
  sandbox.file("b.ndjson", BAD);
  await end(sandbox, [...WRITE, "--on-bad-line", "skip", "a.ndjson", "b.ndjson"]);
  sandbox.file("back", "");
  const { code, stdout, stderr } = await sandbox.run(["resume", "--json"]);
  expect(code).toBe(65);
  const [run] = (JSON.parse(stdout) as { runs: unknown[] }).runs;
  expect(run).toMatchObject({
    exit: 65,
    ok: true,
    received: 4,
    input: {
      problems: [],
      skipped: {
        lines: 2,
        kept: 2,
        file: lettersOf(sandbox),
        samples: ["a.ndjson", "b.ndjson"].map((input) => ({ input, line: 2, reason: REASON })),
      },
    },
  });
  expect(stderr).toContain(`2 lines of the input are not records and were skipped; kept in ${lettersOf(sandbox)}\n`);
  expect(linesOf(lettersOf(sandbox)), "none is kept twice").toHaveLength(3);
});

test("why an input was not read to its end is in the result of a run that is resumed (exit 65)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("gate.mjs", GATE);
  sandbox.file("a.ndjson", BAD);
  const first = await sandbox.run([...WRITE, "--deadline", "50ms", "a.ndjson"]);
  expect(first.code).toBe(65);
  sandbox.file("back", "");
  const { code, stdout, stderr } = await sandbox.run(["resume"]);
  expect(code).toBe(65);
  expect(stdout).toContain("INCOMPLETE: the input was not read to its end; what was read is delivered.");
  const [told = ""] = /^error: a\.ndjson: byte [^]*?(?=^hint)/mu.exec(first.stderr) ?? [];
  expect(told).toContain("line 2, column 2");
  expect(stderr).toContain(told);
});
