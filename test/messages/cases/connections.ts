import { type MistakeCase, storeFile } from "../score.ts";

/** Params that exclude each other. */
export const BOTH: readonly MistakeCase[] = [
  {
    name: "uri and host of mongodbstore",
    yaml: storeFile("mongodbstore", "uri: ▸mongodb://a.example", "host: ▸b.example"),
    says: [
      ["invalid", "host", "only one"],
      ["invalid", "uri", "only one"],
    ],
  },
  {
    name: "uri and port of mongodbstore",
    yaml: storeFile("mongodbstore", "uri: ▸mongodb://a.example", "port: ▸27018"),
    says: [
      ["invalid", "port", "only one"],
      ["invalid", "uri", "only one"],
    ],
  },
  {
    name: "node and host of esstore",
    yaml: storeFile("esstore", "host: ▸a.example", "node: ▸https://b.example:9200"),
    says: [
      ["invalid", "node", "only one"],
      ["invalid", "host", "only one"],
    ],
  },
  {
    name: "nodes and port of esstore",
    yaml: storeFile("esstore", "nodes: ▸[https://b.example:9200]", "port: ▸9201"),
    says: [
      ["invalid", "port", "only one"],
      ["invalid", "nodes", "only one"],
    ],
  },
  {
    name: "cloud_id and host of esstore",
    yaml: storeFile("esstore", "host: ▸a.example", "cloud_id: ▸x:ZXhhbXBsZS5jb20kYWJjJGRlZg=="),
    says: [
      ["invalid", "cloud_id", "only one"],
      ["invalid", "host", "only one"],
    ],
  },
  {
    name: "username and api_key of esstore",
    yaml: storeFile("esstore", "node: https://b.example:9200", "username: ▸u", "password: p", "api_key: ▸YWJj"),
    says: [
      ["invalid", "api_key", "only one"],
      ["invalid", "username", "only one"],
    ],
  },
  {
    name: "api_key and bearer of esstore",
    yaml: storeFile("esstore", "node: https://b.example:9200", "api_key: ▸YWJj", "bearer: ▸abc"),
    says: [
      ["invalid", "bearer", "only one"],
      ["invalid", "api_key", "only one"],
    ],
  },
  {
    name: "username without password",
    yaml: storeFile("esstore", "node: https://b.example:9200", "username: ▸u"),
    says: [["invalid", "needs password"]],
  },
  {
    name: "password without username of mongodbstore",
    yaml: storeFile("mongodbstore", "password: ▸p"),
    says: [["invalid", "username"]],
  },
  {
    name: "ca_cert and tls.ca of splunkhecstore",
    yaml: storeFile(
      "splunkhecstore",
      "uri: https://s.example:8088",
      "token: abc",
      "ca_cert: ▸./a.pem",
      "tls: { ca: ▸./b.pem }",
    ),
    says: [
      ["invalid", "one or the other"],
      ["invalid", "one or the other"],
    ],
  },
  {
    name: "write_mode: append with format: json",
    yaml: storeFile("filestore", "path: ./out", "write_mode: ▸append"),
    says: [["invalid", "format: ndjson"]],
  },
  {
    name: "tls with plain http",
    yaml: storeFile("esstore", "host: es.example", "tls: { ca: ▸./ca.pem }"),
    says: [["invalid", "https://"]],
  },
];

/** Addresses that are written as another program wants them. */
export const ADDRESSES: readonly MistakeCase[] = [
  {
    name: "node without a scheme",
    yaml: storeFile("esstore", "node: ▸es.example:9200"),
    says: [["invalid", "https://es.example:9200"]],
  },
  {
    name: "uri of splunkhecstore without a scheme",
    yaml: storeFile("splunkhecstore", "uri: ▸s.example:8088", "token: abc"),
    says: [["invalid", "https://s.example:8088"]],
  },
  {
    name: "host with a blank",
    yaml: storeFile("esstore", "host: ▸es example"),
    says: [["invalid", "host", "blank"]],
  },
  {
    name: "host with a path",
    yaml: storeFile("esstore", "host: ▸es.example/elastic"),
    says: [["invalid", "node: "]],
  },
  {
    name: "host with another port than port",
    yaml: storeFile("esstore", "host: ▸es.example:9201", "port: 9200"),
    says: [["invalid", "port"]],
  },
  {
    name: "host with several hosts",
    yaml: storeFile("esstore", "host: ▸a.example,b.example"),
    says: [["invalid", "nodes"]],
  },
  {
    name: "credentials in node",
    yaml: storeFile("esstore", "node: ▸https://u:p@es.example:9200"),
    says: [["invalid", "params of their own"]],
  },
  {
    name: "credentials in uri of mongodbstore",
    yaml: storeFile("mongodbstore", "uri: ▸mongodb://u:p@a.example"),
    says: [["invalid", "params of their own"]],
  },
  {
    name: "uri of mongodbstore with another scheme",
    yaml: storeFile("mongodbstore", "uri: ▸http://a.example:27017"),
    says: [["invalid", "mongodb://"]],
  },
  {
    name: "host of mongodbstore with a blank",
    yaml: storeFile("mongodbstore", "host: ▸a example"),
    says: [["invalid", "name or an address"]],
  },
  {
    name: "uri of the web interface of Splunk",
    yaml: storeFile("splunkhecstore", "uri: ▸https://s.example:8088/services/collector/raw", "token: abc"),
    says: [["invalid", "/services/collector"]],
  },
  {
    name: "token with the word Splunk",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: ▸Splunk abc"),
    says: [["invalid", "token alone"]],
  },
  {
    name: "api_key as ID:KEY",
    yaml: storeFile("esstore", "node: https://es.example:9200", "api_key: ▸abc:def"),
    says: [["invalid", "base64"]],
  },
  {
    name: "proxy without a scheme",
    yaml: storeFile("esstore", "node: https://es.example:9200", "proxy: ▸p.example:3128"),
    says: [["invalid", "Write http:// in front"]],
  },
  {
    name: "an index that begins with _",
    yaml: storeFile("esstore", "node: https://es.example:9200", "index: ▸_audit"),
    says: [["invalid", "_audit", "begin"]],
  },
  {
    name: "an index with %B",
    yaml: storeFile("esstore", "node: https://es.example:9200", "index: ▸audit-%B"),
    says: [["invalid", "%B", "%Y"]],
  },
  {
    name: "an index of Logstash, %{+YYYY.MM.dd}",
    yaml: storeFile("esstore", "node: https://es.example:9200", 'index: ▸"audit-%{+YYYY.MM.dd}"'),
    says: [["invalid", "%Y"]],
  },
  {
    name: "an index of Filebeat, %{[agent.version]}",
    yaml: storeFile("esstore", "node: https://es.example:9200", 'index: ▸"audit-%{[agent.version]}"'),
    says: [["invalid", "{com."]],
  },
  {
    name: "an index with {worker}",
    yaml: storeFile("esstore", "node: https://es.example:9200", 'index: ▸"audit-{worker}"'),
    says: [["invalid", "{com.origin_worker}"]],
  },
  {
    name: "an index with a blank and a star",
    yaml: storeFile("esstore", "node: https://es.example:9200", 'index: ▸"my audit*"'),
    says: [["invalid", "my audit*"]],
  },
  {
    name: "a collection with a dollar sign",
    yaml: storeFile("mongodbstore", "collection: ▸audit$1"),
    says: [["invalid", "audit$1"]],
  },
  {
    name: "a database with a dot",
    yaml: storeFile("mongodbstore", "db: ▸audit.prod"),
    says: [["invalid", "db must not have"]],
  },
  {
    name: "an index of HEC with a wrong placeholder",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", 'index: ▸"audit_{worker}"'),
    says: [["invalid", "{com.origin_worker}"]],
  },
  {
    name: "an index of HEC that Splunk refuses",
    yaml: storeFile("splunkhecstore", "uri: https://s.example:8088", "token: abc", "index: ▸Audit Main"),
    says: [["warning", "Audit Main", "lower case"]],
  },
];
