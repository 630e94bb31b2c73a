// The command on a disk that takes its time, and on one that hangs (L-09, L-19).
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));

const canTrace = spawnSync("strace", ["-e", "inject=fsync:delay_enter=1", "true"]).status === 0;

/** Runs `cloudmarker write` under strace, which makes disk calls slow. There is one record for each worker. */
async function writeSlowly(injection: string, workers: number, deadline: string) {
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-slow-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [call = ""] = injection.split(":");
  const strace = ["-f", "-qqq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${injection}`];
  const store = ["--store", "filestore", "--param", "path=./out", "--deadline", deadline];
  const env = { ...process.env, HOME: folder, XDG_STATE_HOME: folder, NO_COLOR: "1" };
  const child = spawn("strace", [...strace, process.execPath, BIN, "write", ...store], { cwd: folder, env });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const lines = Array.from({ length: workers }, (_, n) =>
    JSON.stringify({ raw: { n }, com: { origin_worker: `w${n}` } }),
  );
  child.stdin.end(lines.join("\n"));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output, files: readdirSync(join(folder, "out")) };
}

test.runIf(canTrace)("publishing goes on past the deadline as long as it advances (L-09)", async () => {
  // Three at a time, half a second each: over 7 s.
  const { code, output, files } = await writeSlowly("fsync:delay_enter=500000", 45, "3s");
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("45 records") });
  expect(files.filter((name) => !name.startsWith("."))).toHaveLength(45);
});
