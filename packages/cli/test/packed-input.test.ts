// Every shape of gzip and zstd data through the real command, from a file and from standard input (L-02, L-45).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import type { Receipt } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

interface JsonReceipt extends Receipt {
  readonly input: { readonly problems: { readonly error: { readonly message: string; readonly details: string } }[] };
}

const FIRST = gzipSync('{"n":1}\n{"n":2}\n');
const SECOND = gzipSync('{"n":3}\n');
const wrongSum = Buffer.from(FIRST);
wrongSum.writeUInt32LE(1, wrongSum.length - 8);
const damaged = Buffer.from(SECOND);
damaged[10] = 7;

const zstd = (text: string): Buffer => zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const FRAME = zstd('{"n":1}\n{"n":2}\n');
const wrongFrame = Buffer.from(FRAME);
wrongFrame.writeUInt32LE(1, wrongFrame.length - 4);

const SHAPES: [name: string, bytes: Buffer, records: number, exit: number, error: string][] = [
  ["one member", FIRST, 2, 0, ""],
  ["two members", Buffer.concat([FIRST, SECOND]), 3, 0, ""],
  ["one zero byte behind", Buffer.concat([FIRST, Buffer.alloc(1)]), 2, 0, ""],
  ["511 zero bytes behind", Buffer.concat([FIRST, Buffer.alloc(511)]), 2, 0, ""],
  ["100,000 zero bytes behind", Buffer.concat([FIRST, Buffer.alloc(100_000)]), 2, 0, ""],
  ["padding before a second member", Buffer.concat([FIRST, Buffer.alloc(500), SECOND]), 3, 0, ""],
  [
    "other bytes behind",
    Buffer.concat([FIRST, Buffer.from("x")]),
    2,
    65,
    "the gzip data is followed by bytes that are not gzip data",
  ],
  ["a wrong checksum", wrongSum, 2, 65, "(incorrect data check)"],
  ["a damaged second member", Buffer.concat([FIRST, damaged]), 2, 65, "(invalid block type)"],
  ["zstd, one frame", FRAME, 2, 0, ""],
  ["zstd, two frames with padding", Buffer.concat([FRAME, Buffer.alloc(9), zstd('{"n":3}')]), 3, 0, ""],
  ["zstd, a wrong checksum", wrongFrame, 2, 65, "(incorrect data check)"],
  ["zstd, a cut-off second frame", Buffer.concat([FRAME, FRAME.subarray(0, 12)]), 2, 65, "(unexpected end of file)"],
  ["a cut-off second member", Buffer.concat([FIRST, SECOND.subarray(0, 12)]), 2, 65, "(unexpected end of file)"],
];

describe("packed data as input", () => {
  test.each(SHAPES)("%s", { timeout: 30_000 }, async (_name, bytes, records, exit, error) => {
    using sandbox = new Sandbox();
    sandbox.file("in.json.gz", bytes);
    const write = ["write", "--json", "--store", "filestore", "--param", "format=ndjson", "--param"];
    const runs = [
      await sandbox.run([...write, "path=./file", "in.json.gz"]),
      await sandbox.run([...write, "path=./stdin", "--worker", "in"], bytes),
    ];
    for (const [index, { code, stdout, stderr }] of runs.entries()) {
      expect([code, stderr]).toEqual([exit, expect.stringContaining(error)]);
      const { ok, received, input } = JSON.parse(stdout) as JsonReceipt;
      expect({ ok, received }).toEqual({ ok: exit === 0, received: records });
      expect(input.problems).toHaveLength(exit === 0 ? 0 : 1);
      const folder = join(sandbox.path, index === 0 ? "file" : "stdin");
      // What an input that was not read to its end left behind has another name.
      const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
      expect(texts.join("").trim().split("\n")).toHaveLength(records);
    }
  });
});
