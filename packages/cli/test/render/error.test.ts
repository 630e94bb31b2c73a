import { readFileSync } from "node:fs";
import { ERROR_TABLE } from "@cloudmarker/core";
import { expect, test } from "vitest";
import { COMMAND_ERRORS } from "../../src/exit-codes.ts";
import { docsOf } from "../../src/render/error.ts";

const root = new URL("../../../../", import.meta.url);

test("each code has its place in the documentation, at the address that is printed", () => {
  const page = readFileSync(new URL("docs/errors.md", root), "utf8");
  const { repository } = JSON.parse(readFileSync(new URL("packages/cli/package.json", root), "utf8"));
  const home = repository.url.replace(/^git\+|\.git$/g, "");
  for (const code of Object.keys({ ...ERROR_TABLE, ...COMMAND_ERRORS })) {
    expect(page).toContain(`\n### \`${code}\`\n`);
    expect(docsOf(code)).toBe(`${home}/blob/main/docs/errors.md#${code.toLowerCase()}`);
  }
});
