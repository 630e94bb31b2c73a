import type { ParamsOf } from "@cloudmarker/store-api";
import { NAME_TEMPLATE_HINT } from "@cloudmarker/store-kit/names";
import { TIME_PARAM } from "@cloudmarker/store-kit/time";
import { TLS_PARAM } from "@cloudmarker/store-kit/http";

/** JSON Schema of the params. */
export const params = {
  type: "object",
  additionalProperties: false,
  properties: {
    host: {
      "x-also": ["hosts", "hostname", "server", "address"],
      type: ["string", "array"],
      items: { type: "string", minLength: 1 },
      minLength: 1,
      minItems: 1,
      default: "localhost",
      description: "Host of the server, or several hosts, also as `host:port`, or a connection string as in `uri`.",
    },
    port: { type: "integer", minimum: 1, default: 27017, description: "Port of the server." },
    uri: {
      "x-also": [
        "url",
        "connection_string",
        "mongodb_uri",
        "endpoint",
        "dsn",
        ["replicaSet", "uri: mongodb://HOST/?replicaSet=NAME"],
        ["readPreference", "uri: mongodb://HOST/?readPreference=…"],
      ],
      type: "string",
      minLength: 1,
      description:
        "Connection string, in place of `host` and `port`: several hosts, `mongodb+srv:`, options of the driver. It must have no credentials. Params go before its options.",
    },
    db: {
      "x-also": ["database", "database_name", "dbname"],
      type: "string",
      minLength: 1,
      default: "cloudmarker",
      description: "Database.",
    },
    collection: {
      "x-also": ["collection_name", "table"],
      type: "string",
      minLength: 1,
      default: "cloudmarker",
      description: `Collection. ${NAME_TEMPLATE_HINT}` as string,
    },
    time: TIME_PARAM as typeof TIME_PARAM,
    username: {
      "x-also": ["user", "login"],
      type: ["string", "null"],
      minLength: 1,
      description: "User to log in as.",
    },
    password: {
      "x-also": ["pass", "passwd"],
      type: ["string", "null"],
      minLength: 1,
      writeOnly: true,
      description: "Password of the user.",
    },
    auth_source: {
      "x-also": ["authdb", "auth_db"],
      type: "string",
      minLength: 1,
      description:
        "Database that knows the user. Without it the one in the `uri`, else `admin`, or what the mechanism demands.",
    },
    auth_mechanism: {
      "x-also": ["mechanism"],
      enum: ["DEFAULT", "SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN", "MONGODB-X509", "MONGODB-AWS"],
      default: "DEFAULT",
      description:
        "How to log in. `DEFAULT` is the best SCRAM that the server knows; `MONGODB-AWS` needs the package `@aws-sdk/credential-providers`.",
    },
    use_tls: {
      "x-also": [
        ["ssl", "use_tls: true"],
        ["tls_enabled", "use_tls: true"],
      ],
      type: "boolean",
      default: false,
      description:
        "Use TLS. Not needed if a file or name under `tls`, `tls.verify: false`, or the `uri` already asks for it.",
    },
    tls: TLS_PARAM as typeof TLS_PARAM,
    keys: {
      enum: ["keep", "escape"],
      default: "keep",
      description:
        "How keys with dots, a leading `$` or NUL are stored. `keep`: as they are, which MongoDB 5 and later allow for all but NUL. `escape`: as `%2E`, `%24` and `%00`, and `%` as `%25`.",
    },
    indexes: {
      type: "boolean",
      default: true,
      description: "Give a new collection an index on `com.audit_key`, `com.audit_version` and `com.record_type`.",
    },
    write_concern: {
      type: "object",
      default: {},
      additionalProperties: false,
      description: "When the server acknowledges a record.",
      properties: {
        w: {
          type: ["string", "integer"],
          minLength: 1,
          default: "majority",
          description: "How many members must have a record: `majority`, a number, or a custom name.",
        },
        journal: { type: "boolean", default: true, description: "Only when the record is in their journals." },
        timeout: {
          type: "integer",
          "x-unit": "ms",
          minimum: 1,
          default: 30_000,
          description: "How long the members may take, in milliseconds; then the records are sent again.",
        },
      },
    },
    buffer_size: { type: "integer", minimum: 0, default: 1000, description: "Records of a batch; 0 is 1." },
    connect_timeout: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 10_000,
      description: "Milliseconds that opening a connection may take.",
    },
    server_selection_timeout: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 10_000,
      description: "Milliseconds to wait for a server that takes writes.",
    },
    socket_timeout: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 60_000,
      description: "Milliseconds that the server may take to answer.",
    },
  },
} as const;

/** The params of MongoDBStore. */
export type MongoDBStoreParams = ParamsOf<typeof params>;
