import { describe, expect, test } from "vitest";

import { packageNameOf, parseRef, REF_RULES, shortNamesOf } from "../../src/plugins/parse-ref.ts";

function refusal(ref: string): { code: string; message: string; details: string } {
  try {
    parseRef(ref, { file: "/etc/cloudmarker.yaml", line: 3, column: 13 });
  } catch (error) {
    return error as ReturnType<typeof refusal>;
  }
  throw new Error(`${ref} was taken`);
}

function isOurs(ref: string): boolean {
  const parsed = parseRef(ref);
  return parsed.kind === "package" && parsed.firstParty;
}

describe("parseRef", () => {
  test.each(REF_RULES)("$written: $rule", ({ written, tried }) => {
    const parsed = parseRef(written);
    expect(parsed.kind === "path" ? [parsed.path] : parsed.candidates).toEqual(tried);
  });

  test("only our own packages are first-party, by whichever name", () => {
    expect(["filestore", "@cloudmarker/esstore", "npm:@cloudmarker/esstore"].map(isOurs)).toEqual([true, true, true]);
    expect(["jira", "@acme/filestore", "cloudmarker-store-filestore"].map(isOurs)).toEqual([false, false, false]);
  });

  test.each(["../a.js", "/a.js", "C:\\a.js", ".\\a.js", "file:./a.js", "file:../a.js"])("%s is a path", (ref) => {
    expect(parseRef(ref).kind).toBe("path");
  });

  test("every class path of a store of the predecessor names its successor", () => {
    const aliases = ["FileStore", "EsStore", "MongoDBStore", "SplunkHECStore"].map((name) =>
      parseRef(`cloudmarker.stores.${name.toLowerCase()}.${name}`),
    );
    expect(aliases.map((parsed) => parsed.kind === "package" && parsed.candidates[0])).toEqual([
      "@cloudmarker/filestore",
      "@cloudmarker/esstore",
      "@cloudmarker/mongodbstore",
      "@cloudmarker/splunkhecstore",
    ]);
  });

  test.each([
    ["", "It is empty."],
    ["npm:", "It is empty."],
    ["my store", "It has white space in it."],
    [" filestore", "It has white space in it."],
    ["~/store.ts", "A ~ is not expanded here; write the whole path."],
    [
      "cloudmarker.clouds.azcloud.AzCloud",
      "It is a class path of the predecessor; only its stores run here: filestore, esstore, mongodbstore, splunkhecstore.",
    ],
    [
      "mypkg.mod.Class",
      "It is the path of a Python class, and Python classes cannot run here. Name an npm package that does the same.",
    ],
    [
      "https://example.com/x.js",
      "It is a URL, and nothing is downloaded here. Install the package, then write its name.",
    ],
    ["git+ssh:x", "It is a URL, and nothing is downloaded here. Install the package, then write its name."],
    ["jira@1.2.0", "Leave out the version: package.json says which version is installed."],
    ["@acme/jira@^1", "Leave out the version: package.json says which version is installed."],
    ["FileStore", 'Did you mean "filestore"?'],
    ["Jira", "Package names must be lower case."],
    ["a/../b", "No package can have this name."],
    ["@acme/..", "No package can have this name."],
    ["npm:../x", "No package can have this name."],
    ["a\\b", "No package can have this name."],
    ["@", "No package can have this name."],
    ["a//b", "No package can have this name."],
    ["__proto__", "No package can have this name."],
    ["npm:@acme", "It is a scope without a package."],
    ["npm:fs", "It is a module of Node itself."],
    ["fs/promises", "It is a module of Node itself."],
    ["x".repeat(215), "It is too long."],
  ])("%j is refused and the message says why", (ref, why) => {
    const { code, message } = refusal(ref);
    expect(code).toBe("PLUGIN_NAME_INVALID");
    expect(message.endsWith(` is not a plugin. ${why}`)).toBe(true);
  });

  test("a refusal says who asked and what is allowed", () => {
    expect(refusal("a b").details).toBe(
      "Asked for at /etc/cloudmarker.yaml:3:13.\n" +
        'A plugin is a short name (filestore), a package name (cloudmarker-store-x, @scope/x), "npm:" and an exact package name, ' +
        "or a path that begins with ./ ../ / or file:.",
    );
  });

  test("names that objects have from birth are names like any other", () => {
    expect(parseRef("constructor")).toMatchObject({
      candidates: ["cloudmarker-store-constructor", "cloudmarker-tap-constructor"],
    });
  });

  test("control characters of a reference do not reach the terminal", () => {
    expect(refusal("a\u001B[2Jb").message).toContain(String.raw`"a\u001b[2Jb"`);
  });
});

test("packageNameOf takes the package out of a specifier", () => {
  expect(["x", "x/y/z", "@s/x", "@s/x/y"].map(packageNameOf)).toEqual(["x", "x", "@s/x", "@s/x"]);
});

test("shortNamesOf gives the name without its prefix", () => {
  expect(["cloudmarker-store-jira", "@a/cloudmarker-tap-pii", "jira"].map(shortNamesOf)).toEqual([
    ["cloudmarker-store-jira", "jira"],
    ["@a/cloudmarker-tap-pii", "@a/pii"],
    ["jira"],
  ]);
});
