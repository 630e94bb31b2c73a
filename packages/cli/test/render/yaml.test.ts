import { expect, test } from "vitest";
import { renderYaml } from "../../src/render/yaml.ts";
import { NO_COLORS } from "../../src/render/text.ts";

test("values are YAML with a comment each, and odd strings are quoted", () => {
  const value = {
    plugins: { "my store": { plugin: "filestore", params: {} } },
    run: ["a", "b: c"],
    n: 5,
    on: "yes",
    text: "1.0",
    evil: "a\u001Bb\u202E",
  };
  expect(renderYaml(value, (path) => path.join("."), NO_COLORS)).toBe(
    [
      "plugins:",
      '  "my store":',
      "    plugin: filestore                        # plugins.my store.plugin",
      "    params: {}                               # plugins.my store.params",
      'run: [a, "b: c"]                             # run',
      '"n": 5                                       # n',
      '"on": "yes"                                  # on',
      'text: "1.0"                                  # text',
      'evil: "a\\u001bb\\u202e"                       # evil',
      "",
    ].join("\n"),
  );
});
