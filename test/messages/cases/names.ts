import { type MistakeCase, storeFile } from "../score.ts";

const STORES = { es: "esstore", mongo: "mongodbstore", splunk: "splunkhecstore", file: "filestore" };

/** Names of other programs, or of no program, as `plugin`. */
export const PLUGINS: readonly MistakeCase[] = [
  ...Object.entries({
    elasticsearch: STORES.es,
    elastic: STORES.es,
    opensearch: STORES.es,
    es: STORES.es,
    mongodb: STORES.mongo,
    mongo: STORES.mongo,
    splunk: STORES.splunk,
    splunk_hec: STORES.splunk,
    hec: STORES.splunk,
    file: STORES.file,
    json: STORES.file,
    "cloudmarker-store-elasticsearch": STORES.es,
    "@cloudmarker/mongodb": STORES.mongo,
  }).map(([name, store]): MistakeCase => ({
    name,
    yaml: `plugins: { it: { plugin: ▸"${name}" } }\naudits: { a: { stores: [it] } }\n`,
    says: [["PLUGIN_NOT_FOUND", `"${store}"`, /^(?!.*(?:npm install|pnpm add|yarn add))/su]],
  })),
  ...["esstor", "fielstore", "mongodbstor", "splunkhecstor"].map((name): MistakeCase => ({
    name,
    yaml: `plugins: { it: { plugin: ▸${name} } }\naudits: { a: { stores: [it] } }\n`,
    says: [["PLUGIN_NOT_FOUND", "Did you mean", /^(?!.*(?:npm install|pnpm add|yarn add))/su]],
  })),
  {
    name: "EsStore",
    yaml: "plugins: { it: { plugin: ▸EsStore } }\naudits: { a: { stores: [it] } }\n",
    says: [["PLUGIN_NAME_INVALID", '"esstore"']],
  },
  {
    name: "a store that nobody has published",
    yaml: "plugins: { it: { plugin: ▸kafka } }\naudits: { a: { stores: [it] } }\n",
    says: [["PLUGIN_NOT_FOUND", "filestore, esstore", "--search kafka", /^(?!.*npm install)/su]],
  },
  {
    name: "my-store.ts",
    yaml: "plugins: { it: { plugin: ▸my-store.ts } }\naudits: { a: { stores: [it] } }\n",
    files: { "my-store.ts": "" },
    says: [["PLUGIN_NOT_FOUND", "./my-store.ts", /^(?!.*npm install)/su]],
  },
  {
    name: "stores/my-store.js",
    yaml: "plugins: { it: { plugin: ▸stores/my-store.js } }\naudits: { a: { stores: [it] } }\n",
    files: { "stores/my-store.js": "" },
    says: [["PLUGIN_NOT_FOUND", "./stores/my-store.js", /^(?!.*npm install)/su]],
  },
  {
    name: "~/my-store.js",
    yaml: "plugins: { it: { plugin: ▸~/my-store.js } }\naudits: { a: { stores: [it] } }\n",
    says: [["PLUGIN_NAME_INVALID", "whole path"]],
  },
  {
    name: "./my-store without its ending",
    yaml: "plugins: { it: { plugin: ▸./my-store } }\naudits: { a: { stores: [it] } }\n",
    files: { "my-store.ts": "" },
    says: [["PLUGIN_NOT_FOUND", "./my-store.ts"]],
  },
  {
    name: "a URL",
    yaml: "plugins: { it: { plugin: ▸https://github.com/a/b } }\naudits: { a: { stores: [it] } }\n",
    says: [["PLUGIN_NAME_INVALID", "Install the package"]],
  },
  {
    name: "a name with a version",
    yaml: 'plugins: { it: { plugin: ▸"filestore@1.2.0" } }\naudits: { a: { stores: [it] } }\n',
    says: [["PLUGIN_NAME_INVALID", "Leave out the version"]],
  },
  {
    name: "a class of the predecessor that is no store",
    yaml: "plugins: { it: { plugin: cloudmarker.clouds.azure.AzCloud } }\naudits: { a: { stores: [▸it] } }\n",
    says: [["not_a_store", "Name a store"]],
  },
  {
    name: "a store that the audit misspells",
    yaml: `plugins: { archive: { plugin: filestore } }\naudits: { a: { stores: [▸archve] } }\n`,
    says: [["undefined_plugin", 'Did you mean "archive"?']],
  },
  {
    name: "an audit that names the plugin in place of its key",
    yaml: `plugins: { archive: { plugin: esstore } }\naudits: { a: { stores: [▸esstore] } }\n`,
    says: [["warning", "archive", "base configuration"]],
  },
  {
    name: "a run of an audit that is not there",
    yaml: `${"plugins: { it: { plugin: filestore } }\naudits: { nightly: { stores: [it] } }\n"}run: [▸nightl]\n`,
    says: [["undefined_audit", 'Did you mean "nightly"?']],
  },
  {
    name: "no plugin at all",
    yaml: `plugins:\n  ▸it:\n    params: { path: ./out }\naudits: { a: { stores: [it] } }\n`,
    says: [["required", "plugin: filestore"]],
  },
  {
    name: "type in place of plugin",
    yaml: `plugins:\n  it:\n    ▸type: filestore\naudits: { a: { stores: [it] } }\n`,
    says: [["required", '"plugin"', "type"]],
  },
];

/** Keys of other programs. */
export const FOREIGN_KEYS: readonly MistakeCase[] = [
  ...(
    [
      ["esstore", "hosts: [https://es.example:9200]", "nodes"],
      ["esstore", "endpoint: https://es.example:9200", "node"],
      ["esstore", "endpoints: [https://es.example:9200]", "nodes"],
      ["esstore", "url: https://es.example:9200", "node"],
      ["esstore", "user: elastic", "username"],
      ["esstore", "pass: x", "password"],
      ["esstore", "apikey: YWJj", "api_key"],
      ["esstore", "cacert: ./ca.pem", "tls.ca"],
      ["esstore", "ca_cert: ./ca.pem", "tls.ca"],
      ["esstore", "ssl_certificate_verification: false", "tls.verify"],
      ["esstore", "verify_certs: false", "tls.verify"],
      ["esstore", "compression_level: 3", "compression"],
      ["esstore", "timeout: 60", "delivery.timeout"],
      ["esstore", "bulk_max_size: 500", "delivery.batch.records"],
      ["splunkhecstore", "hec_token: x", "token"],
      ["splunkhecstore", "default_token: x", "token"],
      ["splunkhecstore", "source_type: json", "sourcetype"],
      ["splunkhecstore", "insecure_skip_verify: true", "tls.verify"],
      ["splunkhecstore", "compression: gzip", "gzip"],
      ["mongodbstore", "database: audit", "db"],
      ["mongodbstore", "url: mongodb://a.example", "uri"],
      ["mongodbstore", "connection_string: mongodb://a.example", "uri"],
      ["mongodbstore", "ssl: true", "use_tls"],
      ["mongodbstore", "authSource: admin", "auth_source"],
      ["mongodbstore", "replicaSet: rs0", "uri"],
      ["filestore", "directory: ./out", "path"],
      ["filestore", "filename: ./out", "path"],
      ["filestore", "compression: gzip", "compress"],
      ["filestore", "file_mode: 0640", "mode"],
    ] as const
  ).map(([plugin, line, ours]): MistakeCase => ({
    name: `${line} of ${plugin}`,
    yaml: storeFile(
      plugin,
      ...(plugin === "splunkhecstore"
        ? ["uri: https://s.example:8088", ...(line.includes("token") ? [] : ["token: t"])]
        : []),
      `▸${line}`,
    ),
    says: [["unknown_key", new RegExp(`Here it is called ${ours}\\b|Did you mean "${ours}"|write ${ours},`, "u")]],
  })),
  {
    name: "endpoint and default_token of Vector: nothing is said to be missing",
    yaml: storeFile("splunkhecstore", "▸endpoint: https://s.example:8088", "▸default_token: x"),
    says: [
      ["unknown_key", "Here it is called uri"],
      ["unknown_key", "Here it is called token"],
    ],
  },
  {
    name: "ssl.verification_mode of Filebeat",
    yaml: storeFile("esstore", "node: https://es.example:9200", "▸ssl.verification_mode: none"),
    says: [["unknown_key", "Here it is called tls.verify"]],
  },
  {
    name: "ssl of Filebeat",
    yaml: storeFile(
      "esstore",
      "node: https://es.example:9200",
      "ssl:",
      "  ▸verification_mode: none",
      "  ▸certificate_authorities: [./ca.pem]",
    ),
    says: [
      ["unknown_key", "Here it is called tls.verify"],
      ["unknown_key", "Here it is called tls.ca"],
    ],
  },
  {
    name: "tls of Vector",
    yaml: storeFile(
      "esstore",
      "node: https://es.example:9200",
      "tls: { ▸ca_file: ./ca.pem, ▸verify_certificate: false }",
    ),
    says: [
      ["unknown_key", "Here it is called tls.ca"],
      ["unknown_key", "Here it is called tls.verify"],
    ],
  },
  {
    name: "batch beside params",
    yaml: `plugins:
  it:
    plugin: filestore
    ▸batch: { records: 10 }
audits: { a: { stores: [it] } }
`,
    says: [["unknown_key", "delivery.batch"]],
  },
  {
    name: "concurrency among params",
    yaml: storeFile("esstore", "node: https://es.example:9200", "▸concurrency: 4"),
    says: [["unknown_key", "delivery.concurrency"]],
  },
  {
    name: "several foreign keys at once",
    yaml: storeFile("esstore", "▸hosts: [https://es.example:9200]", "▸user: u", "▸cacert: ./ca.pem"),
    says: [
      ["unknown_key", "Here it is called nodes"],
      ["unknown_key", "Here it is called username"],
      ["unknown_key", "Here it is called tls.ca"],
    ],
  },
];
