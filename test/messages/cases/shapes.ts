import { type MistakeCase, storeFile, topFile } from "../score.ts";

/** The right words in the wrong form. */
export const SHAPES: readonly MistakeCase[] = [
  {
    name: "params as a list",
    yaml: `plugins:
  it:
    plugin: filestore
    params:
      ▸- path: ./out
audits: { a: { stores: [it] } }
`,
    says: [["type", "path: …", "without"]],
  },
  {
    name: "params as a list with mistakes in it",
    yaml: `plugins:
  it:
    plugin: filestore
    params:
      ▸- ▸pth: ./out
      - format: ▸jsno
audits: { a: { stores: [it] } }
`,
    says: [
      ["type", "without"],
      ["unknown_key", '"path"'],
      ["enum", '"json"'],
    ],
  },
  {
    name: "params as a text",
    yaml: `plugins:
  it:
    plugin: filestore
    params: ▸path=./out
audits: { a: { stores: [it] } }
`,
    says: [["type", "path: …"]],
  },
  {
    name: "plugins as a list",
    yaml: `plugins:
  ▸- plugin: filestore
    params: { path: ./out }
audits: { a: { stores: [filestore] } }
`,
    says: [["type", "filestore:", "plugin: filestore"]],
  },
  {
    name: "plugins as a list of names",
    yaml: `plugins: ▸[esstore]
audits: { a: { stores: [esstore] } }
`,
    says: [["type", "plugins: { esstore: { plugin: esstore } }"]],
  },
  {
    name: "a plugin as a name",
    yaml: `plugins: { archive: ▸filestore }
audits: { a: { stores: [archive] } }
`,
    says: [["type", "archive: { plugin: filestore }"]],
  },
  {
    name: "stores under the plugin",
    yaml: `plugins:
  it:
    plugin: filestore
    ▸stores: [it]
audits: { a: { stores: [it] } }
`,
    says: [["unknown_key", "audits"]],
  },
  {
    name: "stores at the top",
    yaml: `plugins: { it: { plugin: filestore } }
▸stores: [it]
`,
    says: [["unknown_key", "audits: { nightly: { stores: [it] } }"]],
  },
  {
    name: "plugin:filestore without a blank",
    yaml: `plugins:
  archive:
    ▸plugin:filestore
    params: { path: ./out }
audits: { a: { stores: [archive] } }
`,
    says: [["CONFIG_UNREADABLE", "blank", "plugin: filestore"]],
  },
  {
    name: "path:./out without a blank, the only line",
    yaml: `plugins:
  archive:
    plugin: filestore
    params:
      ▸path:./out
audits: { a: { stores: [archive] } }
`,
    says: [["type", "blank", "path: "]],
  },
  {
    name: "{plugin:filestore} without a blank",
    yaml: `plugins: { archive: { ▸plugin:filestore } }
audits: { a: { stores: [archive] } }
`,
    says: [["required", "blank", "plugin: filestore"]],
  },
  {
    name: "plugin = filestore",
    yaml: `plugins:
  archive:
    ▸plugin = filestore
audits: { a: { stores: [archive] } }
`,
    says: [["type", "plugin: filestore"]],
  },
  {
    name: "a line that is indented too little",
    yaml: `plugins:
  it:
    plugin: filestore
   ▸params: { path: ./out }
audits: { a: { stores: [it] } }
`,
    says: [["CONFIG_UNREADABLE", "blanks", "line above"]],
  },
  {
    name: "a line that is indented too much",
    yaml: `plugins:
  it:
    plugin: filestore
      ▸params: { path: ./out }
audits: { a: { stores: [it] } }
`,
    says: [["CONFIG_UNREADABLE", "blanks"]],
  },
  {
    name: "a tab",
    yaml: "plugins:\n▸\tit: { plugin: filestore }\n",
    says: [["CONFIG_UNREADABLE", "tab", "spaces"]],
  },
  {
    name: "params on the level of the key",
    yaml: `plugins:
  it:
    plugin: filestore
  ▸params:
    path: ./out
audits: { a: { stores: [it] } }
`,
    says: [["required", "indent"]],
  },
  {
    name: "audits as a list",
    yaml: `plugins: { it: { plugin: filestore } }
audits:
  ▸- nightly
`,
    says: [["type", "nightly: { stores: [it] }"]],
  },
  {
    name: "an audit as a list of stores",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { nightly: ▸[it] }
`,
    says: [["type", "nightly: { stores: [it] }"]],
  },
  {
    name: "an audit as a list of stores, one of them misspelt",
    yaml: `plugins: { archive: { plugin: filestore } }
audits: { nightly: ▸[▸archve] }
`,
    says: [
      ["type", "nightly: { stores: [archve] }"],
      ["undefined_plugin", '"archive"'],
    ],
  },
  {
    name: "stores as a text",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { nightly: { stores: ▸it } }
`,
    says: [["type", "[it]"]],
  },
  {
    name: "stores as a text with commas",
    yaml: `plugins: { a: { plugin: filestore }, b: { plugin: esstore } }
audits: { nightly: { stores: ▸"a, b" } }
`,
    says: [["type", "[a, b]"]],
  },
  {
    name: "stores as a map",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { nightly: { ▸stores: { it: {} } } }
`,
    says: [["type", "[it]"]],
  },
  {
    name: "an audit without stores",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { nightly: { ▸stores: [] } }
`,
    says: [["required", "stores: [it]"]],
  },
  {
    name: "run as a text",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { nightly: { stores: [it] } }
run: ▸nightly
`,
    says: [["type", "[nightly]"]],
  },
  {
    name: "the keys of a store at the top",
    yaml: `▸plugin: filestore
▸params: { path: ./out }
`,
    says: [
      ["unknown_key", "plugins: { filestore: { plugin: filestore"],
      ["unknown_key", "plugins"],
    ],
  },
  {
    name: "delivery among params",
    yaml: storeFile("filestore", "path: ./out", "▸delivery: { timeout: 60s }"),
    says: [["unknown_key", "beside params"]],
  },
  {
    name: "delivery as a list",
    yaml: topFile("delivery:", "  ▸- timeout: 60s"),
    says: [["type", "timeout: …", "without"]],
  },
  {
    name: "headers as a list",
    yaml: storeFile("esstore", "node: https://es.example:9200", "headers: [▸'X-A: b']").replace(
      "headers: [▸",
      "▸headers: [",
    ),
    says: [["type", "an object"]],
  },
  {
    name: "nodes as a text",
    yaml: storeFile("esstore", "nodes: ▸https://a.example:9200"),
    says: [["type", "[https://a.example:9200]"]],
  },
  {
    name: "fields as a list",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: t", "▸fields: [severity]"),
    says: [["type", "JSON pointers"]],
  },
  {
    name: "a JSON pointer without its slash",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: t", "fields: { severity: ▸raw.Severity }"),
    says: [["pattern", "JSON pointer"]],
  },
  {
    name: "id without its slash",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { nightly: { stores: [it], id: ▸raw.uid } }
`,
    says: [["type", "begins with /", "/raw/uid"]],
  },
  { name: "a list", yaml: "▸- plugin: filestore\n", says: [["CONFIG_UNREADABLE", "map", "plugins:"]] },
  { name: "one word", yaml: "▸filestore\n", says: [["CONFIG_UNREADABLE", "plugins:"]] },
  { name: "nothing", yaml: "▸# nothing yet\n", says: [["CONFIG_UNREADABLE", "write a configuration"]] },
  {
    name: "two documents",
    yaml: "plugins: { it: { plugin: filestore } }\n▸---\naudits: { a: { stores: [it] } }\n",
    says: [["CONFIG_UNREADABLE", '"---"']],
  },
  {
    name: "a key twice",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { a: { stores: [it] } }
▸plugins: { other: { plugin: filestore } }
`,
    says: [["duplicate_key", "line 1", "Keep one"]],
  },
  {
    name: "a bracket that does not end",
    yaml: `plugins: { it: { plugin: filestore } }
audits: { a: { stores: [it ▸} }
`,
    says: [["CONFIG_UNREADABLE", "]"]],
  },
  {
    name: "${…} in braces without quotes",
    yaml: `plugins: { it: { plugin: filestore, params: { path: ▸${"${OUT}"} } } }
audits: { a: { stores: [it] } }
`,
    says: [["CONFIG_UNREADABLE", "in quotes"]],
  },
];

/** The configuration of another program. */
export const FOREIGN_FILES: readonly MistakeCase[] = [
  {
    name: "Vector",
    yaml: `sources: { in: { type: stdin } }
▸sinks:
  out:
    type: splunk_hec_logs
    inputs: [in]
    endpoint: https://s.example:8088
    default_token: "\${TOKEN}"
`,
    says: [["CONFIG_FOREIGN", "Vector", "plugin: splunkhecstore"]],
  },
  {
    name: "Filebeat",
    yaml: `filebeat.inputs: [{ type: stdin }]
▸output.elasticsearch:
  hosts: ["https://es.example:9200"]
  username: elastic
  index: audit
`,
    says: [["CONFIG_FOREIGN", "Filebeat", "plugin: esstore"]],
  },
  {
    name: "the OpenTelemetry collector",
    yaml: `receivers: { otlp: {} }
▸exporters:
  splunk_hec:
    endpoint: https://s.example:8088
    token: abc
service: { pipelines: { logs: { receivers: [otlp], exporters: [splunk_hec] } } }
`,
    says: [["CONFIG_FOREIGN", "OpenTelemetry", "plugin: splunkhecstore"]],
  },
  {
    name: "Fluent Bit",
    yaml: `▸pipeline:
  inputs: [{ name: stdin }]
  outputs:
    - name: es
      host: es.example
      port: 9200
      index: audit
`,
    says: [["CONFIG_FOREIGN", "Fluent Bit", "plugin: esstore"]],
  },
  {
    name: "Logstash",
    yaml: `▸input { stdin {} }
output {
  elasticsearch {
    hosts => ["https://es.example:9200"]
  }
}
`,
    says: [["CONFIG_FOREIGN", "Logstash", "plugin: esstore"]],
  },
  {
    name: "Fluent Bit, classic",
    yaml: `▸[OUTPUT]
    Name  splunk
    Host  s.example
    Port  8088
`,
    says: [["CONFIG_FOREIGN", "Fluent Bit", "plugin: splunkhecstore"]],
  },
  {
    name: "Vector in TOML",
    yaml: `▸[sinks.out]
type = "elasticsearch"
inputs = ["in"]
endpoints = ["https://es.example:9200"]
`,
    says: [["CONFIG_FOREIGN", "Vector", "plugin: esstore"]],
  },
  {
    name: "sinks as well as plugins",
    yaml: topFile("▸sinks: { out: { type: file } }"),
    says: [["warning", "left alone"]],
  },
];
