import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import filestore from "../src/index.ts";
import type { FileStoreParams } from "../src/params.ts";
import { makeRecord, recordOf } from "./make-record.ts";
import {
  attempt,
  batchOf,
  DEFAULTS,
  files,
  leftovers,
  numbers,
  openStore,
  readArray,
  readLines,
  runStore,
  temporaryFolder,
} from "./support.ts";

test("the plugin says what it is and what it promises", () => {
  expect(filestore).toMatchObject({ kind: "store", name: "filestore", className: "FileStore", apiVersion: 1 });
  expect(filestore.supports).toEqual({ idempotent: false, ordered: true, durable: true });
});

test("writes one JSON array per worker, as the predecessor did (FS-04)", async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  const mixed = ["mockaudit_mockcloud", "mockaudit_mockevent", "mockaudit_mockcloud", undefined].map((worker, n) =>
    makeRecord(worker, n),
  );
  await store.write(mixed, attempt());
  await store.write(batchOf("mockaudit_mockcloud", 4, 6), attempt());
  expect(files(folder)).toEqual([]);
  expect(await store.done({ complete: true })).toEqual({ location: folder, notes: [] });
  expect(files(folder)).toEqual(["mockaudit_mockcloud.json", "mockaudit_mockevent.json", "no_worker.json"]);
  const text = [mixed[0], mixed[2], ...batchOf("mockaudit_mockcloud", 4, 6)].map((record) => record?.json).join(",\n");
  expect(readFileSync(join(folder, "mockaudit_mockcloud.json"), "utf8")).toBe(`[\n${text}\n]\n`);
  expect(leftovers(folder)).toEqual([]);
});

test("writes NDJSON, one record per line", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { aws: [0, 3] }, { format: "ndjson" });
  expect(readFileSync(join(folder, "aws.ndjson"), "utf8")).toBe(
    batchOf("aws", 0, 3)
      .map(({ json }) => `${json}\n`)
      .join(""),
  );
});

test("the text of a record reaches the file unchanged", async () => {
  const folder = temporaryFolder();
  const json = '{"raw":{"n":14517067005933136034,"z":-0.0,"s":"é字😀\\u2028\\ud800"},"ext":{},"com":{}}';
  const store = await openStore(folder, { format: "ndjson" });
  await store.write([recordOf(json, { origin_worker: "x" })], attempt());
  await store.done({ complete: true });
  expect(readFileSync(join(folder, "x.ndjson"), "utf8")).toBe(`${json}\n`);
});

test.each(["json", "ndjson"] as const)(
  "a batch and a record larger than the buffer arrive whole, in %s",
  async (format) => {
    const folder = temporaryFolder();
    const sizes = [10, 300_000, 400_000, 200_000, 2_000_000, 10, 350_000, 349_000];
    const batch = sizes.map((size, n) => makeRecord("x", n, "字".repeat(size)));
    const store = await openStore(folder, { format });
    await store.write(batch, attempt());
    await store.done({ complete: true });
    const text = readFileSync(join(folder, `x.${format}`), "utf8");
    const texts = batch.map(({ json }) => json);
    expect(text === (format === "json" ? `[\n${texts.join(",\n")}\n]\n` : `${texts.join("\n")}\n`)).toBe(true);
  },
);

test.each([
  ["gzip", ".gz", ["gzip", "-dc"]],
  ["zstd", ".zst", ["zstd", "-dcq"]],
] as const)("%s files are read by its own tool (FS-12)", async (compress, extension, [tool, option]) => {
  const folder = temporaryFolder();
  const store = await openStore(folder, { compress });
  for (let n = 0; n < 3000; n += 1000) await store.write(batchOf("x", n, n + 1000), attempt());
  await store.done({ complete: true });
  const path = join(folder, `x.json${extension}`);
  const text = execFileSync(tool, [option, path], { maxBuffer: 1 << 28 }).toString();
  expect(numbers(JSON.parse(text))).toEqual(Array.from({ length: 3000 }, (_, n) => n));
  expect(statSync(path).size).toBeLessThan(text.length / 3);
});

test("acknowledged records are in the temporary file, compressed or not", async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder, { format: "ndjson", compress: "gzip" });
  await store.write(batchOf("x", 0, 2), attempt());
  const [temp = ""] = leftovers(folder);
  expect(temp).toMatch(/^\.x\.ndjson\.gz\.r1\.[0-9a-f]{12}\.tmp$/);
  expect(
    gunzipSync(readFileSync(join(folder, temp)))
      .toString()
      .split("\n"),
  ).toHaveLength(3);
  await store.done({ complete: true });
});

test("the host says where a relative path starts", async () => {
  const base = temporaryFolder();
  const resolvePath = (param: string, path: string) => join(base, param, path);
  const store = await openStore(base, { path: "out" }, { resolvePath });
  expect(await store.done({ complete: true })).toMatchObject({ location: join(base, "path/out") });
  expect(statSync(join(base, "path/out")).isDirectory()).toBe(true);
});

test("no name of a worker leads out of the folder (FS-08)", async () => {
  const base = temporaryFolder();
  const folder = join(base, "a/b");
  const workers = [
    "../evil",
    "../../evil",
    "/etc/evil",
    "a/b",
    "a\0b",
    ".hidden",
    "..",
    ".",
    "é".repeat(200),
    "CON",
    "x".repeat(300),
  ];
  const store = await openStore(folder);
  for (const worker of workers) await store.write([makeRecord(worker, 1)], attempt());
  await store.done({ complete: true });
  expect(files(folder)).toHaveLength(workers.length);
  expect(files(base)).toEqual(["a"]);
  expect(files(join(base, "a"))).toEqual(["b"]);
});

test("workers that differ only in case, in a slash or in composition have files of their own (FS-09)", async () => {
  const folder = temporaryFolder();
  const workers = ["A", "a", "a/b", "a_b", "é", "e\u0301", "x", "x.json", "x.r1.partial", "Zürich (2)"];
  await runStore(folder, Object.fromEntries(workers.map((worker, n) => [worker, [n, n + 1] as const])));
  expect(files(folder)).toHaveLength(workers.length);
  expect(numbers(readArray(folder, "a%2Fb.json"))).toEqual([2]);
  expect(numbers(readArray(folder, "Zürich (2).json")), "as it is (L-64)").toEqual([9]);
});

test("a worker that is not a string, or empty, counts as none", async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder);
  for (const origin_worker of [7, null, "", {}]) {
    await store.write([{ ...makeRecord("x", 1), com: { origin_worker } as never }], attempt());
  }
  await store.done({ complete: true });
  expect(files(folder)).toEqual(["no_worker.json"]);
  expect(readArray(folder, "no_worker.json")).toHaveLength(4);
});

test("files are private; `mode` says otherwise, whatever the umask is (FS-13, MF-4)", async () => {
  const folder = temporaryFolder();
  const before = process.umask(0o077);
  try {
    await runStore(folder, { a: [0, 1] });
    await runStore(folder, { b: [0, 1] }, { mode: "0664" }, { key: "other" });
    expect(statSync(join(folder, "a.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "b.json")).mode & 0o777).toBe(0o664);
    chmodSync(join(folder, "a.json"), 0o640);
    await runStore(folder, { a: [0, 2] });
    expect(statSync(join(folder, "a.json")).mode & 0o777, "a file that is replaced hands down its mode").toBe(0o640);
    await runStore(folder, { a: [0, 3] }, { mode: "0600" });
    expect(statSync(join(folder, "a.json")).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(before);
  }
});

/** The notes of the first run into a folder of this mode. */
async function firstNotes(mode: number, given: Partial<FileStoreParams> = {}, modeAbove = 0o755): Promise<string[]> {
  const base = temporaryFolder();
  const folder = join(base, "records");
  mkdirSync(folder);
  chmodSync(base, modeAbove);
  chmodSync(folder, mode);
  // What a file had, it keeps.
  writeFileSync(join(folder, "old.json"), "[]", { mode: 0o644 });
  const notes = await runStore(folder, { old: [0, 1], a: [0, 1] }, given);
  expect(await runStore(folder, { old: [0, 1], a: [0, 1], b: [0, 1] }, given, { run: "r2" })).toEqual([]);
  return notes.map((note) => note.replace(folder, "FOLDER"));
}

test("the first run into a folder that others can open says that its new files are private (L-64, MF-4)", async () => {
  const said = [
    "Others can open the folder FOLDER, but not its new file: it is private (mode 0600). Set the param `mode` to 0644, or to 0640 for the group alone, if others are to read it.",
  ];
  expect(await firstNotes(0o755)).toEqual(said);
  expect(await firstNotes(0o750)).toEqual(said);
  expect(await firstNotes(0o755, { format: "ndjson", write_mode: "append" })).toEqual([
    "Others can open the folder FOLDER, but not its 2 new files: they are private (mode 0600). Set the param `mode` to 0644, or to 0640 for the group alone, if others are to read them.",
  ]);
  expect(await firstNotes(0o700)).toEqual([]);
  expect(await firstNotes(0o755, {}, 0o700), "nobody gets there").toEqual([]);
  expect(await firstNotes(0o755, { mode: "0600" })).toEqual([]);
});

test("a link in place of a file is neither replaced nor followed; the records are kept and named", async () => {
  const folder = temporaryFolder();
  const precious = join(temporaryFolder(), "precious");
  writeFileSync(precious, "precious");
  symlinkSync(precious, join(folder, "x.json"));
  symlinkSync(precious, join(folder, "x.ndjson"));
  await expect(runStore(folder, { x: [0, 1], y: [0, 1] })).rejects.toMatchObject({
    code: "not_published",
    message: `${join(folder, "x.json")} is a symbolic link; FileStore neither follows nor replaces it. What could be read back is in x.r1.partial.json.`,
  });
  expect(readFileSync(precious, "utf8")).toBe("precious");
  expect(lstatSync(join(folder, "x.json")).isSymbolicLink()).toBe(true);
  expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([0]);
  expect(numbers(readArray(folder, "y.json"))).toEqual([0]);
  await expect(runStore(folder, { x: [0, 1] }, { format: "ndjson", write_mode: "append" })).rejects.toMatchObject({
    code: "not_published",
    message: expect.stringContaining("a symbolic link stands in the way"),
  });
  expect(readFileSync(precious, "utf8")).toBe("precious");
});

test("a folder in place of a file fails only that file; its records are kept and named (FS-06)", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "x.json"));
  await expect(runStore(folder, { x: [0, 2], y: [0, 1] })).rejects.toMatchObject({
    code: "not_published",
    message: `Cannot publish ${join(folder, "x.json")}: a folder stands where the file should go (EISDIR). What could be read back is in x.r1.partial.json.`,
  });
  expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([0, 1]);
  expect(numbers(readArray(folder, "y.json"))).toEqual([0]);
  expect(leftovers(folder)).toEqual([]);
});

test("an attempt that was given up is undone, so that the next one makes no duplicates", async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder, { format: "ndjson" });
  await store.write(batchOf("x", 0, 2), attempt());
  const controller = new AbortController();
  // Aborted while the disk is at work: seen only after the records are in the file.
  let looks = 0;
  const { signal } = controller;
  Object.defineProperty(signal, "aborted", { get: () => (looks += 1) > 2 });
  const late = store.write(batchOf("x", 2, 4), attempt(signal));
  await expect(late).rejects.toMatchObject({ status: "retry", code: "timeout" });
  await expect(store.write(batchOf("x", 2, 4), attempt(AbortSignal.abort()))).rejects.toMatchObject({
    code: "timeout",
  });
  await store.write(batchOf("x", 2, 3), attempt());
  await store.done({ complete: true });
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0, 1, 2]);
});

test("calls that overlap keep their order", async () => {
  const folder = temporaryFolder();
  const store = await openStore(folder, { format: "ndjson" });
  const calls = Array.from({ length: 20 }, (_, n) => store.write(batchOf("x", n * 10, n * 10 + 10), attempt()));
  await Promise.all([...calls, store.flush(), store.done({ complete: true })]);
  expect(numbers(readLines(folder, "x.ndjson"))).toEqual(Array.from({ length: 200 }, (_, n) => n));
});

test("appending to a JSON array is a mistake of the configuration", () => {
  const given = { ...DEFAULTS, write_mode: "append" } as const;
  expect(filestore.validate?.(given, given)).toEqual([
    {
      path: ["write_mode"],
      message: "`write_mode: append` needs `format: ndjson`: a JSON array cannot be added to.",
    },
  ]);
  expect(filestore.validate?.({ ...given, format: "ndjson" }, given)).toEqual([]);
});

test("a path in the home folder of another user is a mistake: it is not looked up (L-63)", () => {
  const given = {
    path: "~audit/records",
    format: "json",
    compress: "none",
    write_mode: "replace",
    recover: "keep",
  } as const;
  expect(filestore.validate?.(given, given)).toEqual([
    {
      path: ["path"],
      message:
        'path begins with "~audit": only ~/ is a home folder, your own. Write the folder out, such as /home/audit, or ./~audit for a folder of that name.',
    },
  ]);
  for (const path of ["~", "~/records", `~${userInfo().username}/records`, "./~audit", "/~audit"])
    expect(filestore.validate?.({ ...given, path }, given)).toEqual([]);
});

test("a path through a file is refused when the store is opened (FS-06)", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const path = join(folder, "file");
  await expect(openStore(folder, { path })).rejects.toMatchObject({ status: "blocked", code: "not_a_folder" });
  await expect(openStore(folder, { path: join(path, "sub") })).rejects.toMatchObject({
    status: "blocked",
    code: "not_a_folder",
  });
});

test("check names the place and leaves nothing, and does not count as an empty run", async () => {
  const folder = temporaryFolder();
  await runStore(folder, { x: [0, 1] });
  const store = await openStore(folder);
  expect(await store.check()).toMatchObject({
    ok: true,
    code: "ok",
    message: expect.stringContaining(`${folder} can be written to; `),
  });
  await store.close();
  expect(files(folder)).toEqual(["x.json"]);
});
