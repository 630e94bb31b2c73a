// The errors of the command stand in one table, and each says what to do.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  endedError,
  interruptedError,
  runError,
  unreadableInput,
  unreadableInputs,
  usageError,
} from "../src/errors.ts";

const src = join(import.meta.dirname, "../src");

test("no other source writes the text of an error", () => {
  const writing = globSync("**/*.ts", { cwd: src }).filter(
    (path) =>
      path !== "errors.ts" && /new (?:Usage|Command|Cloudmarker)Error\(/.test(readFileSync(join(src, path), "utf8")),
  );
  expect(writing).toEqual([]);
});

test.each([
  [usageError("paramForm", { number: 2 }), 64, "Example: --param path=./out"],
  [
    usageError("commandLine", { what: "unknown option '-x'", hint: "", command: "cloudmarker" }),
    64,
    "See cloudmarker --help.",
  ],
  [
    interruptedError({ what: "run", by: "SIGTERM", isCrash: false, underWay: ["open() of archive"] }),
    1,
    "Under way: open() of archive.\nNothing was read and nothing was sent.",
  ],
  [
    endedError({ place: "/x.js:1:2", crash: undefined, running: undefined, isStore: false, underWay: [] }),
    70,
    "It was ended, at /x.js:1:2.\n" +
      "There is no receipt. Records may be missing, and stores that publish at the end have not published.",
  ],
  [
    runError("SECRET_MISSING", { run: "r1", params: ["esstore.password"] }),
    64,
    "Give it again: --param esstore.password=…",
  ],
  [
    runError("RUN_IN_USE", { run: "r1" }),
    75,
    "Wait until that process has ended: the run is not over, or is being resumed.",
  ],
  [usageError("configGone", { run: "r1", files: ["/dev/fd/3"] }), 64, "Name the configuration with -c FILE."],
  [unreadableInputs(["logs: is a folder; name the files in it"]), 65, "logs: is a folder; name the files in it"],
  [unreadableInput("a.json", "is a folder", undefined), 65, "Correct the name of the file, or make it readable."],
])("%s: its exit code and what to do", (error, exit, details) => {
  expect(error).toMatchObject({ exit, details });
});
