import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { finished, NODES, Sandbox } from "./support/cli.ts";

/** A store that reports when it gets records, takes them slowly, and collects garbage at the end. */
const COLLECTING_STORE = `
import { writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate, setTimeout } from "node:timers/promises";
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
export default {
  kind: "store", name: "collecting", apiVersion: 1, params: { type: "object" }, batch: { records: 10 },
  open: () => ({
    async write() {
      writeFileSync("given", "");
      await setTimeout(20);
    },
    async done() {
      for (let round = 0; round < 10; round++) {
        gc();
        await setImmediate();
      }
    },
  }),
};
`;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

describe.each(NODES)("every input is closed (L-17) on %s", (node) => {
  test("a file that is not read to its end, when a signal came", async () => {
    using sandbox = new Sandbox();
    sandbox.file("collecting.mjs", COLLECTING_STORE);
    sandbox.file("in.ndjson", `{"text":"${"x".repeat(10_000)}"}\n`.repeat(2_000));
    const child = sandbox.start(["write", "--store", "./collecting.mjs", "--deadline", "1s", "in.ndjson"], {}, node);
    const end = finished(child);
    await until(() => existsSync(join(sandbox.path, "given")));
    child.kill("SIGTERM");
    const { code, stderr } = await end;
    expect(stderr).toBe(
      "SIGTERM: no more input is read; finishing what was accepted, within 1.0 s. Again: stop now.\n" +
        "error: the run was interrupted (SIGTERM): the input was not read to its end\n",
    );
    // It can be read on.
    expect(code).toBe(75);
  });

  test("one that is not JSON, and one of which a few records are explained", async () => {
    using sandbox = new Sandbox();
    sandbox.file("collecting.mjs", COLLECTING_STORE);
    sandbox.file("bad.json", `[{"n":1}, nonsense${" ".repeat(5_000_000)}`);
    const bad = await finished(sandbox.start(["write", "--store", "./collecting.mjs", "bad.json"], {}, node));
    expect(bad.code).toBe(65);
    expect(bad.stderr).not.toContain("FileHandle");
    sandbox.file("in.ndjson", '{"n":1}\n'.repeat(500_000));
    const args = ["write", "--store", "./collecting.mjs", "--explain", "1", "in.ndjson"];
    expect(await finished(sandbox.start(args, {}, node))).toMatchObject({ code: 0, stderr: "" });
  });

  test.skipIf(platform() !== "linux")("a named pipe without a writer, after a signal", async () => {
    using sandbox = new Sandbox();
    sandbox.file(
      "collecting.mjs",
      COLLECTING_STORE.replace("open: () => (", 'open: () => (writeFileSync("open", ""), '),
    );
    execFileSync("mkfifo", [join(sandbox.path, "pipe")]);
    const child = sandbox.start(["write", "--store", "./collecting.mjs", "pipe"], {}, node);
    const end = finished(child);
    await until(() => existsSync(join(sandbox.path, "open")));
    child.kill("SIGINT");
    expect((await end).code).toBe(1);
  });

  test("a named pipe is waited for, and read to the end of who writes", async () => {
    using sandbox = new Sandbox();
    const pipe = join(sandbox.path, "pipe");
    execFileSync("mkfifo", [pipe]);
    sandbox.file(
      "collecting.mjs",
      COLLECTING_STORE.replace("open: () => (", 'open: () => (writeFileSync("open", ""), '),
    );
    const child = sandbox.start(["write", "--store", "./collecting.mjs", "--json", "pipe"], {}, node);
    const end = finished(child);
    await until(() => existsSync(join(sandbox.path, "open")));
    const fd = openSync(pipe, "w");
    writeSync(fd, '{"n":1}\n');
    await until(() => existsSync(join(sandbox.path, "given")));
    writeSync(fd, '{"n":2}\n');
    closeSync(fd);
    const { code, stdout } = await end;
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, complete: true, received: 2 });
    expect(code).toBe(0);
  });
});
