import { type MistakeCase, storeFile, topFile } from "../score.ts";

/** Numbers without a unit, which are milliseconds here and seconds elsewhere. */
export const UNITS: readonly MistakeCase[] = [
  {
    name: "timeout: 60 of a delivery",
    yaml: topFile("delivery: { timeout: ▸60 }"),
    says: [["unit", "60 ms", "60s"]],
  },
  {
    name: "deadline: 120 of a store",
    yaml: `plugins:
  it:
    plugin: filestore
    delivery:
      deadline: ▸120
audits: { nightly: { stores: [it] } }
`,
    says: [["unit", "120 ms", "120s"]],
  },
  {
    name: "retry: { min: 1, max: 30 }",
    yaml: topFile("delivery: { retry: { min: ▸1, max: ▸30 } }"),
    says: [
      ["unit", "1 ms", "1s"],
      ["unit", "30 ms", "30s"],
    ],
  },
  { name: "batch.age: 5", yaml: topFile("delivery: { batch: { age: ▸5 } }"), says: [["unit", "5 ms", "5s"]] },
  { name: "spool.commit: 2", yaml: topFile("spool: { commit: ▸2 }"), says: [["unit", "2 ms", "2s"]] },
  { name: "state.keep: 90", yaml: topFile("state: { keep: ▸90 }"), says: [["unit", "90 ms", "90d"]] },
  {
    name: "timeout from a variable",
    yaml: topFile('delivery: { timeout: ▸"${WAIT}" }'),
    env: { WAIT: "60" },
    says: [["unit", "60 ms", "60s"]],
  },
  {
    name: "request_timeout: 30 of esstore",
    yaml: storeFile("esstore", "node: https://es.example:9200", "request_timeout: ▸30"),
    says: [["unit", "30 ms", "30s"]],
  },
  {
    name: "request_timeout: 10 of splunkhecstore",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", "request_timeout: ▸10"),
    says: [["unit", "10 ms", "10s"]],
  },
  {
    name: "ack_timeout: 45",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", "ack_timeout: ▸45"),
    says: [["unit", "45 ms", "45s"]],
  },
  {
    name: "three timeouts of mongodbstore",
    yaml: storeFile(
      "mongodbstore",
      "connect_timeout: ▸5",
      "socket_timeout: ▸20",
      "server_selection_timeout: ▸3",
      "write_concern: { timeout: ▸15 }",
    ),
    says: [
      ["unit", "5s"],
      ["unit", "20s"],
      ["unit", "3s"],
      ["unit", "15s"],
    ],
  },
  {
    name: "timeout: 1 minute",
    yaml: topFile("delivery: { timeout: ▸1 minute }"),
    says: [["type", "5m", "1 minute"]],
  },
  { name: "timeout: 00:01:00", yaml: topFile('delivery: { timeout: ▸"00:01:00" }'), says: [["type", "5m"]] },
  { name: "timeout: PT60S", yaml: topFile("delivery: { timeout: ▸PT60S }"), says: [["type", "60s"]] },
  { name: "timeout: -1", yaml: topFile("delivery: { timeout: ▸-1 }"), says: [["type", "60s"]] },
  {
    name: "bytes with a Kubernetes unit",
    yaml: topFile("delivery: { batch: { bytes: ▸5Mi } }"),
    says: [["type", "5MB"]],
  },
  { name: "max_bytes: lots", yaml: topFile("spool: { max_bytes: ▸lots }"), says: [["type", "500MB"]] },
  {
    name: "buffer_size: 2MB of esstore",
    yaml: storeFile("esstore", "node: https://es.example:9200", "buffer_size: ▸2MB"),
    says: [["type", "an integer", "Bytes"]],
  },
  {
    name: "request_timeout: half a minute",
    yaml: storeFile("esstore", "node: https://es.example:9200", "request_timeout: ▸half a minute"),
    says: [["type", "30s"]],
  },
  {
    name: "retry.min above retry.max",
    yaml: topFile("delivery: { retry: { min: ▸60s, max: 5s } }"),
    says: [["range", "longer than its max"]],
  },
];

/** Variables and patterns of other programs, which would be taken literally. */
export const LITERALS: readonly MistakeCase[] = [
  {
    name: "password: $ES_PASSWORD",
    yaml: storeFile("esstore", "node: https://es.example:9200", "username: u", "password: ▸$ES_PASSWORD"),
    says: [["warning", "${NAME}", "literally"]],
  },
  {
    name: "token: $SPLUNK_TOKEN in quotes",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", 'token: ▸"$SPLUNK_TOKEN"'),
    says: [["warning", "${NAME}"]],
  },
  {
    name: "index: $INDEX",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", "index: ▸$INDEX"),
    says: [["warning", "${INDEX}"]],
  },
  {
    name: "api_key: $(cat key)",
    yaml: storeFile("esstore", "node: https://es.example:9200", "api_key: ▸$(cat key)"),
    says: [["invalid", "${NAME}", "base64"]],
  },
  {
    name: "password: $(pass es)",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸$(pass es)"),
    says: [["warning", "${file:"]],
  },
  {
    name: "token: {{ env.TOKEN }}",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", 'token: ▸"{{ env.TOKEN }}"'),
    says: [["invalid", "${NAME}"]],
  },
  {
    name: "password: {{ vault_password }}",
    yaml: storeFile("mongodbstore", "username: u", 'password: ▸"{{ vault_password }}"'),
    says: [["warning", "${NAME}"]],
  },
  {
    name: "password: %ES_PASSWORD%",
    yaml: storeFile("mongodbstore", "username: u", 'password: ▸"%MONGO_PASSWORD%"'),
    says: [["warning", "${NAME}"]],
  },
  {
    name: "password: !vault",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸!vault abc"),
    says: [["yaml_tag", "quote"]],
  },
  {
    name: "node: $ES_URL",
    yaml: storeFile("esstore", "node: ▸$ES_URL"),
    says: [["invalid", "${ES_URL}"]],
  },
  {
    name: "uri: {{ splunk_url }}",
    yaml: storeFile("splunkhecstore", 'uri: ▸"{{ splunk_url }}"', "token: abc"),
    says: [["invalid", "${NAME}"]],
  },
  { name: "path: $HOME/x", yaml: storeFile("filestore", "path: ▸$HOME/x"), says: [["invalid", "${HOME}/x"]] },
  {
    name: "path: %USERPROFILE%\\x",
    yaml: storeFile("filestore", "path: ▸'%USERPROFILE%\\x'"),
    says: [["invalid", "${USERPROFILE}"]],
  },
  { name: "path: {{ out }}", yaml: storeFile("filestore", 'path: ▸"{{ out }}/x"'), says: [["invalid", "${NAME}"]] },
  { name: "path: ~bob/x", yaml: storeFile("filestore", "path: ▸~bob/x"), says: [["invalid", "/home/"]] },
  { name: "path: s3://bucket/x", yaml: storeFile("filestore", "path: ▸s3://bucket/x"), says: [["invalid", "folder"]] },
  {
    name: "path: https://bucket.example/x",
    yaml: storeFile("filestore", "path: ▸https://bucket.example/x"),
    says: [["invalid", "folder"]],
  },
  {
    name: "path: file:///var/x",
    yaml: storeFile("filestore", "path: ▸file:///var/x"),
    says: [["invalid", "/var/x"]],
  },
  { name: "path: ./out/%Y-%m-%d", yaml: storeFile("filestore", "path: ▸./out/%Y-%m-%d"), says: [["warning", "%Y"]] },
  {
    name: "path: ./out/{com.origin_worker}",
    yaml: storeFile("filestore", 'path: ▸"./out/{com.origin_worker}"'),
    says: [["warning", "placeholder"]],
  },
  ...(process.platform === "win32"
    ? []
    : [
        {
          name: "path: C:\\audit",
          yaml: storeFile("filestore", "path: ▸C:\\audit"),
          says: [["invalid", "/"]],
        } as const,
      ]),
  {
    name: "tls.ca: $HOME/ca.pem",
    yaml: storeFile("esstore", "node: https://es.example:9200", "tls: { ca: ▸$HOME/ca.pem }"),
    says: [["invalid", "${HOME}/ca.pem"]],
  },
  {
    name: "state_dir: $HOME/state",
    yaml: topFile("state_dir: ▸$HOME/state"),
    says: [["path", "${HOME}/state"]],
  },
  { name: "state_dir: ~bob/state", yaml: topFile("state_dir: ▸~bob/state"), says: [["path", "/home/"]] },
  {
    name: "${VAR:default} of Logstash",
    yaml: storeFile("filestore", 'path: ▸"${OUT:./out}"'),
    says: [["interpolation_syntax", ":-default"]],
  },
  {
    name: "a variable that is not set",
    yaml: storeFile("filestore", 'path: ▸"${OUT_FOLDER}"'),
    says: [["unset_variable", "OUT_FOLDER", ":-default"]],
  },
  {
    name: "a variable that is spelt nearly right",
    yaml: storeFile("filestore", 'path: ▸"${OUT_FOLDR}"'),
    env: { OUT_FOLDER: "x" },
    says: [["unset_variable", 'Did you mean "OUT_FOLDER"?']],
  },
  {
    name: "a ${ that does not end",
    yaml: storeFile("filestore", 'path: ▸"${OUT"'),
    says: [["interpolation_syntax", "Close it"]],
  },
  {
    name: "${env:NAME}",
    yaml: storeFile("filestore", 'path: ▸"${env:OUT}"'),
    says: [["interpolation_syntax", "${NAME}"]],
  },
  {
    name: "${file:…} of a missing file",
    yaml: storeFile("filestore", 'path: ▸"${file:./secret}"'),
    says: [["unreadable_file", "secret", "no such file"]],
  },
  {
    name: "a masked secret, copied from `cloudmarker config`",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", 'token: ▸"********"'),
    says: [["masked", "${NAME}"]],
  },
];

/** Text that YAML reads as something else, and the reverse. */
export const YAML_VALUES: readonly MistakeCase[] = [
  {
    name: "a password that is cut at #",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸abc #def"),
    says: [["warning", "quotes", "#"]],
  },
  ...["@abc", "%abc", "`abc", "|abc", ">abc"].map((text): MistakeCase => ({
    name: `a password that begins with ${text[0]}`,
    yaml: storeFile("mongodbstore", "username: u", `password: ▸${text}`),
    says: [["CONFIG_UNREADABLE", "quotes"]],
  })),
  {
    name: "a password that begins with !",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸!abc"),
    says: [["yaml_tag", "quote"]],
  },
  {
    name: "a password that begins with *",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸*abc"),
    says: [["CONFIG_UNREADABLE", "quote"]],
  },
  {
    name: "a password that begins with &",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸&abc"),
    says: [["CONFIG_UNREADABLE", "quote"]],
  },
  {
    name: "a password in typographic quotes",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸“hunter2”"),
    says: [["warning", "“", '"']],
  },
  {
    name: "a path in typographic quotes",
    yaml: storeFile("filestore", "path: ▸‘./out’"),
    says: [["warning", "‘", '"']],
  },
  {
    name: "a password with a colon and a blank",
    yaml: storeFile("mongodbstore", "username: u", "password: ▸ab: cd"),
    says: [["CONFIG_UNREADABLE", "quotes"]],
  },
  {
    name: "a double-quoted Windows path",
    yaml: storeFile("filestore", 'path: "C:▸\\data"'),
    says: [["CONFIG_UNREADABLE", "single quotes"]],
  },
  {
    name: "an empty password",
    yaml: storeFile("esstore", "node: https://es.example:9200", "username: u", "▸password:"),
    says: [["type", "empty", "${NAME}"]],
  },
  {
    name: "an empty token",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", 'token: ▸""'),
    says: [["min_length", "must not be empty"]],
  },
  ...["no", "off", "False", "yes", "true"].map((word): MistakeCase => ({
    name: `gzip: "${word}"`,
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", `gzip: ▸"${word}"`),
    says: [["type", `write ${/^[yt]/u.test(word) ? "true" : "false"} without quotes`]],
  })),
  {
    name: 'ca_cert: "False"',
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", 'ca_cert: ▸"False"'),
    says: [["invalid", "write false"]],
  },
  {
    name: "ca_cert: no",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", "ca_cert: ▸no"),
    says: [["invalid", "write false"]],
  },
  { name: "markers: yes", yaml: topFile("markers: ▸yes"), says: [["type", "write true"]] },
  { name: "markers: off", yaml: topFile("markers: ▸off"), says: [["type", "write false"]] },
  { name: 'markers: "true"', yaml: topFile('markers: ▸"true"'), says: [["type", "write true without quotes"]] },
  { name: "delivery.ordered: no", yaml: topFile("delivery: { ordered: ▸no }"), says: [["type", "write false"]] },
  { name: "delivery.spool: off", yaml: topFile("delivery: { spool: ▸off }"), says: [["type", "write false"]] },
  { name: "state_dir_unsafe: Yes", yaml: topFile("state_dir_unsafe: ▸Yes"), says: [["type", "write true"]] },
  {
    name: "gzip: 1",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", "gzip: ▸1"),
    says: [["type", "true or false"]],
  },
  {
    name: "concurrency: two",
    yaml: topFile("delivery: { concurrency: ▸two }"),
    says: [["type", "a whole number"]],
  },
  {
    name: "port: nine",
    yaml: storeFile("esstore", "host: es.example", "port: ▸nine"),
    says: [["type", "an integer", "Port"]],
  },
  {
    name: "port: 92000",
    yaml: storeFile("esstore", "host: es.example", "port: ▸92000"),
    says: [["maximum", "at most 65535"]],
  },
  {
    name: "mistakes of the schema and beyond it at once",
    yaml: storeFile("filestore", "path: ▸$HOME/x", "format: ▸jsno", "wrte_mode: append").replace("wrte", "▸wrte"),
    says: [
      ["invalid", "${HOME}/x"],
      ["enum", '"json"'],
      ["unknown_key", '"write_mode"'],
    ],
  },
  {
    name: "a misspelt password is not missing as well",
    yaml: storeFile("esstore", "node: https://es.example:9200", "username: u", "▸pasword: p"),
    says: [["unknown_key", '"password"']],
  },
  {
    name: "mode: 9999",
    yaml: storeFile("filestore", "path: ./out", "mode: ▸9999"),
    says: [["pattern", "0640"]],
  },
  {
    name: "format: jsonl",
    yaml: storeFile("filestore", "path: ./out", "format: ▸jsonl"),
    says: [["enum", "ndjson"]],
  },
  {
    name: "compress: gz and write_mode: overwrite",
    yaml: storeFile("filestore", "path: ./out", "compress: ▸gz", "write_mode: ▸overwrite"),
    says: [
      ["enum", "gzip"],
      ["enum", "replace"],
    ],
  },
];
