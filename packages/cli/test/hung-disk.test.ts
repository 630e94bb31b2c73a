import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { finished, Sandbox } from "./support/cli.ts";

/**
 * A store that opens pipes without a writer, until every disk thread of Node waits in one. From then on the disk does
 * not answer in this process. Then the store refuses all records, or hangs.
 */
const HANGING_DISK = `
import { open, writeFileSync } from "node:fs";
function hang() {
  for (let thread = 0; thread < 4; thread++) open("pipe", "r", () => undefined);
  writeFileSync("hanging", "");
}
export default {
  kind: "store", name: "hanging", apiVersion: 1, supports: {}, batch: {},
  params: { type: "object", properties: { answer: { type: "boolean", default: true }, at: { type: "string", default: "write" } } },
  open: ({ at, answer }) => (at === "open" && hang(), {
    async write(batch) {
      if (at === "write") hang();
      if (!answer) await new Promise(() => undefined);
      return batch.map((_, index) => ({ index, status: "reject", code: "no", reason: "not today" }));
    },
  }),
};`;

function hangingDisk(): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("hanging.mjs", HANGING_DISK);
  execFileSync("mkfifo", [join(sandbox.path, "pipe")]);
  return sandbox;
}

// Each waits for the 5 s that the disk gets past a deadline; disk-time.test.ts of core has the 30 s before it.
describe.skipIf(platform() === "win32").concurrent("a disk that does not answer (L-19)", () => {
  test("holds up no run that is past its deadline; dead letters are kept by a thread that still may write", async () => {
    using sandbox = hangingDisk();
    const args = ["write", "--store", "./hanging.mjs", "--deadline", "100ms", "--json"];
    const { code, stdout, stderr } = await sandbox.run(args, '{"n":1}\n{"n":2}\n', { UV_THREADPOOL_SIZE: "4" });
    expect(stderr).toContain("the disk did not answer within 5000 ms for ");
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, stores: [{ accepted: 2, deadLettered: 2, lost: 0 }] });
    expect(code).toBe(1);
  });

  test("nor one that is stopped by a second signal", async () => {
    using sandbox = hangingDisk();
    // What a journal keeps needs none of those threads.
    const entry = { plugin: "./hanging.mjs", params: { answer: false }, delivery: { spool: false } };
    const config = { plugins: { s: entry }, audits: { a: { stores: ["s"] } }, run: ["a"] };
    sandbox.file("c.yaml", JSON.stringify(config));
    const args = ["write", "-c", "c.yaml", "--json"];
    const child = sandbox.start(args, { UV_THREADPOOL_SIZE: "4" });
    let heard = "";
    child.stderr.on("data", (data: Buffer) => (heard += data.toString()));
    const end = finished(child);
    child.stdin.write('{"n":1}\n');
    while (!existsSync(join(sandbox.path, "hanging"))) await delay(10);
    child.kill("SIGTERM");
    while (!heard.includes("Again: stop now.")) await delay(10);
    child.kill("SIGTERM");
    const { code, stdout } = await end;
    expect(heard).toContain("the disk did not answer within 5000 ms for ");
    expect(JSON.parse(stdout)).toMatchObject({
      stores: [{ accepted: 1, deadLettered: 1, lost: 0 }],
      input: { interrupted: "SIGTERM" },
    });
    expect(code).toBe(1);
  });

  test("nor one whose input is on that disk, when a signal came", async () => {
    using sandbox = hangingDisk();
    sandbox.file("in.ndjson", '{"n":1}\n');
    const given = ["--param", "at=open", "--deadline", "100ms", "--json", "in.ndjson"];
    const child = sandbox.start(["write", "--store", "./hanging.mjs", ...given], { UV_THREADPOOL_SIZE: "4" });
    const end = finished(child);
    while (!existsSync(join(sandbox.path, "hanging"))) await delay(10);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await end;
    expect(stderr).toContain("the disk did not answer within 5000 ms for ");
    expect(JSON.parse(stdout)).toMatchObject({ received: 0, complete: false, input: { interrupted: "SIGTERM" } });
    // Its claim is kept: `resume` reads the file.
    expect(code).toBe(75);
  });
});
