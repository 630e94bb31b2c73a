// A configuration of another program given as `-c` is answered with the entry that it would be here (issue 16).
import { describe, expect, test } from "vitest";
import { Sandbox } from "./support/cli.ts";

/** Each with the params that its outputs would have here. */
const CONFIGS: readonly (readonly [
  title: string,
  file: string,
  text: string,
  plugins: object,
  parts: readonly string[],
])[] = [
  [
    "Filebeat",
    "filebeat.yml",
    `filebeat.inputs:
  - type: filestream
    id: findings
    paths: [/var/log/*.json]
output.elasticsearch:
  hosts: ["es1.example:9200", "es2.example"]
  protocol: https
  index: "findings-%{+yyyy.MM.dd}"
  username: elastic
  password: "\${ES_PWD}"
  ssl.certificate_authorities: ["/etc/pki/ca.pem"]
  ssl.verification_mode: none
output.kafka:
  hosts: ["k:9092"]
`,
    {
      esstore: {
        params: {
          nodes: ["https://es1.example:9200", "https://es2.example:9200"],
          index: "findings-%Y.%m.%d",
          username: "elastic",
          password: "${ES_PWD}",
          tls: { ca: "/etc/pki/ca.pem", verify: false },
        },
      },
    },
    ["No store here does what kafka does."],
  ],
  [
    "Filebeat",
    "nested.yml",
    `output:
  elasticsearch:
    hosts: localhost
    api_key: "id:s3cret"
    index: "%{[agent.name]}-x"
`,
    { esstore: { params: { node: "http://localhost:9200", api_key: "${ES_API_KEY}" } } },
    ["Put the secret of elasticsearch into the variable ES_API_KEY.", "has fields of an event"],
  ],
  [
    "Logstash",
    "logstash.conf",
    `# pipeline
input { beats { port => 5044 } }
filter { if [a] == "x" { mutate { add_field => { "b" => "c" } } } }
output {
  stdout { codec => rubydebug }
  if [type] == "audit" {
    elasticsearch {
      hosts => ["https://es.example:9200"]
      index => "audit-%{+YYYY.MM.dd}"
      user => "elastic"
      password => 's3cret'
      cacert => "/etc/ca.pem"
    }
  } else {
    mongodb { uri => "mongodb://u:s3cret@mongo.example:27017/?tls=true" database => "db" collection => "audits" }
  }
  http { url => "https://splunk.example:8088/services/collector" headers => { "Authorization" => "Splunk s3cret" } }
  file { path => "/var/audit/%{+YYYY-MM-dd}.json" }
}
`,
    {
      esstore: {
        params: {
          node: "https://es.example:9200",
          index: "audit-%Y.%m.%d",
          username: "elastic",
          password: "${ES_PASSWORD}",
          tls: { ca: "/etc/ca.pem" },
        },
      },
      mongodbstore: {
        params: {
          uri: "mongodb://mongo.example:27017/?tls=true",
          db: "db",
          collection: "audits",
          username: "u",
          password: "${MONGODB_PASSWORD}",
        },
      },
      splunkhecstore: {
        params: { uri: "https://splunk.example:8088/services/collector", token: "${SPLUNK_HEC_TOKEN}" },
      },
      filestore: { params: { path: "/var/audit", format: "ndjson" } },
    },
    ["No store here does what stdout does."],
  ],
  [
    "Vector",
    "vector.yaml",
    `sources: { in: { type: stdin } }
sinks:
  search:
    type: elasticsearch
    inputs: [in]
    endpoints: ["http://es.example:9200"]
    bulk: { index: "vector-%Y.%m.%d" }
    auth: { strategy: basic, user: "\${U:-elastic}", password: "s3cret" }
  hec:
    type: splunk_hec_logs
    inputs: [in]
    endpoint: https://splunk.example:8088
    default_token: "\${HEC_TOKEN}"
    index: main
    tls: { verify_certificate: false }
`,
    {
      esstore: {
        params: {
          node: "http://es.example:9200",
          index: "vector-%Y.%m.%d",
          username: "elastic",
          password: "${ES_PASSWORD}",
        },
      },
      splunkhecstore: {
        params: {
          uri: "https://splunk.example:8088",
          token: "${HEC_TOKEN}",
          index: "main",
          tls: { verify: false },
        },
      },
    },
    ["username: ${U:-elastic}"],
  ],
  [
    "Vector",
    "vector.toml",
    `[sources.in]
type = "stdin"

[sinks.a]
type = "elasticsearch"
endpoints = ["http://one:9200", "http://two:9200"]
[sinks.a.auth]
user = "elastic"
password = "\${ES_PWD}"

[sinks.b]
type = "elasticsearch"
endpoint = "http://three:9200"
`,
    {
      esstore: {
        params: { nodes: ["http://one:9200", "http://two:9200"], username: "elastic", password: "${ES_PWD}" },
      },
      "esstore-2": { params: { node: "http://three:9200" } },
    },
    [],
  ],
  [
    "Fluent Bit",
    "fluent-bit.yaml",
    `service: { flush: 1 }
pipeline:
  inputs: [{ name: tail, path: /x }]
  outputs:
    - name: es
      match: "*"
      host: es.example
      index: fluent
      http_user: elastic
      http_passwd: s3cret
      tls: on
      tls.verify: off
    - { name: null }
`,
    {
      esstore: {
        params: {
          node: "https://es.example:9200",
          index: "fluent",
          username: "elastic",
          password: "${ES_PASSWORD}",
          tls: { verify: false },
        },
      },
    },
    [],
  ],
  [
    "Fluent Bit",
    "fluent-bit.conf",
    `[SERVICE]
    Flush 1
[INPUT]
    Name tail
[OUTPUT]
    Name  splunk
    Match *
    Host  splunk.example
    Splunk_Token  s3cret
    Event_Index   main
    TLS   On
`,
    {
      splunkhecstore: {
        params: { uri: "https://splunk.example:8088", token: "${SPLUNK_HEC_TOKEN}", index: "main" },
      },
    },
    ["Put the secret of splunk into the variable SPLUNK_HEC_TOKEN."],
  ],
];

describe("a configuration of another program is answered with the entry that it would be here", () => {
  test.each(CONFIGS)("%s: %s", async (program, file, text, plugins, parts) => {
    using sandbox = new Sandbox();
    sandbox.file(file, text);
    const { code, stdout, stderr } = await sandbox.run(["write", "-c", file, "-"], "{}");
    expect([code, stdout]).toEqual([78, ""]);
    expect(stderr).toMatch(
      new RegExp(`^\\S*${file}:\\d+:1  This is a configuration of ${program}, not of cloudmarker\\.\n`, "u"),
    );
    for (const part of parts) expect(stderr).toContain(part);
    expect(stderr).not.toContain("s3cret");

    // It is copied, and taken as it is.
    const yaml = stderr.slice(stderr.indexOf("  plugins:"), stderr.indexOf("- default\n") + 10);
    sandbox.file("cloudmarker.yaml", yaml);
    const names = ["ES_PWD", "ES_PASSWORD", "ES_API_KEY", "MONGODB_PASSWORD", "SPLUNK_HEC_TOKEN", "HEC_TOKEN"];
    const checked = await sandbox.run(["config", "--json"], "", Object.fromEntries(names.map((name) => [name, "x"])));
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ config: { plugins } });
  });
});

test("a file of many empty lines takes no time", async () => {
  using sandbox = new Sandbox();
  sandbox.file("empty.yaml", `${" \n".repeat(400_000)}run: [default]\n`);
  expect(await sandbox.run(["check", "-c", "empty.yaml"])).toMatchObject({ code: 0 });
});

test("a file that the search finds is recognised as well", async () => {
  using sandbox = new Sandbox();
  sandbox.file("cloudmarker.yaml", "output.elasticsearch: { hosts: [localhost] }\n");
  const { code, stderr } = await sandbox.run(["write", "-"], "{}");
  expect([code, stderr]).toEqual([
    78,
    expect.stringContaining("cloudmarker.yaml:1:1  This is a configuration of Filebeat"),
  ]);
});

test("what has no output for a store of ours says so", async () => {
  using sandbox = new Sandbox();
  sandbox.file("filebeat.yml", "filebeat.inputs: []\noutput.kafka: { hosts: [a] }\n");
  const { code, stderr } = await sandbox.run(["check", "-c", "filebeat.yml"]);
  expect([code, stderr]).toEqual([
    78,
    expect.stringMatching(
      /^\S*filebeat.yml:2:1  This is a configuration of Filebeat, not of cloudmarker\.\n  No store here does what kafka does\.\n  cloudmarker init asks for a store/u,
    ),
  ]);
});

test("a file of ours that another program shares is not taken for one", async () => {
  using sandbox = new Sandbox();
  sandbox.file("shared.yaml", "pipeline: { inputs: [] }\nplugins: { filestore: { params: { path: ./out } } }\n");
  expect(await sandbox.run(["check", "-c", "shared.yaml"])).toMatchObject({ code: 0 });
});

test("a broken file of ours is not taken for one", async () => {
  using sandbox = new Sandbox();
  sandbox.file("broken.yaml", "plugins: [\n");
  const { code, stderr } = await sandbox.run(["check", "-c", "broken.yaml"]);
  expect([code, stderr]).toEqual([78, expect.stringContaining("broken.yaml:")]);
  expect(stderr).not.toContain("configuration of");
});
