// What becomes of a run whose state folder fails (issue 14): prints a table of exit codes and counts.
//   node test/faults/fault-table.ts [REGEX of names]; it mounts small disks, and injects errors with strace
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Receipt } from "@cloudmarker/store-api";
import { isBulk, startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { Project } from "../support/project.ts";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));
const RECORDS = 600;
const [, , only = ""] = process.argv;

interface Fault {
  readonly name: string;
  /** Before anything. */
  readonly before?: (state: string) => void;
  /** Put in front of the write. */
  readonly trace?: readonly [call: string, error: string, ...files: string[]];
  /** Between write and resume. */
  readonly between?: (state: string) => void;
  /** Mends it. */
  readonly mend?: (state: string) => void;
  /** The store takes records. */
  readonly isUp?: boolean;
  /** The store refuses every record. */
  readonly isBad?: boolean;
}

const mount = (state: string, options: string): void => {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `mode=0700,${options}`, "tmpfs", state]);
};

function overwrite(file: string, from: number, bytes: number): void {
  const data = readFileSync(file);
  data.fill(0x5a, Math.floor(data.length * from), Math.floor(data.length * from) + bytes);
  writeFileSync(file, data);
}

function newer(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 99");
  db.close();
}

const calls = ["openat", "pwrite64", "fsync", "ftruncate"];
const LETTERS = ["state.db", "state.db-wal", "state.db-journal", "state.db-shm"];
const FAULTS: readonly Fault[] = [
  { name: "refused: none", isUp: true, isBad: true },
  ...["ENOSPC", "EIO"].flatMap((error) =>
    calls.map((call): Fault => ({
      name: `refused: ${error} at ${call} of the letters`,
      isUp: true,
      isBad: true,
      trace: [call, error, ...LETTERS],
    })),
  ),
  { name: "refused: disk of 200 KiB", isUp: true, isBad: true, before: (state) => mount(state, "size=200k") },

  { name: "none" },
  { name: "none, store up", isUp: true },
  ...["ENOSPC", "EIO"].flatMap((error) =>
    [
      ["claim", "runs/r1.run"],
      ["journal", "runs/r1.db", "runs/r1.db-wal"],
      ["receipt", "receipts/r1.json.tmp", "receipts/r1.json"],
      ["list of letters", "state.db", "state.db-wal", "state.db-journal", "state.db-shm"],
    ].flatMap(([what = "", ...files]) =>
      [...calls, ...(what === "receipt" ? ["write", "rename"] : [])].map((call): Fault => {
        return { name: `${error} at ${call} of the ${what}`, trace: [call, error, ...files] };
      }),
    ),
  ),
  {
    name: "disk of 200 KiB",
    before: (state) => mount(state, "size=200k"),
    mend: (state) => execFileSync("mount", ["-o", "remount,size=2g", state]),
  },
  { name: "disk of 200 KiB, store up", isUp: true, before: (state) => mount(state, "size=200k") },
  {
    name: "disk of 8 KiB",
    before: (state) => mount(state, "size=8k"),
    mend: (state) => execFileSync("mount", ["-o", "remount,size=2g", state]),
  },
  { name: "disk of 8 KiB, store up", isUp: true, before: (state) => mount(state, "size=8k") },
  { name: "read-only", before: (state) => mount(state, "size=2g,ro") },
  {
    name: "read-only for the resume",
    before: (state) => mount(state, "size=2g"),
    between: (state) => execFileSync("mount", ["-o", "remount,ro", state]),
    mend: (state) => execFileSync("mount", ["-o", "remount,rw", state]),
  },
  { name: "journal of a newer version", between: (state) => newer(join(state, "runs/r1.db")) },
  { name: "claim of a newer version", between: (state) => newer(join(state, "runs/r1.run")) },
  {
    name: "journal cut in half",
    between: (state) =>
      truncateSync(join(state, "runs/r1.db"), Math.floor(statSync(join(state, "runs/r1.db")).size / 2)),
  },
  { name: "journal cut to nothing", between: (state) => truncateSync(join(state, "runs/r1.db"), 0) },
  { name: "journal overwritten in the middle", between: (state) => overwrite(join(state, "runs/r1.db"), 0.5, 4096) },
  { name: "journal overwritten at its beginning", between: (state) => overwrite(join(state, "runs/r1.db"), 0, 4096) },
  { name: "claim overwritten at its beginning", between: (state) => overwrite(join(state, "runs/r1.run"), 0, 4096) },
  { name: "claim overwritten at its end", between: (state) => overwrite(join(state, "runs/r1.run"), 0.6, 3000) },
  { name: "claim removed", between: (state) => rmSync(join(state, "runs/r1.run"), { force: true }) },
  { name: "journal removed", between: (state) => rmSync(join(state, "runs/r1.db")) },
  { name: "receipt overwritten", between: (state) => writeFileSync(join(state, "receipts/r1.json"), "{") },
];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, args: readonly string[], trace?: Fault["trace"]): Promise<Ended> {
  const state = join(cwd, "cloudmarker");
  const [call = "", error = "", ...files] = trace ?? [];
  const tracer = trace
    ? [
        "strace",
        "-f",
        "-qqq",
        "-o",
        "/dev/null",
        "-e",
        `trace=${call}`,
        "-e",
        `inject=${call}:error=${error}`,
        ...files.flatMap((file) => ["-P", join(state, file)]),
      ]
    : [];
  const [program = "", ...rest] = [...tracer, process.execPath, BIN, ...args];
  const child = spawn(program, rest, { cwd, env: { ...process.env, HOME: cwd, XDG_STATE_HOME: cwd, NO_COLOR: "1" } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  child.stdin.end();
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

function counts({ code, stdout }: Ended): string {
  try {
    const document = JSON.parse(stdout) as Receipt & { runs?: Receipt[] };
    const { received, stores } = document.runs?.[0] ?? document;
    const { written, duplicate, deadLettered, spooled, lost } = stores[0] ?? ({} as Partial<Receipt["stores"][number]>);
    return `${code}: ${received} = ${written} written, ${duplicate} dup., ${deadLettered} letters, ${spooled} spooled, ${lost} lost`;
  } catch {
    return String(code);
  }
}

function words({ stderr }: Ended): string {
  const told = stderr.split("\n").filter((line) => /^error|^warning/u.test(line));
  return told.map((line) => line.replaceAll(/\/\S*\/cloudmarker/gu, "STATE").slice(0, 150)).join(" ¶ ");
}

const HEAD = ["fault", "write", "it says", "resume", "it says", "mended", "there"];

async function play(fault: Fault): Promise<string[]> {
  const { name, before, trace, between, mend, isUp, isBad } = fault;
  await using server = await startElasticsearch();
  using project = new Project();
  const state = join(project.path, "cloudmarker");
  const file = (path: string, text: string): void => writeFileSync(join(project.path, path), text);
  const delivery = { batch: { records: 100 }, retry: { min: "10ms", max: "50ms" } };
  const search = { plugin: "esstore", params: { node: server.url, index: "a" }, delivery };
  file("c.yaml", JSON.stringify({ plugins: { search }, audits: { n: { stores: ["search"] } }, run: ["n"] }));
  const lines = Array.from({ length: RECORDS }, (_, n) => `${JSON.stringify({ n, x: "x".repeat(500) })}\n`);
  file("in.ndjson", lines.join(""));
  if (!isUp) server.faults.always({ kind: "hang", on: isBulk });
  if (isBad) server.itemFault = () => ({ status: 400, type: "document_parsing_exception", reason: "failed" });
  const resume = (): Promise<Ended> => run(project.path, ["resume", "r1", "--json", "--deadline", "5s"]);
  try {
    before?.(state);
    const args = ["write", "-c", "c.yaml", "--run-id", "r1", "--deadline", "1s", "--json", "in.ndjson"];
    const written = await run(project.path, args, trace);
    server.faults.clear();
    between?.(state);
    const resumed = await resume();
    mend?.(state);
    const mended = mend ? counts(await resume()) : "";
    const there = String(server.documents("a").size);
    return [name, counts(written), words(written), counts(resumed), words(resumed), mended, there];
  } finally {
    spawnSync("umount", ["--lazy", state]);
  }
}

process.stdout.write(`| ${HEAD.join(" | ")} |\n|${HEAD.map(() => "---|").join("")}\n`);
for (const fault of FAULTS) {
  if (!new RegExp(only, "u").test(fault.name)) continue;
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  process.stdout.write(`| ${(await play(fault)).join(" | ")} |\n`);
}
