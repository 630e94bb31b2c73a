// Records that were given up although the store had them are sent again, and are there once.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHost, openState } from "@cloudmarker/core";
import type { Receipt } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { runCli } from "../support/run-cli.ts";

const RUN = "20261123_145314";

const plugin = pathToFileURL(join(import.meta.dirname, "../../plugins/mongodbstore/lib/index.js")).href;

test("they are there once, whatever the store had after all (ES-07, MG-09)", async () => {
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

  // All are inserted, and the answer never comes.
  mongo.faults.always({ kind: "hang", applied: true });
  const input = '{"n": 1.0}{"n":2, "t":"\\u00e9 \\" }"}{"n":1e2,"record":{"n":3}}';
  const { stdout } = await runCli(["write", "-c", "c.json", "--run-id", RUN, "--json"], folder, input);
  const { stores } = JSON.parse(stdout) as Receipt;
  expect(stores).toMatchObject([{ written: 0, deadLettered: 3, reasons: [{ code: "deadline" }] }]);
  mongo.faults.clear();

  const host = createHost({ cwd: folder, configFile: "c.json", replay: { letters: { run: RUN, code: "deadline" } } });
  expect(await host.done({ deadlineMs: 30_000 })).toMatchObject({
    ok: true,
    stores: [{ accepted: 3, written: 0, duplicate: 3 }],
  });
  expect([...mongo.documents("cloudmarker.cloudmarker").keys()]).toHaveLength(3);
  const state = await openState(join(folder, "state"));
  expect(await state.deadLetters.count({ state: "replayed" })).toMatchObject({ letters: 3 });
  await state.close();
});
