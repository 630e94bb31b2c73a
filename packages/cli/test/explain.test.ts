import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

describe("write --explain", () => {
  test("prints the exact requests of the first records, and sends nothing", async () => {
    using box = new Sandbox();
    box.file("scan.json", '[{"n":1.0},{"n":12345678901234567890},{"n":3}]');
    const out = join(box.path, "out");
    const args = ["write", "--explain", "2", "--run-id", "r1", "--store", "filestore", "--param", `path=${out}`];
    const { code, stdout } = await box.run([...args, "scan.json"]);
    expect(code).toBe(0);
    const com = `"com":{"origin_worker":"scan","audit_key":"default","audit_version":"r1","target_key":"filestore","target_class":"FileStore","target_worker":"default_filestore","target_type":"store"}`;
    expect(stdout.split("\n")).toEqual([
      "default/filestore (filestore): a batch ends at 2,000 records, 2,000,000 bytes or 1.0 s; 1 at a time.",
      "",
      expect.stringMatching(/^Batch 1: 2 records, \d+ bytes, 1 request$/),
      expect.stringContaining(`replace ${join(out, "scan.json")}  # 2 records, `),
      "[",
      `{"raw":{"n":1.0},"ext":{},${com}},`,
      `{"raw":{"n":12345678901234567890},"ext":{},${com}}`,
      "]",
      "",
      "Nothing was sent.",
      "Configuration: no file was found, so only the base configuration counts; the records go to filestore",
      "",
    ]);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(box.path)).toEqual(["home", "scan.json"]);
  });

  test("says how many records would be refused before anything is sent", async () => {
    using box = new Sandbox();
    box.file(
      "picky.mjs",
      `const request = { method: "POST", url: "http://x/", body: "", records: 2 };
export default {
  kind: "store", name: "picky", apiVersion: 1, params: { type: "object" }, open: () => ({ write() {} }), explain: () => [request],
};
`,
    );
    const { code, stdout } = await box.run(
      ["write", "--explain", "3", "--store", "./picky.mjs"],
      '{"n":1}{"n":2}{"n":3}',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Batch 1: 3 records, \d+ bytes, 1 request, 1 record refused before anything is sent$/mu);
  });

  test("names the proxy on the way, and an empty variable sets nothing (L-43, L-48)", async () => {
    using box = new Sandbox();
    box.file(
      "picky.mjs",
      `const request = { method: "POST", url: "http://x/", proxy: "proxy.example:3128 (HTTP_PROXY)", body: "", records: 1 };
export default {
  kind: "store", name: "picky", apiVersion: 1, open: () => ({ write() {} }), explain: () => [request],
  params: { type: "object", properties: { to: { type: "string", minLength: 1 } } },
};
`,
    );
    const params = 'plugins: { picky: { plugin: ./picky.mjs, params: { to: "${NOBODY_SETS_THIS:-}" } } }\n';
    box.file("c.yaml", `${params}audits: { x: { stores: [picky] } }\nrun: [x]\n`);
    const { code, stdout } = await box.run(["write", "-c", "c.yaml", "--explain", "1"], '{"n":1}');
    expect(code).toBe(0);
    expect(stdout).toContain(
      "POST http://x/  # 1 record, 0 bytes, through the proxy proxy.example:3128 (HTTP_PROXY)\n",
    );
  });

  test("says how batches are cut, and the same as one JSON document", async () => {
    using box = new Sandbox();
    box.file(
      "c.yaml",
      `plugins: { a: { plugin: filestore, params: { path: out }, delivery: { batch: { records: 2 } } } }
audits: { x: { stores: [a] } }
run: [x]
`,
    );
    const args = ["write", "-c", "c.yaml", "--explain", "3", "--json"];
    const { code, stdout } = await box.run(args, '{"n":1}{"n":2}{"n":3}{"n":4}');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      batches: [
        { audit: "x", store: "a", plugin: "filestore", records: 2, requests: [{ records: 2 }] },
        { records: 1, requests: [{ records: 1 }] },
      ],
    });
  });

  test.each(["0", "x", "-1", "1.5"])("--explain %s is a mistake of usage", async (value) => {
    using box = new Sandbox();
    const { code, stderr } = await box.run(["write", "--explain", value], "{}");
    expect(code).toBe(64);
    expect(stderr).toContain("It must be a whole number of at least 1.");
  });

  test("a broken input is reported as by write (exit 65)", async () => {
    using box = new Sandbox();
    const { code, stderr } = await box.run(["write", "--explain", "5"], '{"n":1}{"n":');
    expect(code).toBe(65);
    expect(stderr).toContain("stdin: byte 7, line 1, column 8");
  });
});
