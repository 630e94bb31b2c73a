import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Receipt } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { finished, Sandbox, STORE_SOURCE } from "./support/cli.ts";

/** Waits for something that a child process will do. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

test("a signal ends the reading, what was accepted is delivered, and the receipt printed (exit 1)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const child = sandbox.start(["write", "--store", "./my-store.ts", "--param", `path=${out}`]);
  const end = finished(child);
  child.stdin.write('{"n":1}\n{"n":2}\n');
  // Standard input stays open, as with a scanner that runs on.
  await until(() => existsSync(out));
  child.kill("SIGINT");
  const { code, stdout, stderr } = await end;
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^Run \S+: 2 records in \S+ s, INCOMPLETE: the input was not read to its end; what was read is delivered\.\n/u,
  );
  expect(stderr).toBe(
    "SIGINT: no more input is read; finishing what was accepted, within the deadline. Again: stop now.\n" +
      "error: the run was interrupted (SIGINT): the input was not read to its end\n",
  );
  expect(readFileSync(out, "utf8").trim().split("\n")).toHaveLength(2);
});

/** A store that says when it was given records, and answers when it is allowed to. */
const WAITING_STORE = `
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
export default {
  kind: "store",
  name: "waiting",
  apiVersion: 1,
  params: { type: "object", properties: { path: { type: "string" } } },
  open: ({ path }: { path: string }) => ({
    async write() {
      writeFileSync(path, "given");
      while (!existsSync(path + ".go")) await delay(10);
    },
    done: ({ complete }: { complete: boolean }) => ({ notes: ["complete: " + complete] }),
  }),
};
`;

test("a signal that comes when the last input was read to its end makes nothing incomplete (L-07, exit 0)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("waiting.ts", WAITING_STORE);
  sandbox.file("in.json", '[{"n":1},{"n":2}]');
  const given = join(sandbox.path, "given");
  // A batch that is not full is sent when the input is at its end.
  const entry = { plugin: "./waiting.ts", params: { path: given }, delivery: { batch: { age: "1h" } } };
  const config = { plugins: { w: entry }, audits: { a: { stores: ["w"] } }, run: ["a"] };
  sandbox.file("c.yaml", JSON.stringify(config));
  const child = sandbox.start(["write", "-c", "c.yaml", "in.json"]);
  let heard = "";
  child.stderr.on("data", (data: Buffer) => (heard += data.toString()));
  const end = finished(child);
  await until(() => existsSync(given));
  child.kill("SIGTERM");
  await until(() => heard.includes("Again: stop now."));
  sandbox.file("given.go", "");
  const { code, stdout, stderr } = await end;
  expect(stdout).toMatch(/^Run \S+: 2 records in \S+ s, all delivered\.\n/u);
  expect(stdout).toContain("w: complete: true\n");
  expect(stderr).toBe(
    "SIGTERM: the input was read to its end; finishing what was accepted, within the deadline. Again: stop now.\n",
  );
  expect(code).toBe(0);
});

test("a complete file stays when the run that follows is interrupted (L-07)", async () => {
  using sandbox = new Sandbox();
  const args = ["write", "--store", "filestore", "--param", "path=./out", "--param", "format=ndjson", "--worker", "w"];
  const first = await sandbox.run(args, '{"n":1}\n{"n":2}\n{"n":3}\n');
  expect(first.code).toBe(0);
  const child = sandbox.start([...args, "--json"]);
  const end = finished(child);
  child.stdin.write('{"n":4}\n');
  await until(() => readdirSync(join(sandbox.path, "out")).some((name) => name.startsWith(".w.ndjson.")));
  child.kill("SIGTERM");
  const { code, stdout } = await end;
  expect(code).toBe(1);
  const receipt = JSON.parse(stdout) as Receipt & { input: { interrupted: string } };
  expect(receipt).toMatchObject({ ok: false, complete: false, received: 1, input: { interrupted: "SIGTERM" } });
  const partial = `w.${receipt.run}.partial.ndjson`;
  const published = readdirSync(join(sandbox.path, "out")).filter((name) => !name.startsWith("."));
  expect(published.toSorted()).toEqual([partial, "w.ndjson"].toSorted());
  expect(readFileSync(join(sandbox.path, "out/w.ndjson"), "utf8").trim().split("\n")).toHaveLength(3);
  expect(receipt.stores[0]?.notes.join()).toContain(partial);
});

test("SIGHUP, as a terminal that closes sends it, and often twice, is taken as SIGTERM (L-21)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const child = sandbox.start(["write", "--store", "./my-store.ts", "--param", `path=${out}`, "--json"]);
  const end = finished(child);
  child.stdin.write('{"n":1}\n');
  await until(() => existsSync(out));
  child.kill("SIGHUP");
  child.kill("SIGHUP");
  const { code, stdout, signal } = await end;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(JSON.parse(stdout)).toMatchObject({ received: 1, stores: [{ written: 1 }], input: { interrupted: "SIGHUP" } });
});

/** A store that throws from a timer while it is closing the run. */
const CRASHING_STORE = `
export default {
  kind: "store", name: "crashing", apiVersion: 1, params: { type: "object" },
  open: () => ({
    async write() { process.stderr.write("given\\n"); },
    done: () => new Promise((resolve) => {
      setTimeout(() => { setTimeout(resolve, 20); throw new Error("behind the signal"); }, 1);
    }),
  }),
};
`;

test("an exception after a signal is reported as well, with its plugin (L-17, exit 70)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("crashing.mjs", CRASHING_STORE);
  const child = sandbox.start(["write", "--store", "./crashing.mjs"]);
  let heard = "";
  child.stderr.on("data", (data: Buffer) => (heard += data.toString()));
  const end = finished(child);
  child.stdin.write('{"n":1}\n');
  await until(() => heard.includes("given"));
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await end;
  expect(stderr).toContain("error: an uncaught exception, so the run ends early: behind the signal\n");
  expect(stdout).toContain("1 record");
  expect(code).toBe(70);
});

test("a second signal stops a store that hangs: its records are dead letters where no journal is kept (exit 1)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const entry = { plugin: "./my-store.ts", params: { path: out, mode: "hang" }, delivery: { spool: false } };
  const config = { plugins: { s: entry }, audits: { a: { stores: ["s"] } }, run: ["a"] };
  sandbox.file("c.yaml", JSON.stringify(config));
  const args = ["write", "-c", "c.yaml", "--json"];
  const child = sandbox.start(args);
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const end = finished(child);
  child.stdin.write('{"n":1}\n');
  await until(() => existsSync(out));
  child.kill("SIGTERM");
  await until(() => stderr.includes("Again: stop now."));
  child.kill("SIGTERM");
  const { code, stdout } = await end;
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    stores: [{ accepted: 1, written: 0, deadLettered: 1 }],
    input: { interrupted: "SIGTERM" },
  });
});

test("an exception from a plugin's timer ends the run early with a receipt (exit 70)", async () => {
  using sandbox = new Sandbox();
  sandbox.file("my-store.ts", STORE_SOURCE);
  const out = join(sandbox.path, "out.ndjson");
  const child = sandbox.start(["write", "--store", "./my-store.ts", "--param", `path=${out}`, "--param", "mode=crash"]);
  const end = finished(child);
  child.stdin.write('{"n":1}\n');
  const { code, stdout, stderr } = await end;
  expect(code).toBe(70);
  expect(stdout).toContain("my-store");
  expect(stderr).toContain("error: an uncaught exception, so the run ends early: from a timer\n");
});
