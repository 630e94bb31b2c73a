// What scanners write, read with their presets: files of real output where they are, and scanners that are installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../support/run-cli.ts";
import { hasSharedData, samplePath } from "../support/shared-data.ts";

interface Taken {
  readonly received: number;
  readonly worker: string;
}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "cloudmarker-scanners-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Pipes a report into the command. */
async function take(name: string, report: string | Uint8Array): Promise<Taken> {
  const out = mkdtempSync(join(folder, "out-"));
  const store = ["--store", "filestore", "--param", `path=${out}`, "--param", "format=ndjson"];
  const { code, stdout, stderr } = await runCli(["write", "--from", name, "--json", ...store], folder, report);
  expect([code, stderr]).toEqual([0, ""]);
  const { received, ok } = JSON.parse(stdout) as { received: number; ok: boolean };
  expect(ok).toBe(true);
  const lines = readFileSync(join(out, `${name}.ndjson`), "utf8")
    .trim()
    .split("\n");
  expect(lines).toHaveLength(received);
  const { com } = JSON.parse(lines[0] ?? "") as { com: { origin_worker: string } };
  return { received, worker: com.origin_worker };
}

describe.skipIf(!hasSharedData)("files of real output (skipped if the folder shared/data is absent)", () => {
  // The counts are those of the scanners, or of the note beside the files.
  test.each([
    ["trivy", "trivy/issue_9170.json", 37],
    ["prowler", "prowler/example_output_aws.ocsf.json", 5],
    ["asff", "prowler/prowler-output.asff.json", 731],
    ["checkov", "checkov/checkov_sample.json", 204 + 28],
    ["kubescape", "kubescape/many_findings.json", 44],
    ["npm-audit", "npm-audit/multiple_cwes.json", 41],
    ["falco", "falco/single_rule_with_cat_write.json", 8],
  ])("--from %s takes all of %s", async (name, file, count) => {
    expect(await take(name, readFileSync(samplePath(file)))).toEqual({ received: count, worker: name });
  });
});

const PROGRAM = `import hashlib, pickle, subprocess
def run(command):
    return subprocess.call(command, shell=True)
def read(data):
    return pickle.loads(data), hashlib.md5(data), eval(data)
`;
const RULES = `rules:
  - id: no-eval
    languages: [python]
    severity: ERROR
    message: eval runs any text
    pattern: eval(...)
  - id: no-shell
    languages: [python]
    severity: WARNING
    message: a shell reads the command
    pattern: subprocess.call(..., shell=True)
`;
const TERRAFORM = `resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}
resource "aws_security_group" "open" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
`;
// Put together here, so that no scanner finds one in this file.
const TOKENS = `id = "${"AKIA"}QYLPMN5HNM4OP3XT"\ntoken = "${"ghp"}_0123456789abcdefghijABCDEFGHIJ012345"\n`;

interface Scanner {
  readonly name: string;
  readonly args: readonly string[];
  /** How many records the scanner itself says that there are. */
  counted(stdout: string, stderr: string): number;
}

/** Scanners that need no network for this. */
const SCANNERS: readonly Scanner[] = [
  {
    name: "bandit",
    args: ["-r", ".", "-f", "json"],
    counted(stdout) {
      const { _totals: totals } = (JSON.parse(stdout) as { metrics: { _totals: Record<string, number> } }).metrics;
      return sum(Object.keys(totals).map((key) => (key.startsWith("SEVERITY.") ? (totals[key] ?? 0) : 0)));
    },
  },
  {
    name: "semgrep",
    args: ["scan", "--metrics=off", "--disable-version-check", "--config", "rules.yaml", "--json", "app.py"],
    counted: (_stdout, stderr) => Number(/: (\d+) findings?\./u.exec(stderr)?.[1]),
  },
  {
    name: "checkov",
    args: ["-d", ".", "-o", "json", "--skip-download", "--framework", "terraform", "dockerfile"],
    counted(stdout) {
      const reports = JSON.parse(stdout) as { summary: { passed: number; failed: number; skipped: number } }[];
      return sum(reports.flatMap(({ summary }) => [summary.passed, summary.failed, summary.skipped]));
    },
  },
  {
    name: "gitleaks",
    args: ["dir", ".", "--redact", "--no-banner", "-f", "json", "-r", "-"],
    counted: (_stdout, stderr) => Number(/leaks found: (\d+)/u.exec(stderr)?.[1]),
  },
];

describe("scanners that are installed", () => {
  beforeAll(() => {
    mkdirSync(join(folder, "scanned"));
    const files = {
      "app.py": PROGRAM,
      "rules.yaml": RULES,
      "main.tf": TERRAFORM,
      Dockerfile: "FROM ubuntu:latest\nRUN apt-get update\n",
      "conf.ini": TOKENS,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "scanned", name), text);
  });

  for (const { name, args, counted } of SCANNERS) {
    const unless = isInstalled(name) ? "" : ` (skipped: ${name} is not on the PATH)`;
    test.skipIf(unless !== "")(`${name} ${args.join(" ")}${unless}`, { timeout: 180_000 }, async () => {
      const { stdout, stderr } = spawnSync(name, args, { cwd: join(folder, "scanned"), encoding: "utf8" });
      const count = counted(stdout, stderr);
      expect(count).toBeGreaterThan(1);
      expect(await take(name, stdout)).toEqual({ received: count, worker: name });
    });
  }
});

function isInstalled(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((path) => existsSync(join(path, name)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
