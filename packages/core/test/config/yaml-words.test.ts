import { expect, test } from "vitest";
import { load } from "./harness.ts";

const SECRET = "hunter2";
const FORMS = `!% *% &% |% >% |9% %%% @% \`% "% '% [% {% }% ]% ,% #% !<% !!% \\% -% ?% <<%`.split(" ");
const MORE = [
  "? %",
  "- %",
  ": %",
  "%: x: y",
  '"\\%"',
  '"a" %',
  "'a' %",
  "[a] %",
  "{a: b} %",
  "&a &% b",
  "!a !% b",
  "*a %",
  "| %",
];
const MULTILINE = [
  "a\n%",
  "a\n %: b",
  '"a\n%',
  "--- %",
  "... %",
  "\t%",
  '{"a":%}',
  "{a %, b}",
  '"\\x%"',
  "%:",
  '"x":%',
];
const PLACES = [
  (value: string) => `plugins:\n  s:\n    plugin: filestore\n    params:\n      password: ${value}\n      node: x\n`,
  (value: string) => `plugins: { s: { plugin: filestore, params: { password: ${value}, node: x } } }\n`,
  (value: string) => `plugins:\n  s:\n    params:\n      list:\n        - ${value}\n        - b\n`,
  (value: string) => `${value}\nrun: [default]\n`,
];

test("no message about YAML contains a part of a value, wherever the file ends (L-30)", async () => {
  const leaks: string[] = [];
  for (const form of [...FORMS, ...MORE, ...MULTILINE])
    for (const place of PLACES) {
      const text = place(form.replace("%", () => SECRET));
      for (const cut of [0, 1, 2, 5, 9]) {
        const { loaded } = await load(text.slice(0, text.length - cut));
        for (const { message } of loaded.problems) if (message.includes("hunt")) leaks.push(`${text}: ${message}`);
      }
    }
  expect(leaks).toEqual([]);
});
