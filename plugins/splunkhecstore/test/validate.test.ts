import { describe, expect, it } from "vitest";
import type { SplunkHecStoreParams } from "../src/params.ts";
import { endpointOf } from "../src/server.ts";
import { validate } from "../src/validate.ts";
import { DEFAULTS } from "./support.ts";

function problemsOf(given: Partial<SplunkHecStoreParams>): string[] {
  const problems = validate({ ...DEFAULTS, ...given }).filter(({ isWarning }) => !isWarning);
  return problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the address", () => {
  it.each([
    "https://splunk.example:8088",
    "https://splunk.example:8088/",
    "https://splunk.example:8088/services/collector",
    "https://splunk.example:8088/services/collector/",
    "https://splunk.example:8088/services/collector/event",
    "https://splunk.example:8088/services/collector/event/1.0",
  ])("%s leads to one and the same collector (HEC-01, MS-6)", (uri) => {
    expect(problemsOf({ uri })).toEqual([]);
    expect(endpointOf(uri)).toEqual({ origin: "https://splunk.example:8088", path: "/services/collector" });
  });

  it("a path of a proxy stays (HEC-01)", () => {
    expect(endpointOf("https://gate.example/splunk/services/collector/event").path).toBe("/splunk/services/collector");
    expect(endpointOf("https://gate.example/splunk/").path).toBe("/splunk/services/collector");
  });

  it.each([
    ["splunk.example:8088", "begins with http:// or https://"],
    ["https://me:secret@splunk.example:8088", "has a user name or password in it"],
    ["https://splunk.example:8088/services/collector?token=secret", "has a query"],
    ["https://splunk.example:8088/services/collector/raw", "names another endpoint"],
  ])("%s is refused, and the message shows no secret (HEC-02)", (uri, message) => {
    const problems = problemsOf({ uri });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
    expect(problems[0]).not.toContain("secret");
  });
});

it("a text that is not a token is refused before undici refuses it, and is not shown (HEC-02)", () => {
  expect(problemsOf({ token: "secret\n" })).toEqual([
    "token: token has a space, a line break or another character in it that no token has.",
  ]);
  expect(problemsOf({ token: "Splunk secret" })[0]).toContain('token begins with "Splunk"');
});

it("params that say the same twice, or nothing, are refused", () => {
  expect(problemsOf({ ca_cert: "a.pem", tls: { ca: "b.pem", verify: true } })).toHaveLength(2);
  expect(problemsOf({ ca_cert: false, tls: { verify: false } })).toHaveLength(2);
  expect(problemsOf({ fields: { record_id: "/raw/id" } })[0]).toContain("fields.record_id is always the record's id");
  expect(problemsOf({ fields: { level: "/Severity" } })[0]).toContain("/Severity leads nowhere");
  expect(problemsOf({ time: [{ from: "/at", format: "iso8601" }] })[0]).toContain("/at leads nowhere");
  expect(problemsOf({ index: "audit-%y" })[0]).toContain("not a date part");
  expect(problemsOf({ proxy: "proxy.example:3128" })[0]).toContain("proxy must be a URL");
  expect(problemsOf({ tls: { cert: "a.pem", verify: true } })[0]).toContain("tls.cert");
});

it("for ca_cert: no of YAML 1.1, and for another user's home folder, the message names the new form (L-63, MS-1)", () => {
  for (const [word, value] of Object.entries({ no: false, Off: false, False: false, yes: true, ON: true, true: true }))
    expect(problemsOf({ ca_cert: word })).toEqual([
      `ca_cert: ca_cert is the text "${word}": write ${value} without quotes for that. A file of that name is ./${word}.`,
    ]);
  expect(problemsOf({ ca_cert: "~someone-else/ca.pem" })).toEqual([
    'ca_cert: ca_cert begins with "~someone-else": only ~/ is a home folder, your own. Write the folder out, such as /home/someone-else, or ./~someone-else for a folder of that name.',
  ]);
  expect(problemsOf({ tls: { ca: "~someone-else/ca.pem", verify: true } })[0]).toContain(
    'tls.ca begins with "~someone-else"',
  );
  expect(problemsOf({ ca_cert: "~/ca.pem" })).toEqual([]);
});

it("valid params have no problem", () => {
  expect(problemsOf({ ca_cert: true, index: "audit-{com.origin_worker}-%Y" })).toEqual([]);
  expect(problemsOf({ proxy: "http://me:secret@proxy.example:3128", ca_cert: "ca.pem" })).toEqual([]);
});
