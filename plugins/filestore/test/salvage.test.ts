import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { CODECS, codecOf } from "../src/codec.ts";
import { salvage } from "../src/salvage.ts";
import { temporaryFolder } from "./support.ts";

const A = '{"raw":"é]["}';
const B = '{"raw":{"b":[1,2]}}';

async function salvaged(data: string | Buffer, target: string): Promise<Buffer | false> {
  const path = join(temporaryFolder(), "left");
  writeFileSync(path, data);
  return (await salvage(path, target)) && readFileSync(path);
}

test("an array cut at any byte becomes a valid array of the complete records (FS-03)", async () => {
  const whole = Buffer.from(`[\n${A},\n${B}\n]\n`);
  const first = Buffer.byteLength(`[\n${A}`);
  const both = Buffer.byteLength(`[\n${A},\n${B}`);
  for (let length = 0; length <= whole.length; length += 1) {
    const result = await salvaged(whole.subarray(0, length), "x.json");
    const expected = length < first ? false : length < both ? [A] : [A, B];
    expect(result && JSON.parse(result.toString()), `cut at ${length}`).toEqual(
      expected && expected.map((text) => JSON.parse(text)),
    );
  }
});

test("NDJSON cut at any byte keeps the complete lines (FS-04)", async () => {
  const whole = Buffer.from(`${A}\n${B}\n`);
  const first = Buffer.byteLength(A);
  for (let length = 0; length <= whole.length; length += 1) {
    const result = await salvaged(whole.subarray(0, length), "x.ndjson");
    const expected = length < first ? false : length < whole.length - 1 ? `${A}\n` : `${A}\n${B}\n`;
    expect(result && result.toString(), `cut at ${length}`).toBe(expected);
  }
});

test("blocks that a power cut left as NULs are not records", async () => {
  expect((await salvaged(`${A}\n${"\0".repeat(5000)}\n${B}\n`, "x.ndjson")).toString()).toBe(`${A}\n`);
});

test("a record larger than the reading window is found", async () => {
  const large = JSON.stringify({ raw: "x".repeat(3_000_000) });
  expect((await salvaged(`[\n${large},\n{"torn`, "x.json")).toString()).toBe(`[\n${large}\n]\n`);
});

test("gzip cut at any byte keeps the complete members and closes the array (FS-12)", async () => {
  const members = [`[\n${A}`, `,\n${B}`, "\n]\n"].map((text) => gzipSync(text));
  const whole = Buffer.concat(members);
  const [first = 0, second = 0] = members.map(({ length }) => length);
  for (let length = 0; length <= whole.length; length += 1) {
    const result = await salvaged(whole.subarray(0, length), "x.json.gz");
    const text = result && gunzipSync(result).toString();
    const expected = length < first ? false : length < first + second ? `[\n${A}\n]\n` : `[\n${A},\n${B}\n]\n`;
    expect(text, `cut at ${length}`).toBe(expected);
  }
});

test("zstd cut at any byte keeps the complete frames (FS-12)", async () => {
  const noise = Array.from({ length: 2000 }, (_, n) => (n * 2_654_435_761) % 9973).join(" ");
  const texts = [`${A}\n`, `${B}\n`.repeat(30), `${noise}\n`.repeat(40)];
  const frames = await Promise.all(texts.map((text) => CODECS.zstd?.encode(Buffer.from(text)) ?? Buffer.alloc(0)));
  const whole = Buffer.concat(frames);
  const ends = frames.map((_, n) => Buffer.concat(frames.slice(0, n + 1)).length);
  for (const cut of [
    ...Array(200).keys(),
    ...ends.flatMap((end) => [end - 5, end - 4, end - 1, end, end + 1, end + 5]),
  ]) {
    const expected = ends.findLast((end) => end <= cut);
    const result = await salvaged(whole.subarray(0, cut), "x.ndjson.zst");
    expect(result && result.length, "cut").toBe(expected ?? false);
  }
  expect(execFileSync("zstd", ["-dcq"], { input: whole }).toString()).toBe(texts.join(""));
});

test("bytes behind a zstd frame do not matter, a flipped bit in it does (FS-12)", async () => {
  const frame = (await CODECS.zstd?.encode(Buffer.from(`${B}\n`.repeat(30)))) ?? Buffer.alloc(0);
  for (const tail of [Buffer.alloc(99), Buffer.from("garbage that is not a frame"), frame.subarray(0, 9)]) {
    expect(await salvaged(Buffer.concat([frame, tail]), "x.ndjson.zst")).toEqual(frame);
  }
  const flipped = Buffer.concat([frame, frame]);
  flipped[frame.length + 20] = (flipped[frame.length + 20] ?? 0) ^ 1;
  expect(await salvaged(flipped, "x.ndjson.zst")).toEqual(frame);
});

test("gzip whose checksum is wrong is not kept", async () => {
  const member = gzipSync(`${A}\n`);
  member.writeUInt32LE(1, member.length - 8);
  expect(await salvaged(member, "x.ndjson.gz")).toBe(false);
});

test("a member larger than the reading window is found", async () => {
  const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 2_654_435_761) >>> 13).join("")).subarray(
    0,
    9_000_000,
  );
  const member = gzipSync(noise, { level: 1 });
  expect(member.length).toBeGreaterThan(1 << 20);
  expect(await salvaged(Buffer.concat([member, member.subarray(0, 99)]), "x.ndjson.gz")).toEqual(member);
  expect(codecOf("x.json")).toBeUndefined();
});
