// Records that were given up are sent again as the documentation says.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Receipt } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { startMongo } from "../servers/mongodb/server.ts";
import { runCli } from "../support/run-cli.ts";

const RUN = "20261123_145314";

/** The command that the documentation gives; it keeps every byte. */
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
const SCRIPT = /^sed -nE '([^']+)' again[.]ndjson [|]$/mu.exec(PAGE)?.[1] ?? "";

const plugin = pathToFileURL(join(import.meta.dirname, "../../plugins/mongodbstore/lib/index.js")).href;

test("with their audit and run id they are there once, whatever the store had after all (ES-07, MG-09)", async () => {
  await using mongo = await startMongo();
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-dead-letters-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = {
    plugins: { web: { plugin, params: { uri: mongo.uri } } },
    audits: { nightly: { stores: ["web"], id: "/raw/n" } },
    run: ["nightly"],
    delivery: { spool: false, deadline: "500ms" },
    state_dir: "./state",
  };
  writeFileSync(join(folder, "c.json"), JSON.stringify(config));
  const write = async (input: string, ...args: string[]): Promise<Receipt> => {
    const { stdout } = await runCli(["write", "-c", "c.json", "--run-id", RUN, "--json", ...args], folder, input);
    return JSON.parse(stdout) as Receipt;
  };

  // Both are inserted, and the answer never comes.
  mongo.faults.always({ kind: "hang", applied: true });
  // What another program would write in another way: `jq` and `JSON.stringify` do.
  const first = await write('{"n": 1.0}{"n":2, "t":"\\u00e9 \\" }"}{"n":1e2,"record":{"n":3}}');
  expect(first.stores).toMatchObject([{ written: 0, deadLettered: 3, reasons: [{ code: "deadline" }] }]);
  mongo.faults.clear();

  const letters = readFileSync(join(folder, "state/dead-letters/nightly.web.ndjson"), "utf8").trim().split("\n");
  const parsed = letters.map((line) => JSON.parse(line) as { id: string; run: string; audit: string; record: object });
  expect(parsed.map(({ run, audit }) => [run, audit])).toEqual(parsed.map(() => [RUN, "nightly"]));
  const again = execFileSync("sed", ["-nE", SCRIPT, "state/dead-letters/nightly.web.ndjson"], {
    cwd: folder,
    encoding: "utf8",
  });
  const second = await write(again, "--audit", "nightly", "--store", "web");
  expect(second.stores).toMatchObject([{ written: 0, duplicate: 3, deadLettered: 0 }]);
  expect([...mongo.documents("cloudmarker.cloudmarker").keys()]).toHaveLength(3);
});
