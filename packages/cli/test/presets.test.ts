// The presets of --from: what each takes of a report of its scanner, and that everything else that is said wins.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePointer, pointerProblem, valueAt } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { type Reading, readSource } from "../src/input/read-source.ts";
import type { ReadingOptions } from "../src/options.ts";
import { withPreset } from "../src/presets/apply.ts";
import { recognise } from "../src/presets/recognise.ts";
import { PRESETS } from "../src/presets/table.ts";
import { Sandbox } from "./support/cli.ts";
import { REPORTS } from "./support/reports.ts";

const ARCHIVE = ["--store", "filestore", "--param", "path=out", "--param", "format=ndjson"];

interface Written {
  readonly raw: Record<string, unknown>;
  readonly com: Record<string, string>;
}

class Setup extends Sandbox {
  /** What FileStore wrote to the folder, by the name of the file. */
  written(folder = "out"): Record<string, readonly Written[]> {
    const path = join(this.path, folder);
    const names = existsSync(path) ? readdirSync(path).filter((name) => !name.startsWith(".")) : [];
    return Object.fromEntries(
      names.map((name) => {
        const lines = readFileSync(join(path, name), "utf8").trim().split("\n");
        return [name, lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Written)];
      }),
    );
  }
}

interface Read {
  readonly found: object[];
  readonly hints: string[];
  readonly notes: string[];
  readonly error: string | undefined;
}

/** Reads a report as `write` does with these options. */
async function readAs(text: string, given: ReadingOptions): Promise<Read> {
  const [found, hints, notes]: [object[], string[], string[]] = [[], [], []];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  const reading: Reading = {
    hint: (hint) => void hints.push(hint),
    isNamed: async () => false,
    note: (note) => void notes.push(note),
    skip: () => expect.unreachable(),
  };
  try {
    const batches = readSource(
      { name: "scan" },
      Object.assign(chunks(), { stop: () => undefined }),
      withPreset(given),
      reading,
    );
    for await (const batch of batches) found.push(...batch.map((one) => JSON.parse(one.text) as object));
    return { found, hints, notes, error: undefined };
  } catch (error) {
    return { found, hints, notes, error: (error as Error).message };
  }
}

/** The value of a record of this `raw` at a pointer. */
function at(raw: object, pointer: string): unknown {
  return valueAt({ raw }, parsePointer(pointer));
}

/** The document ids in requests of EsStore. */
function ids(text: string): string[] {
  return text.match(/"_id":"[0-9a-f]+"/gu) ?? [];
}

/** What the command prints on standard error of this file. */
async function stderrOf(text: string, ...args: string[]): Promise<string> {
  using setup = new Setup();
  setup.file("scan.json", text);
  const { code, stderr } = await setup.run(["write", "scan.json", ...ARCHIVE, ...args]);
  expect(code).toBe(0);
  return stderr;
}

/** The hints about the report of this preset. */
async function hintsOf(name: string, given: ReadingOptions = {}): Promise<string> {
  return (await readAs(REPORTS[name]?.text ?? "", given)).hints.join("\n");
}

describe("the table of presets", () => {
  test("each has a report here", () => {
    expect(Object.keys(REPORTS)).toEqual([...PRESETS.keys()]);
  });

  for (const [name, preset] of PRESETS) {
    const { text, records, clean = "[]" } = REPORTS[name] ?? { text: "", records: 0 };

    test(`${name}: its report is recognised, and the count is that of what --from takes`, async () => {
      const { found, ...told } = await readAs(text, { from: name });
      expect([found.length, told]).toEqual([records, { hints: [], notes: [], error: undefined }]);
      const { found: whole, hints } = await readAs(text, {});
      expect(hints).toEqual([expect.stringMatching(`^scan looks like .+ output: --from ${name} (?:takes|sets) `)]);
      const [first = {}] = whole;
      const inFirst =
        preset.select.length === 0 ? undefined : (await readAs(JSON.stringify(first), { from: name })).found;
      expect(recognise(first, false)).toEqual({ name, preset, records: inFirst?.length });
      const known = preset.marks.length > 0 ? found.map((value) => recognise(value, true)?.name) : [name];
      expect(new Set(known)).toEqual(new Set([name]));
    });

    test(`${name}: every record has its identity, and the first a time where it names one`, async () => {
      const { found } = await readAs(text, { from: name });
      const times = preset.time.map(({ from }) => from);
      for (const pointer of [...preset.id, ...times]) expect(pointerProblem(pointer)).toBeUndefined();
      for (const value of found)
        for (const pointer of preset.id) expect(["string", "number"]).toContain(typeof at(value, pointer));
      expect(times.some((pointer) => at(found[0] ?? {}, pointer) !== undefined)).toBe(times.length > 0);
    });

    test(`${name}: a report without findings has no records, and another document is an error`, async () => {
      expect(await readAs(clean, { from: name })).toMatchObject({ found: [], hints: [], error: undefined });
      if (preset.select.length === 0) return;
      expect(recognise(JSON.parse(clean) as object, false)).toBeUndefined();
      const { error } = await readAs('{"error":{"code":"E1"}}', { from: name });
      expect(error).toMatch(/^scan: nothing is at the path/u);
    });
  }
});

describe("--from is a default", () => {
  test.each(["trivy", "gitleaks"])("%s: the records get its worker", async (name) => {
    using setup = new Setup();
    const { text = "", records } = REPORTS[name] ?? {};
    const { code, stderr, stdout } = await setup.run(["write", "--from", name, "--json", "-", ...ARCHIVE], text);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ received: records, ok: true, input: { hints: [], notes: [] } });
    const written = setup.written();
    expect(Object.keys(written)).toEqual([`${name}.ndjson`]);
    expect(written[`${name}.ndjson`]?.[0]?.com["origin_worker"]).toBe(name);
  });

  test("a clean report is a whole run without records", async () => {
    using setup = new Setup();
    const run = await setup.run(["write", "--from", "trivy", "-", ...ARCHIVE], REPORTS["trivy"]?.clean);
    expect(run).toMatchObject({ code: 0, stderr: "stdin: no records: this report of Trivy has none.\n" });
  });

  test("--select, --worker and --origin win", async () => {
    using setup = new Setup();
    setup.file("scan.json", REPORTS["checkov"]?.text ?? "");
    const args = ["write", "--from", "checkov", "scan.json", ...ARCHIVE];
    const own = ["--select", "results.failed_checks", "--worker", "mine"];
    expect(await setup.run([...args, ...own])).toMatchObject({ code: 0, stderr: "" });
    expect(setup.written()["mine.ndjson"]?.map(({ raw }) => raw["check_id"])).toEqual(["C2", "C3"]);
    await setup.run([...args, "--origin", "worker=other"]);
    expect(setup.written()["other.ndjson"]).toHaveLength(3);
    await setup.run([...args, "--origin", "key=k", "--audit", "nightly"]);
    expect(setup.written()["nightly_k.ndjson"]?.[0]?.com).toMatchObject({ origin_key: "k" });
  });

  test("the configuration wins: origin, identity and time; without them they are those of the preset", async () => {
    using setup = new Setup();
    const explained = async (store: string, audit: string): Promise<string> => {
      setup.file("c.yaml", `plugins:\n  s:\n    plugin: ${store}\naudits:\n  a: { stores: [s]${audit} }\n`);
      const { code, stdout, stderr } = await setup.run(
        ["write", "--from", "prowler", "-c", "c.yaml", "--run-id", "r", "--explain", "2", "-"],
        REPORTS["prowler"]?.text ?? "",
      );
      expect([code, stderr]).toEqual([0, ""]);
      return stdout;
    };
    const es = "esstore\n    params: { node: 'http://127.0.0.1:1'";
    const plain = await explained(`${es} }`, "");
    expect(plain).toContain('"origin_worker":"prowler"');
    expect(plain).toContain('"@timestamp":"2025-02-14T13:27:03.000Z"');
    expect(plain).toContain('"@timestamp":"2025-02-14T14:27:03.9');
    expect(await explained(`"@cloudmarker/${es.replace("\n", '"\n')} }`, "")).toContain("2025-02-14T13:27:03");
    expect(await explained(`cloudmarker.stores.esstore.EsStore${es.slice("esstore".length)} }`, "")).toContain(
      "13:27:03",
    );
    const given = await explained(
      `${es}, time: [{ from: /raw/time_dt }] }`,
      ", id: /raw/time_dt, origin: { worker: w }",
    );
    expect(given).toContain('"origin_worker":"w"');
    expect(given).not.toContain("2025-02-14T13:27:03");
    expect(ids(plain)).toHaveLength(2);
    expect(ids(await explained(`${es} }`, ", id: /raw/finding_info/uid, origin: { worker: prowler }"))).toEqual(
      ids(plain),
    );
    expect(ids(await explained(`${es} }`, ", id: /raw/metadata/product/name"))).not.toEqual(ids(plain));
  });

  test("a run remembers it for resume, with the paths and the worker that it stood for", async () => {
    using setup = new Setup();
    setup.file("scan.json", REPORTS["trivy"]?.text ?? "");
    const run = ["--run-id", "one", "--state-dir", "state"];
    await setup.run(["write", "--from", "trivy", "scan.json", ...run, ...ARCHIVE]);
    const { stdout } = await setup.run(["runs", "--state-dir", "state", "--json"]);
    const [{ about }] = (JSON.parse(stdout) as { runs: [{ about: object }] }).runs;
    expect(about).toMatchObject({
      from: "trivy",
      select: PRESETS.get("trivy")?.select,
      inputs: [{ name: "scan.json", worker: "trivy" }],
    });
  });

  test("an unknown name is refused before anything is read", async () => {
    using setup = new Setup();
    const { code, stderr } = await setup.run(["write", "--from", "trivvy", "no-such-file", ...ARCHIVE]);
    expect([code, stderr]).toEqual([64, expect.stringContaining("--from trivvy: there is no such preset.")]);
    expect(stderr).toContain(`There are ${[...PRESETS.keys()].join(", ")}.`);
  });

  test("--select may be given several times, and not into each other", async () => {
    using setup = new Setup();
    const input = '{"a":[{"n":1}],"b":{"c":[{"n":2}]}}';
    const args = ["write", "-", ...ARCHIVE];
    expect(await setup.run([...args, "--select", "b.c", "--select", "a"], input)).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(setup.written()["no_worker.ndjson"]?.map(({ raw }) => raw)).toEqual([{ n: 1 }, { n: 2 }]);
    const wrong = await setup.run([...args, "--select", "b", "--select", "b.c"], input);
    expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringContaining('"b.c" leads into what the other takes')]);
    const { notes } = await readAs('{"b":{"c":1}}', { select: ["b.some", "b.other"] });
    expect(notes).toEqual([
      "scan: no records: --select b.some and --select b.other are absent or null in the 1 place where they could be.",
    ]);
  });
});

describe("a scanner that is recognised is a hint on standard error", () => {
  test("with the count of what --from takes of a report", async () => {
    expect(await stderrOf(REPORTS["trivy"]?.text ?? "")).toBe(
      "hint: scan.json looks like Trivy output: --from trivy takes its 5 findings.\n",
    );
    expect(await hintsOf("bandit")).toContain("--from bandit takes its 1 finding.");
    expect(await hintsOf("checkov")).toContain("--from checkov takes the checks of each document.");
  });

  test("for records in no wrapper, unless somebody says who produces them", async () => {
    const { prowler } = REPORTS;
    expect(await stderrOf(prowler?.text ?? "")).toBe(
      "hint: scan.json looks like Prowler output: --from prowler sets the worker, identity and time of its findings.\n",
    );
    expect(await hintsOf("falco")).toContain("--from falco sets the worker and time of its events.");
    expect(await stderrOf(prowler?.text ?? "", "--worker", "w")).toBe("");
    expect(await stderrOf(prowler?.text ?? "", "--origin", "key=prowler")).toBe("");
    using setup = new Setup();
    setup.file(
      "c.yaml",
      "audits:\n  a: { stores: [filestore], origin: { key: prowler } }\nplugins:\n  filestore: { plugin: filestore, params: { path: out } }\n",
    );
    const { stderr } = await setup.run(["write", "-c", "c.yaml", "-"], prowler?.text ?? "");
    expect(stderr).toBe("");
  });

  test("not with --quiet, not where --select says it; with --json it is among the hints", async () => {
    const { text } = REPORTS["trivy"] ?? { text: "" };
    expect(await stderrOf(text, "--quiet")).toBe("");
    expect(await hintsOf("trivy", { select: "Results" })).toBe("");
    using setup = new Setup();
    const { stdout } = await setup.run(["write", "--json", "-", ...ARCHIVE], text);
    expect(JSON.parse(stdout).input.hints).toEqual([
      "stdin looks like Trivy output: --from trivy takes its 5 findings.",
    ]);
  });

  test("once for several inputs of one scanner, and in --explain", async () => {
    using setup = new Setup();
    for (const name of ["a.json", "b.json"]) setup.file(name, REPORTS["gitleaks"]?.text ?? "");
    setup.file("c.json", REPORTS["grype"]?.text ?? "");
    const { stderr } = await setup.run(["write", "a.json", "b.json", "c.json", ...ARCHIVE]);
    expect(stderr.trim().split("\n")).toEqual([
      "hint: a.json looks like Gitleaks output: --from gitleaks sets the worker and identity of its findings.",
      "hint: c.json looks like Grype output: --from grype takes its 2 findings.",
    ]);
    const explained = await setup.run(["write", "c.json", "--explain", "3", ...ARCHIVE]);
    expect(explained.stderr).toBe("hint: c.json looks like Grype output: --from grype takes its 2 findings.\n");
  });

  test("the wrong --from: the one that fits is named", async () => {
    const { semgrep, grype, gosec } = REPORTS;
    expect(await stderrOf(semgrep?.text ?? "", "--from", "bandit")).toBe(
      "hint: scan.json looks like Semgrep output: use --from semgrep.\n",
    );
    expect(await stderrOf(grype?.text ?? "", "--from", "gitleaks")).toContain("use --from grype.");
    using setup = new Setup();
    const { code, stderr } = await setup.run(["write", "--from", "trivy", "-", ...ARCHIVE], gosec?.text);
    expect([code, stderr]).toEqual([
      65,
      expect.stringContaining("hint: stdin looks like gosec output: use --from gosec."),
    ]);
  });

  test("nothing is said of records, of other documents, and of lists in lists without end", async () => {
    for (const text of [
      JSON.stringify({ raw: { Results: [] }, ext: {}, com: { origin_key: "k" } }),
      '[{"bucket":"logs"},{"bucket":"site"}]',
      '{"results":null,"matches":5,"runs":"x","Results":{"a":1}}',
    ]) {
      expect([text, (await readAs(text, {})).hints]).toEqual([text, []]);
    }
    const deep = `{"SchemaVersion":2,"ArtifactName":"a","Results":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    expect(recognise(JSON.parse(deep) as object, false)).toBeUndefined();
  });
});
