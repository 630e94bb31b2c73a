import { expect, test } from "vitest";
import { SecretFinder } from "../../src/masking/secret-finder.ts";
import { load } from "../config/harness.ts";

test.each([
  ["${TOKEN}", "write ${TOKEN}", "write ${TOKEN}"],
  ["${env:TOKEN}", "write ${TOKEN}", "write ${TOKEN}"],
  ["Splunk ${env.TOKEN}", "write ${TOKEN}", "write ${TOKEN}"],
  ["$${env:TOKEN}", "it is ${env:TOKEN}", "it is ********"],
  ["s3cret${env:TOKEN}", "it is s3cret${env:TOKEN}", "it is ********"],
  ["${TOKEN:s3cret}", "it is ${TOKEN:s3cret}", "it is ********"],
])("of the secret %s only a reference that was not resolved is shown", async (written, text, shown) => {
  const { loaded } = await load(`plugins: { s: { plugin: x, params: { token: '${written}' } } }\n`);
  const finder = new SecretFinder(loaded);
  const root = { type: "object", properties: { token: { type: "string", writeOnly: true } } };
  finder.addParams(root, loaded.value.plugins["s"]?.params, ["plugins", "s", "params"]);
  expect(finder.mask(text)).toBe(shown);
});
