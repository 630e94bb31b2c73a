// With --bad-lines, one bad line of NDJSON costs only that line (L-22).
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Receipt } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { STORE_SOURCE, Sandbox, finished } from "./support/cli.ts";

interface JsonReceipt extends Receipt {
  readonly input: {
    readonly problems: readonly { readonly error: { readonly message: string; readonly details: string } }[];
    readonly skipped: {
      readonly lines: number;
      readonly kept: number;
      readonly file?: string;
      readonly problem?: string;
    };
  };
}

const WRITE = ["write", "--store", "filestore", "--param", "path=./out", "--param", "format=ndjson"];
const SKIP = [...WRITE, "--on-bad-line", "skip"];
const lettersOf = (sandbox: Sandbox): string => join(sandbox.state, "cloudmarker/dead-letters/input.ndjson");
const kept = (sandbox: Sandbox): Record<string, unknown>[] =>
  readFileSync(lettersOf(sandbox), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** NDJSON of 10,000 lines; the lines with these numbers are bad. */
function lines(...bad: number[]): string {
  return Array.from({ length: 10_000 }, (_value, at) =>
    bad.includes(at + 1) ? `{"n":${at + 1}` : `{"n":${at + 1}}`,
  ).join("\n");
}

describe("--on-bad-line skip", () => {
  test("reads on, counts, and keeps the line with its place and the reason (exit 65)", async () => {
    using sandbox = new Sandbox();
    sandbox.file("in.ndjson", lines(101, 9_000));
    const { code, stdout, stderr } = await sandbox.run([...SKIP, "in.ndjson"]);
    expect(code).toBe(65);
    expect(stdout).toMatch(/^Run \S+: 9,998 records in \S+ s, all delivered, 2 lines of the input skipped\.\n/u);
    const reason = "column 1: the record that begins here is not closed: the producer was cut off";
    expect(stderr).toBe(
      `error: 2 lines of the input are not records and were skipped; kept in ${lettersOf(sandbox)}\n` +
        `  in.ndjson:101: ${reason}\n  in.ndjson:9000: ${reason}\n`,
    );
    expect(kept(sandbox)).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
        run: expect.stringMatching(/^\d{8}_\d{6}_[0-9a-z]{6}$/u),
        input: "in.ndjson",
        line: 101,
        byte: lines().indexOf('{"n":101}'),
        bytes: 8,
        code: "INPUT_MALFORMED",
        reason,
        text: '{"n":101',
      },
      expect.objectContaining({ line: 9_000, text: '{"n":9000' }),
    ]);
    expect(statSync(lettersOf(sandbox)).mode & 0o777).toBe(0o600);
    // The run is complete: its file takes the place of an older one.
    expect(readdirSync(join(sandbox.path, "out")).filter((name) => !name.startsWith("."))).toEqual(["in.ndjson"]);
  });

  test("counts in --json, over all inputs, with ten samples", async () => {
    using sandbox = new Sandbox();
    sandbox.file("a.ndjson.gz", gzipSync(`{"n":1}\n${"no\n".repeat(2_500)}{"n":2}\n`));
    const { code, stdout } = await sandbox.run([...SKIP, "--json", "a.ndjson.gz", "-"], '{"n":3}\nINFO\n{"n":4}\n');
    expect(code).toBe(65);
    const receipt = JSON.parse(stdout) as JsonReceipt;
    expect(receipt).toMatchObject({ ok: true, received: 4, exit: 65 });
    expect(receipt.input.skipped).toEqual({
      lines: 2_501,
      kept: 2_501,
      file: lettersOf(sandbox),
      samples: Array.from({ length: 10 }, (_value, at) => ({
        input: "a.ndjson.gz",
        line: at + 2,
        reason: 'column 1: a line that is not JSON: "no"',
      })),
    });
    expect(kept(sandbox)).toHaveLength(2_501);
    expect(kept(sandbox).at(-1)).toMatchObject({ input: "stdin", line: 2, byte: 8, text: "INFO" });
  });

  test("keeps bytes that are not text, and the beginning of a line that is too long", async () => {
    using sandbox = new Sandbox();
    const long = `{"n":"${"x".repeat(65 * 1024 * 1024)}"}`;
    const bytes = Buffer.concat([Buffer.from('{"n":"'), Buffer.from([0xff]), Buffer.from(`"}\n${long}\n{"n":1}\n`)]);
    const { code } = await sandbox.run(SKIP, bytes);
    expect(code).toBe(65);
    expect(kept(sandbox)).toMatchObject([
      {
        line: 1,
        bytes: 9,
        base64: Buffer.from([...Buffer.from('{"n":"'), 0xff, ...Buffer.from('"}')]).toString("base64"),
      },
      { line: 2, bytes: long.length, cut: true, text: long.slice(0, 64 * 1024) },
    ]);
  });

  test("goes on if a line cannot be kept, and says so", async () => {
    using sandbox = new Sandbox();
    // A folder takes the place of the file once the run has begun: before, it would be a mistake of the configuration.
    const path = JSON.stringify(lettersOf(sandbox));
    sandbox.file(
      "s.ts",
      STORE_SOURCE.replace("return {", `process.getBuiltinModule("fs").mkdirSync(${path}); return {`),
    );
    const args = ["write", "--store", "./s.ts", "--param", "path=out", "--on-bad-line", "skip", "--json"];
    const { code, stdout, stderr } = await sandbox.run(args, '{"n":1}\nno\n{"n":2}\n');
    expect(code).toBe(65);
    const { received, input } = JSON.parse(stdout) as JsonReceipt;
    expect([received, input.skipped.lines, input.skipped.kept]).toEqual([2, 1, 0]);
    expect(input.skipped.problem).toContain("EISDIR");
    expect(stderr).toMatch(
      /^error: 1 line of the input is not a record and was skipped; 1 line could not be kept: EISDIR/u,
    );
  });

  test("changes nothing if all lines are good (exit 0)", async () => {
    using sandbox = new Sandbox();
    const { code, stdout, stderr } = await sandbox.run([...SKIP, "--json"], '[{"n":1},\n{"n":2}]\n{\n"n":3}');
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ received: 3, input: { skipped: { lines: 0, kept: 0, samples: [] } } });
  });

  test("explains the requests for the good lines, and keeps no bad line", async () => {
    using sandbox = new Sandbox();
    const { code, stderr } = await sandbox.run([...SKIP, "--explain", "5"], '{"n":1}\nno\n{"n":2}\n');
    expect([code, stderr]).toEqual([0, 'stdin:2: skipped: column 1: a line that is not JSON: "no"\n']);
    expect(() => statSync(lettersOf(sandbox))).toThrow("ENOENT");
  });
});

test("a line that a signal interrupts is not a bad line", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const args = ["write", "--store", "./my-store.ts", "--param", `path=${out}`, "--on-bad-line", "skip", "--json"];
  const child = sandbox.start(args);
  const end = finished(child);
  child.stdin.write('no\n{"n":1}\n{"n":');
  while (!existsSync(out)) await delay(10);
  child.kill("SIGTERM");
  const { code, stdout } = await end;
  expect(code).toBe(65);
  const { input, received } = JSON.parse(stdout) as JsonReceipt;
  expect([received, input.skipped.lines]).toEqual([1, 1]);
  expect(kept(sandbox)).toHaveLength(1);
});

describe("--on-bad-line stop, the default,", () => {
  test("says how many bytes were not read, and which option goes on reading (exit 65)", async () => {
    using sandbox = new Sandbox();
    const text = lines(101);
    sandbox.file("in.ndjson", text);
    const { code, stdout, stderr } = await sandbox.run([...WRITE, "--json", "in.ndjson"]);
    expect(code).toBe(65);
    const { input, received } = JSON.parse(stdout) as JsonReceipt;
    expect(received).toBe(100);
    const left = text.length - text.indexOf('{"n":102}');
    expect(input.problems[0]?.error.details).toContain(
      `Nothing after that place was read: ${left.toLocaleString("en-US")} bytes.`,
    );
    expect(stderr).toContain("hint: if in.ndjson is NDJSON, --on-bad-line skip keeps such a line as a dead letter");
  });

  test("says how many bytes of a pipe are known", async () => {
    using sandbox = new Sandbox();
    const { stderr } = await sandbox.run(WRITE, '{"n":1}\nno\n{"n":2}\n');
    expect(stderr).toContain("Nothing after that place was read: at least 11 bytes; the rest is unknown.");
  });

  test("gives no such hint for a list, nor for an input that was cut off", async () => {
    using sandbox = new Sandbox();
    for (const input of ['[\n{"n":1},\nno\n]', '{"n":1}\n{"n":']) {
      const { code, stderr } = await sandbox.run(WRITE, input);
      expect([code, stderr]).toEqual([65, expect.not.stringContaining("hint")]);
    }
  });

  test("another word is a usage error (exit 64)", async () => {
    using sandbox = new Sandbox();
    const { code, stderr } = await sandbox.run([...WRITE, "--on-bad-line", "fail"], "{}");
    expect([code, stderr]).toEqual([64, expect.stringContaining("Allowed choices are stop, skip.")]);
  });
});
