import type { ParamsOf } from "@cloudmarker/store-api";
import { NAME_TEMPLATE_HINT } from "@cloudmarker/store-kit/names";
import { PROXY_PARAM, TLS_PARAM } from "@cloudmarker/store-kit/http";
import { TIME_PARAM } from "@cloudmarker/store-kit/time";

/** JSON Schema of the params. */
export const params = {
  type: "object",
  additionalProperties: false,
  properties: {
    host: {
      "x-also": ["hostname", "server", "address"],
      type: "string",
      minLength: 1,
      default: "localhost",
      description: "Name or address of the server, for plain HTTP.",
    },
    port: { type: "integer", minimum: 1, maximum: 65535, default: 9200, description: "Port of the server." },
    node: {
      "x-also": [
        "url",
        "uri",
        "endpoint",
        "elasticsearch_url",
        ["use_ssl", "node: https://HOST:PORT"],
        ["scheme", "node: https://HOST:PORT"],
        ["protocol", "node: https://HOST:PORT"],
      ],
      type: "string",
      minLength: 1,
      description: "URL of the server, such as `https://es.example:9200`, in place of `host` and `port`.",
    },
    nodes: {
      "x-also": ["hosts", "urls", "endpoints", "uris", "servers"],
      type: "array",
      items: { type: "string", minLength: 1 },
      description: "URLs of several nodes of one cluster, used in turn, in place of `host` and `port`.",
    },
    cloud_id: {
      "x-also": ["cloud.id"],
      type: "string",
      minLength: 1,
      description: "Cloud ID of an Elastic Cloud deployment, in place of `host` and `port`.",
    },
    index: {
      "x-also": ["index_name", "bulk.index", "index_pattern", "logs_index"],
      type: "string",
      minLength: 1,
      default: "cloudmarker",
      description: `Index, alias or data stream to write to. ${NAME_TEMPLATE_HINT}` as string,
    },
    buffer_size: {
      "x-also": ["buffer_limit", "flush_bytes"],
      type: "integer",
      minimum: 0,
      default: 2_000_000,
      description:
        "Bytes of records in one bulk request; a larger record is sent alone. With 0 each record is sent alone.",
    },
    mode: {
      "x-also": [["data_stream", "mode: data_stream"]],
      enum: ["index", "data_stream"],
      default: "index",
      description: "`data_stream`: the managed template makes data streams, and every record has an `@timestamp`.",
    },
    op: {
      "x-also": ["action", "op_type", "bulk.action", "write_operation"],
      enum: ["create", "index"],
      default: "create",
      description: "`create` does not change a record that already exists. `index` overwrites it.",
    },
    mapping: {
      "x-also": ["template", "manage_template", "setup.template.enabled"],
      enum: ["managed", "none"],
      default: "managed",
      description:
        "`managed`: before the first record, the store creates an index template that takes records of every shape. `none`: the server's own mappings apply, and the document is the record as it is.",
    },
    fields: {
      type: "object",
      default: {},
      description:
        "Values of a record to store as fields of their own, by name, such as `severity: { from: /raw/Severity/Label, type: keyword }`.",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        required: ["from"],
        properties: {
          from: { type: "string", pattern: "^/", description: "JSON pointer into the record." },
          type: {
            enum: ["keyword", "text", "long", "double", "float", "boolean", "date", "ip"],
            default: "keyword",
            description: "Type of the field.",
          },
        },
      },
    },
    time: TIME_PARAM as typeof TIME_PARAM,
    timestamp: {
      type: "boolean",
      default: true,
      description:
        "`false`: documents get no `@timestamp`, for an index that refuses it. With `mapping: none` and no `time` they never have one.",
    },
    pipeline: {
      "x-also": ["ingest_pipeline"],
      type: "string",
      minLength: 1,
      description: `Ingest pipeline that the records go through. ${NAME_TEMPLATE_HINT}` as string,
    },
    routing: {
      type: "string",
      minLength: 1,
      description:
        `Routing of a record to a shard; a record that lacks a placeholder's value goes to the shard of its id. ${NAME_TEMPLATE_HINT}` as string,
    },
    require_alias: { type: "boolean", default: false, description: "Write only where `index` is an alias." },
    username: {
      "x-also": ["user", "login", "auth.user", "http_user", "basic_auth.username"],
      type: "string",
      minLength: 1,
      description: "User name; goes with `password`.",
    },
    password: {
      "x-also": ["pass", "passwd", "auth.password", "http_passwd", "basic_auth.password"],
      type: "string",
      minLength: 1,
      writeOnly: true,
      description: "Password of `username`.",
    },
    api_key: {
      type: "string",
      minLength: 1,
      writeOnly: true,
      description: "API key in its encoded form, as Kibana shows it.",
    },
    bearer: {
      "x-also": ["token", "bearer_token", "access_token"],
      type: "string",
      minLength: 1,
      writeOnly: true,
      description: "Token for `Authorization: Bearer`.",
    },
    aws: {
      "x-also": [
        ["aws_auth", "aws: { region: … }"],
        ["aws_region", "aws: { region: … }"],
        ["auth.strategy", "aws: { region: … }"],
      ],
      type: "object",
      additionalProperties: false,
      required: ["region"],
      description:
        "Sign requests for Amazon OpenSearch Service or Serverless, with the credentials that AWS's own tools would use.",
      properties: {
        region: {
          type: "string",
          pattern: "^[a-z0-9-]+$",
          description: "Region of the domain or collection, such as `eu-west-1`.",
        },
        service: {
          enum: ["es", "aoss"],
          default: "es",
          description: "`es`: a domain of OpenSearch Service. `aoss`: a collection of OpenSearch Serverless.",
        },
      },
    },
    tls: TLS_PARAM as typeof TLS_PARAM,
    ca_fingerprint: {
      "x-also": ["ca_trusted_fingerprint", "ssl_assert_fingerprint", "ssl.ca_trusted_fingerprint"],
      type: "string",
      pattern: "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$",
      description:
        "SHA-256 fingerprint that the certificate of the server's authority must have. It does not replace `tls.ca`: the certificate is still verified.",
    },
    proxy: PROXY_PARAM as typeof PROXY_PARAM,
    headers: {
      "x-also": ["custom_headers", "request.headers", "http_headers"],
      type: "object",
      additionalProperties: { type: "string" },
      default: {},
      writeOnly: true,
      description:
        "Headers to send with every request, by name, such as those that a gateway or another server asks for.",
    },
    compression: {
      "x-also": [
        ["compression_level", "compression: true"],
        ["http_compress", "compression: true"],
        ["gzip", "compression: true"],
        ["compress", "compression: true"],
      ],
      type: "boolean",
      default: false,
      description: "Send the body of requests as gzip.",
    },
    request_timeout: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 30_000,
      description:
        "Milliseconds to wait for the answer to a small request. A bulk request has the time limit of `delivery`.",
    },
  },
} as const;

/** The params of EsStore. */
export type EsStoreParams = ParamsOf<typeof params>;
