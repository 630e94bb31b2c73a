import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { expandPath } from "../../src/config/expand-path.ts";

test.each([
  ["~", "/home/me"],
  ["~/audit/x", "/home/me/audit/x"],
  [`~${userInfo().username}`, "/home/me"],
  [`~${userInfo().username}/audit`, "/home/me/audit"],
  ["~nobody-else/audit", "/work/~nobody-else/audit"],
  [`~${userInfo().username}x/audit`, `/work/~${userInfo().username}x/audit`],
  ["./~/audit", "/work/~/audit"],
  ["audit", "/work/audit"],
  ["/audit", "/audit"],
])("the path %j is %j: the home folder is ~, or ~ and one's own name (L-63, MC-9)", (path, expected) => {
  expect(expandPath(path, "/work", "/home/me")).toBe(expected);
});
