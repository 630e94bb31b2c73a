import { describe, expect, it } from "vitest";

import { suggest } from "../../src/validation/suggest.ts";

describe("suggest", () => {
  it("takes a word that differs in case, underscore or hyphen only, before any nearer spelling", () => {
    expect(suggest("apiKey", ["apikeys", "api_key"])).toBe("api_key");
    expect(suggest("API-KEY", ["api_key"])).toBe("api_key");
  });

  it("takes the nearest word within a third of the length", () => {
    expect(suggest("indx", ["node", "index"])).toBe("index");
    expect(suggest("pasword", ["path", "password"])).toBe("password");
    expect(suggest("jsno", ["ndjson", "json"])).toBe("json");
  });

  it("suggests nothing if no word is similar", () => {
    expect(suggest("foo", ["path", "format"])).toBeUndefined();
    expect(suggest("", ["path"])).toBeUndefined();
    expect(suggest("path", [])).toBeUndefined();
  });

  it("does not measure a huge word against short ones", () => {
    expect(suggest("x".repeat(5_000_000), ["path"])).toBeUndefined();
  });
});
