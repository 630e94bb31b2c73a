// What is said of a thrown value, whatever was thrown.
import { expect, test } from "vitest";
import { messageOf } from "../src/errors.ts";
import { maskError } from "../src/masking/mask-error.ts";

const NO_TEXT = "something was thrown that has no text";
const coded = (message: string, code: string): Error => Object.assign(new Error(message), { code });

test.each([
  ["an error without a message", new TypeError(""), "TypeError"],
  ["an error without a message, with a code", coded(" ", "ECONNREFUSED"), "ECONNREFUSED"],
  ["null", null, "null"],
  ["undefined", undefined, "undefined"],
  ["an empty text", "", "an empty text"],
  ["an object", {}, "object"],
  ["an object with an empty message", { message: "" }, "an empty text"],
])("%s has the one sentence of what has no text", (_, thrown, what) => {
  expect(messageOf(thrown)).toBe(`${NO_TEXT}: ${what}`);
  expect(messageOf(maskError(thrown, (text) => text))).toBe(`${NO_TEXT}: ${what}`);
});

test("the cause speaks for an error without a message", () => {
  expect(messageOf(new Error("", { cause: new Error("the disk is full") }))).toBe("the disk is full");
});

test("a cause is added, unless the message has its words or its code", () => {
  const cause = coded("ENOENT: no such file or directory, mkdir '/proc/foo'", "ENOENT");
  expect(messageOf(new Error("fetch failed", { cause }))).toBe(`fetch failed (${cause.message})`);
  expect(messageOf(new Error("Cannot use /proc/foo: no new folders (ENOENT).", { cause }))).toBe(
    "Cannot use /proc/foo: no new folders (ENOENT).",
  );
  const told = new Error("Nothing listens there (ECONNREFUSED).", {
    cause: new Error("connect ECONNREFUSED 127.0.0.1"),
  });
  expect(messageOf(told)).toBe("Nothing listens there (ECONNREFUSED).");
  expect(messageOf(new Error("fetch failed", { cause: coded("", "ECONNRESET") }))).toBe("fetch failed (ECONNRESET)");
});
