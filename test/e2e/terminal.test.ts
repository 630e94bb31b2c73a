// What a person sees: the command on a pseudo-terminal (issue 16).
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runOnTerminal } from "../support/on-terminal.ts";
import { Screen } from "../support/screen.ts";

/** A store that refuses every third record, or waits with the second batch until a file is there. */
const STORE = `
import { existsSync } from "node:fs";
export default {
  kind: "store",
  name: "my-store",
  apiVersion: 1,
  supports: {},
  batch: { records: 100 },
  params: {
    type: "object",
    properties: {
      gate: { type: "string", description: "A file: the second batch and all that come then wait until it is there." },
      refuse: { type: "boolean", default: false },
    },
  },
  open({ gate, refuse }) {
    let batches = 0;
    return {
      async write(batch) {
        batches += 1;
        while (batches > 1 && gate && !existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
        const reason = "the field [raw.user.name] of type keyword cannot be merged with a value of type object";
        if (refuse) return batch.map((_, index) => ({ index, status: "reject", code: "mapper_parsing_exception", reason }));
      },
      check: () => ({ ok: !refuse, code: "refused", message: "this store refuses whatever it gets, since it is told so" }),
    };
  },
};
`;

const CONFIG = `
plugins:
  archive: { plugin: filestore, params: { path: ./out, format: ndjson } }
  search: { plugin: ./my-store.ts, params: { refuse: true } }
  安全审计日志: { plugin: ./my-store.ts }
  🚀: { plugin: ./my-store.ts }
audits: { nightly: { stores: [archive, search, 安全审计日志, 🚀] } }
run: [nightly]
`;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cloudmarker-terminal-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  writeFileSync(join(path, "my-store.ts"), STORE);
  writeFileSync(join(path, "cloudmarker.yaml"), CONFIG);
  const lines = Array.from({ length: 300 }, (_, id) => `${JSON.stringify({ id })}\n`);
  writeFileSync(join(path, "scan.ndjson"), lines.join(""));
  return path;
}

const HELP = "cloudmarker help; cloudmarker write --help; cloudmarker help config; cloudmarker help exit-codes";
const LISTS = "cloudmarker runs; cloudmarker dead-letters; cloudmarker check; cloudmarker plugins esstore";
const MISTAKES =
  "cloudmarker wriet; cloudmarker write --selct a; cloudmarker write --store filestor; cloudmarker write nothing";

/** Lines that the terminal broke, and that are neither a command nor a path: these stay in one piece, to be copied. */
function cut(screen: Screen): string[] {
  return screen.broken().filter((line) => !/^ +(?:.*[|;] )?cloudmarker /u.test(line) && line.trim().includes(" "));
}

test("on a narrow terminal no word of receipts, lists and mistakes is cut, and columns are aligned", async () => {
  const line = `cloudmarker write scan.ndjson; ${LISTS}; ${MISTAKES}`;
  const { screen } = await runOnTerminal(line, { cwd: folder(), columns: 60 });
  expect(cut(screen)).toEqual([]);
  const at = screen.lines().findIndex((shown) => shown.startsWith("store "));
  // Behind names of East Asia and emojis too.
  expect(new Set([0, 1, 2, 3, 4].map((row) => screen.endOf(at + row))).size).toBe(1);
});

test("no word of the help is cut, and its paragraphs fill the lines", async () => {
  const { screen } = await runOnTerminal(HELP, { cwd: folder() });
  expect(cut(screen)).toEqual([]);
  expect(screen.lines()).toContain("--from is a default: --select, --worker, --origin and the configuration win.");
});

test("without colours nothing is coloured, and a dumb terminal or a pipe gets no control sequence at all", async () => {
  const cwd = folder();
  const line = `cloudmarker check; cloudmarker wriet`;
  const { printed: coloured } = await runOnTerminal(line, { cwd });
  expect(coloured).toContain("\u001B[");
  const { printed: plain } = await runOnTerminal(line, { cwd, env: { NO_COLOR: "1" } });
  expect(plain.replaceAll("\u001B", "^")).not.toMatch(/\^\[[\d;]*m/u);
  const { printed: dumb } = await runOnTerminal(line, { cwd, env: { TERM: "dumb" } });
  expect(dumb).not.toContain("\u001B");
  const { printed: piped } = await runOnTerminal(`{ ${line}; } 2>&1 | cat`, { cwd });
  expect(piped).not.toContain("\u001B");
});

test("the progress of a run is drawn over, one line for each store, and nothing of it is left", async () => {
  const cwd = folder();
  const gate = join(cwd, "gate");
  let shown = "";
  const { printed, screen, code } = await runOnTerminal(
    `cloudmarker write --store ./my-store.ts --param gate='${gate}' scan.ndjson`,
    {
      cwd,
      columns: 60,
      type(text) {
        if (existsSync(gate) || !text.includes("100 written")) return undefined;
        shown = text;
        writeFileSync(gate, "");
        return undefined;
      },
    },
  );
  const then = new Screen(60, 24);
  then.write(shown);
  await then.settled();
  expect(then.lines().filter((line) => line.includes("100 written"))).toHaveLength(1);
  expect([code, screen.lines().filter((line) => /\/s\b|100 written/u.test(line))]).toEqual([0, []]);
  expect(screen.lines().join("\n")).toMatch(/^Run [^\n]*\n {2}cloudmarker resume \S+\nRun /u);
  // The cursor is there again.
  expect(printed.lastIndexOf("\u001B[?25h")).toBeGreaterThan(printed.lastIndexOf("\u001B[?25l"));
});
