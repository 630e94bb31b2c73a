import { expect, test } from "vitest";
import { Sandbox, STORE_SOURCE } from "./support/cli.ts";

function sandboxWith(spool = ""): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("s.ts", STORE_SOURCE);
  const store = `{ plugin: ./s.ts, params: { path: out, mode: "\${MODE:-ok}" } }`;
  sandbox.file(
    "cloudmarker.yaml",
    `plugins: { s: ${store} }\naudits: { nightly: { stores: [s] } }\nstate_dir: ./kept\n${spool}`,
  );
  return sandbox;
}

test("check names the state folder, its room, and what is waiting in it (issue 14)", async () => {
  using sandbox = sandboxWith();
  const folder = `${sandbox.path}/kept`;
  const empty = await sandbox.run(["check"]);
  expect(empty.stdout).toContain("\nok      nightly/s (my-store)  mode is ok\n");
  expect(empty.stdout).toMatch(
    /\nThe state folder \S+\/kept has [\d,.]+ [MGT]iB free\. Nothing is waiting in it\.\n$/u,
  );
  expect(empty.stderr).toBe("");

  const left = await sandbox.run(["write", "--run-id", "r1", "--deadline", "500ms"], '{"n":1}\n{"n":2}', {
    MODE: "hang",
  });
  expect(left.code).toBe(75);
  await sandbox.run(["write", "--run-id", "r2", "--no-resume"], '{"n":3}', { MODE: "reject" });
  const { code, stdout } = await sandbox.run(["check"]);
  expect(code).toBe(0);
  expect(stdout.slice(stdout.indexOf("Waiting"))).toBe(`Waiting in it:
  r1  spooled 2 for s
  1 dead letter (cloudmarker dead-letters list)
`);
  const { stdout: quiet } = await sandbox.run(["check", "--quiet"]);
  expect(quiet).toBe("");
  const json = JSON.parse((await sandbox.run(["check", "--json"])).stdout) as object;
  expect(json).toMatchObject({
    ok: true,
    state: {
      folder,
      freeBytes: expect.any(Number),
      reserveBytes: 1024 ** 3,
      runs: [{ run: "r1", status: "spooled", left: [{ audit: "nightly", store: "s", records: 2 }] }],
      deadLetters: 1,
    },
  });
});

test("check, list and replay say that there are files of dead letters of an earlier version", async () => {
  using sandbox = sandboxWith();
  const file = sandbox.file("kept/dead-letters/nightly.s.ndjson", "{}\n");
  sandbox.file("kept/dead-letters/empty.s.ndjson", "");
  sandbox.file("kept/dead-letters/input.ndjson", "{}\n");
  const folder = `${sandbox.path}/kept`;
  const what = `1 file of dead letters of an earlier version (cloudmarker dead-letters replay ${file} --state-dir ${folder})`;
  const { stdout } = await sandbox.run(["check"]);
  expect(stdout.slice(stdout.indexOf("Waiting"))).toBe(`Waiting in it:\n  ${what}\n`);
  const list = await sandbox.run(["dead-letters", "list", "--json"]);
  expect([list.stderr, JSON.parse(list.stdout)]).toEqual([
    `Not in the list: ${what}\n`,
    { folder, letters: 0, bytes: 0, groups: [], oldFiles: [file], exit: 0 },
  ]);
  const replay = await sandbox.run(["dead-letters", "replay"]);
  expect(replay.stderr).toBe(`Not sent: ${what}\nNo dead letter is kept in ${folder}.\n`);
});

test("check and write say when there is less room than spool.reserve_bytes", async () => {
  using sandbox = sandboxWith("spool: { reserve_bytes: 5000TiB }\n");
  const warning =
    /warning: The disk of the state folder \S+\/kept has [\d.]+ [KMGT]iB free, and spool\.reserve_bytes keeps 5000 TiB free: nothing can be kept there for later\. Make room, or set a smaller spool\.reserve_bytes\./u;
  const { code, stderr, stdout } = await sandbox.run(["check"]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(warning)]);
  expect(stdout).toContain("Nothing is waiting in it.");
  expect((await sandbox.run(["write"], '{"n":1}')).stderr).toMatch(warning);
  // A store without a spool needs no room.
  sandbox.file("off.yaml", "delivery: { spool: false }\n");
  expect((await sandbox.run(["check", "-c", "cloudmarker.yaml", "-c", "off.yaml"])).stderr).toBe("");
});
