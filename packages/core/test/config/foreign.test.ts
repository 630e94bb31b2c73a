// A configuration of another program is recognised by the reader of the configuration (issue 16).
import { describe, expect, test } from "vitest";
import { ofText } from "../../src/config/foreign/programs.ts";
import { linesOf, load } from "./harness.ts";

const LOGSTASH = `# pipeline
input { beats { port => 5044 } }
output {
  if [type] == "audit" {
    elasticsearch { hosts => ["https://es.example:9200"] password => 's3cret' }
  } else {
    mongodb { uri => "mongodb://u:s3cret@mongo.example:27017/" database => "db" collection => "audits" }
  }
}
`;

const FLUENT_BIT = `[SERVICE]
    Flush 1
[OUTPUT]
    Name  splunk
    Host  splunk.example
    Splunk_Token  s3cret
`;

const VECTOR = `[sinks.a]
type = "elasticsearch"
endpoints = ["http://one:9200", "http://two:9200"]
[sinks.a.auth]
user = "elastic"
`;

test.each([LOGSTASH, FLUENT_BIT, VECTOR])("a file that ends anywhere is read to its end", (text) => {
  for (let end = 0; end <= text.length; end++) expect(() => ofText(text.slice(0, end))).not.toThrow();
});

describe("a file of the OpenTelemetry collector", () => {
  test("is answered with the file that it would be here, at the key that tells", async () => {
    const lines = linesOf(
      await load(`receivers: { otlp: {} }
exporters:
  splunk_hec/prod:
    endpoint: https://s.example:8088
    token: "s3cret"
    tls: { insecure_skip_verify: true, ca_file: /etc/ca.pem }
  debug: {}
`),
    );
    expect(lines.join("\n")).toBe(
      `c.yaml:2:1  This is a configuration of the OpenTelemetry collector, not of cloudmarker.
  Its output would be this in a cloudmarker.yaml:

  plugins:
    splunkhecstore:
      plugin: splunkhecstore
      params:
        uri: https://s.example:8088
        token: \${SPLUNK_HEC_TOKEN}
        tls:
          ca: /etc/ca.pem
          verify: false
  audits:
    default:
      stores:
        - splunkhecstore
  run:
    - default

  Put the secret of splunk_hec into the variable SPLUNK_HEC_TOKEN.
  No store here does what debug does.`,
    );
  });
});

test("a file that has a key of ours is not one, and the keys of others are left alone", async () => {
  const { loaded } = await load("pipeline: { outputs: [] }\nstate: { keep: 1d }\n");
  expect([loaded.problems, loaded.warnings]).toEqual([[], [expect.stringContaining('"pipeline"')]]);
});
