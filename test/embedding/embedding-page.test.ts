import { execFile } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Project } from "../support/project.ts";
import { DocumentedPrograms } from "./documented-programs.ts";

const programs = new DocumentedPrograms("embedding.md");

const RECORDS = 20_000;

/** Keeps what it gets in a file. It is away while a file says so, refuses a record, and ends its process on demand. */
const STORE = `
import { appendFileSync, existsSync } from "node:fs";
import { defineStore, RetryError, reject } from "@cloudmarker/store-api";

let signal = process.env.SIGNAL;

export default defineStore({
  name: "search",
  apiVersion: 1,
  params: { type: "object", properties: {} },
  open: () => ({
    write(batch) {
      if (existsSync("away")) throw new RetryError("away", "The back end is away.");
      if (signal) process.kill(process.pid, signal);
      signal = undefined;
      const isRefused = ({ value }) => existsSync("strict") && value.raw.n % 2 === 1;
      appendFileSync("got.ndjson", batch.filter((one) => !isRefused(one)).map(({ json }) => json + "\\n").join(""));
      return batch.flatMap((one, index) => (isRefused(one) ? [reject(index, "mapping_conflict", "n is odd")] : []));
    },
  }),
});
`;

const CONFIG = `
plugins: { search: { plugin: ./search.mjs, delivery: { deadline: "\${DEADLINE:-60s}" } } }
audits: { nightly: { stores: [search] } }
`;

describe("the programs of docs/embedding.md run as they stand", () => {
  let project: Project;
  let folder: string;

  beforeEach(() => {
    project = new Project();
    folder = programs.folderIn(project.path, programs.names);
    writeFileSync(join(folder, "search.mjs"), STORE);
    writeFileSync(join(folder, "cloudmarker.yaml"), CONFIG);
    writeFileSync(
      join(folder, "findings.ndjson"),
      Array.from({ length: RECORDS }, (_, n) => `{"n":${n},"text":"${"x".repeat(40)}"}\n`).join(""),
    );
  });

  afterEach(() => project[Symbol.dispose]());

  /** Runs a program to its end. @returns what it printed, and its exit code or signal */
  function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<[string, unknown]> {
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } }, (error, stdout) => {
        resolve([stdout, error ? (error.signal ?? error.code) : 0]);
      });
    });
  }

  /** The numbers of the records that the store has, in their order. */
  function got(): number[] {
    const lines = readFileSync(join(folder, "got.ndjson"), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line).raw.n as number).toSorted((a, b) => a - b);
  }

  const all = Array.from({ length: RECORDS }, (_, n) => n);

  it("a run that was killed is read on from its file, and nothing is there twice", async () => {
    expect(await run(["nightly.mjs", "findings.ndjson"], { SIGNAL: "SIGKILL" })).toEqual(["", "SIGKILL"]);
    expect(await run(["nightly.mjs"])).toEqual([`${RECORDS} records, delivered\n`, 0]);
    expect(got()).toEqual(all);
    expect(await run(["nightly.mjs"])).toEqual(["", 0]);
  });

  it("a run that a signal stopped goes on where it stopped", async () => {
    const [printed, exit] = await run(["nightly.mjs", "findings.ndjson"], { SIGNAL: "SIGTERM" });
    expect(exit).toBe(1);
    const [, read] = /^(\d+) records, not all delivered\n$/.exec(printed) ?? [];
    expect(Number(read)).toBeLessThan(RECORDS);
    expect(await run(["nightly.mjs"])).toEqual([`${RECORDS} records, delivered\n`, 0]);
    expect(got()).toEqual(all);
  });

  it("what a store that is away has not got is delivered by the next process, before its own", async () => {
    writeFileSync(join(folder, "away"), "");
    expect(await run(["nightly.mjs", "findings.ndjson"], { DEADLINE: "200ms" })).toEqual([
      `${RECORDS} records, not all delivered\n`,
      1,
    ]);
    rmSync(join(folder, "away"));
    writeFileSync(join(folder, "more.ndjson"), '{"n":20000}\n');
    expect(await run(["nightly.mjs", "more.ndjson"])).toEqual([
      `${RECORDS} records, delivered\n1 records, delivered\n`,
      0,
    ]);
    expect(got()).toEqual([...all, RECORDS]);
  });

  it("a run whose file was changed is not read on: what was kept is delivered", async () => {
    await run(["nightly.mjs", "findings.ndjson"], { SIGNAL: "SIGTERM" });
    const before = got().length;
    writeFileSync(join(folder, "findings.ndjson"), '{"n":1}\n');
    const [printed, exit] = await run(["nightly.mjs"]);
    expect([printed, exit]).toEqual([`${before} records, not all delivered\n`, 1]);
    expect(await run(["nightly.mjs"])).toEqual(["", 0]);
  });

  it("a run whose file is away stays, and is read on when the file is there again", async () => {
    await run(["nightly.mjs", "findings.ndjson"], { SIGNAL: "SIGTERM" });
    const [file, away] = [join(folder, "findings.ndjson"), join(folder, "moved.ndjson")];
    renameSync(file, away);
    expect((await run(["nightly.mjs"]))[1]).toBe(1);
    renameSync(away, file);
    expect(await run(["nightly.mjs"])).toEqual([`${RECORDS} records, delivered\n`, 0]);
    expect(got()).toEqual(all);
  });

  it("dead letters are sent again", async () => {
    writeFileSync(join(folder, "strict"), "");
    expect(await run(["nightly.mjs", "findings.ndjson"])).toEqual([`${RECORDS} records, not all delivered\n`, 1]);
    rmSync(join(folder, "strict"));
    const half = RECORDS / 2;
    const told = `${half} for search: mapping_conflict: n is odd\nsearch: ${half} of ${half} arrived\n`;
    expect(await run(["replay.mjs"])).toEqual([told, 0]);
    expect(got()).toEqual(all);
  });

  it("every program of the page is run here", () => {
    expect(programs.names).toEqual(["nightly.mjs", "replay.mjs"]);
  });
});
