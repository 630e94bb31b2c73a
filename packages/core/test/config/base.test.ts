import { expect, test } from "vitest";
import { BASE_CONFIG, BASE_CONFIG_YAML } from "../../src/config/base.ts";
import { parseYaml } from "../../src/config/parse-yaml.ts";
import { plainOf } from "../../src/config/tree.ts";

test("the base configuration that is printed is the one that is used", async () => {
  const source = { name: "base.yaml", isFile: true, directory: "/" };
  const { root, problems } = await parseYaml(new TextEncoder().encode(BASE_CONFIG_YAML), source);
  expect(problems).toEqual([]);
  expect(plainOf(root)).toEqual(BASE_CONFIG);
});
