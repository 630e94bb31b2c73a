import { expect, test } from "vitest";
import { rewriteRegions, table } from "../../scripts/regions.ts";

const render = async (name: string): Promise<string | undefined> => (name === "hooks" ? "| a |" : undefined);
const fails = (): Promise<never> => Promise.reject(new Error("no plugin"));

test("a generated region is made anew and the text around it stays", async () => {
  const page = "# Title\n<!-- generated:hooks -->\nold\n<!-- /generated -->\nend\n";
  const made = await rewriteRegions(page, render);
  expect(made).toBe("# Title\n<!-- generated:hooks -->\n\n| a |\n\n<!-- /generated -->\nend\n");
  expect(await rewriteRegions(made, render)).toBe(made);
});

test("a region that nothing generates is named with its line", async () => {
  await expect(rewriteRegions("\n<!-- generated:hoks -->\n<!-- /generated -->", render)).rejects.toThrow(
    '2: nothing generates a region "hoks".',
  );
});

test("a region that cannot be generated is named with its line and why", async () => {
  await expect(rewriteRegions("<!-- generated:params x -->\n<!-- /generated -->", fails)).rejects.toThrow(
    '1: the region "params x" cannot be generated: no plugin',
  );
});

test("a region without an end, and an end without a region, are errors", async () => {
  await expect(rewriteRegions("<!-- generated:hooks -->\nrest", render)).rejects.toThrow(
    '1: the region "hooks" has no end',
  );
  await expect(rewriteRegions("<!-- /generated -->", render)).rejects.toThrow("1: the end of a region");
});

test("bars and line breaks in a cell do not break the table", () => {
  expect(table(["Type"], [["string |\n  null"]])).toBe("| Type |\n|---|\n| string \\| null |");
});
