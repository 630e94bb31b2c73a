import { expect, test } from "vitest";
import { byCode } from "../../src/kit/index.ts";

test("each code of a row has its meaning, and others have none", () => {
  const meanings = byCode([
    [["retry", "busy"], 7, 9],
    [["blocked", "credentials", " Check the password."], 18],
  ]);
  expect(meanings.get(9)).toEqual(["retry", "busy"]);
  expect(meanings.get(18)).toEqual(["blocked", "credentials", " Check the password."]);
  expect(meanings.get(8)).toBeUndefined();
});
