// What `cloudmarker init` asks on a terminal is tried on a real server, and `check` and `write` take the file as it is
// (issue 16).
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeEngine, type EngineName, sharedEngine, uniqueName } from "../engines/index.ts";
import { DOWN, ENTER, onTerminal, type Step } from "../support/on-terminal.ts";
import { runCli } from "../support/run-cli.ts";

/** What is answered about each store, with the place of its server. */
const ANSWERS: Readonly<Partial<Record<EngineName, (url: string, name: string) => readonly Step[]>>> = {
  elasticsearch: searching,
  opensearch: searching,
  "mongo-java": documents,
  ferretdb: documents,
  hec: (url) => [
    ["Where do the records go?", DOWN + DOWN + DOWN + ENTER],
    ["URL of the collector", `${url}${ENTER}`],
    ["Index", ENTER],
    ["Environment variable", `CLOUDMARKER_HEC${ENTER}`],
    ["CLOUDMARKER_HEC is not set", `any-token${ENTER}`],
  ],
};

function searching(url: string, name: string): readonly Step[] {
  return [
    ["Where do the records go?", DOWN + ENTER],
    ["URL of the server", `${url}${ENTER}`],
    ["Index", `${name}${ENTER}`],
    ["Credentials", ENTER],
  ];
}

function documents(url: string, name: string): readonly Step[] {
  return [
    ["Where do the records go?", DOWN + DOWN + ENTER],
    ["Server (host", `${url}${ENTER}`],
    ["Database", `${name.replaceAll(/\W/g, "_")}${ENTER}`],
    ["Credentials", ENTER],
  ];
}

describeEngine(["elasticsearch", "opensearch", "mongo-java", "ferretdb", "hec"], "init, check, write", (engine) => {
  test("on a terminal, nothing edited", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "cloudmarker-init-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const { url } = await sharedEngine(engine);
    const steps = ANSWERS[engine]?.(url, uniqueName("init")) ?? [];
    const { shown, code, missed } = await onTerminal(["init"], cwd, [...steps, ["Another store", ENTER]]);
    expect({ code, missed }).toEqual({ code: 0, missed: [] });
    expect(shown).not.toContain("What now?");
    expect(readFileSync(join(cwd, "cloudmarker.yaml"), "utf8")).not.toContain("any-token");
    const env = { CLOUDMARKER_HEC: "any-token" };
    expect(await runCli(["check"], cwd, "", env)).toMatchObject({ code: 0, stderr: "" });
    const { code: written, stdout } = await runCli(["write", "--json", "-"], cwd, '[{"a":1},{"a":2}]', env);
    expect([written, JSON.parse(stdout)]).toMatchObject([0, { ok: true, stores: [{ accepted: 2, written: 2 }] }]);
  });
});
