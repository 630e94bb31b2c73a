import { expect, test } from "vitest";
import type { MongoDBStoreParams } from "../src/index.ts";
import { clientMaker, peerOf } from "../src/server.ts";
import { validate } from "../src/validate.ts";
import { contextOf, paramsOf } from "./support.ts";

type Given = Partial<MongoDBStoreParams>;

const X509 = { auth_mechanism: "MONGODB-X509" } as const;
const AWS = { auth_mechanism: "MONGODB-AWS" } as const;
const cert = { tls: { verify: true, cert: "c.pem", key: "k.pem" } };
const user = { username: "u", password: "p@:/%" };

test.each<[Given]>([
  [{}],
  [user],
  [{ username: null, password: null }],
  [{ ...user, auth_mechanism: "PLAIN", auth_source: "$external" }],
  [{ ...X509, ...cert }],
  [{ ...X509, ...cert, username: "CN=cloudmarker", auth_source: "$external" }],
  [AWS],
  [{ uri: "mongodb+srv://cluster.example/?retryWrites=true" }],
  [{ uri: "mongodb://a:1,b:2,[::1]:3/?replicaSet=rs0" }],
  [{ write_concern: { w: 1, journal: false, timeout: 1 } }],
  [{ collection: "{com.record_type}-%Y-%m" }],
])("%j is valid", (given) => {
  expect(validate(paramsOf(given))).toEqual([]);
});

test.each<[Given, string, string]>([
  [
    { uri: "mongodb://u:hunter2@db/" },
    "uri",
    "uri has a user name or password in it; write them as params of their own, and an @ elsewhere as %40.",
  ],
  [
    { uri: "mongodb://u:hun/ter2@db/" },
    "uri",
    "uri has a user name or password in it; write them as params of their own, and an @ elsewhere as %40.",
  ],
  [{ uri: "http://db/" }, "uri", "uri must begin with mongodb:// or mongodb+srv://, such as mongodb://HOST:27017."],
  [{ uri: "mongodb://" }, "uri", "uri must name a host, and one more behind each comma."],
  [
    { uri: "mongodb://db/?tlsCertificateKeyFilePassword=hunter2" },
    "uri",
    "uri has a secret in it: tlsCertificateKeyFilePassword is not taken from there.",
  ],
  [{ uri: "mongodb://a:1,b:65536/" }, "uri", "uri has a port above 65535."],
  [{ uri: "mongodb://a/?timeoutMS=5" }, "uri", "uri has timeoutMS in it; set socket_timeout and the like instead."],
  [
    { host: "mongodb://u:p@db" },
    "host",
    "host has a user name or password in it; write them as params of their own, and an @ elsewhere as %40.",
  ],
  [{ host: ["a", "b/c"] }, "host", "host must be a name or an address, or a list of them; see `uri` for more."],
  [{ host: "db/x" }, "host", "host must be a name or an address, or a list of them; see `uri` for more."],
  [{ port: 65_536 }, "port", "port must be at most 65535."],
  [{ db: "a.b" }, "db", 'db must not have any of /\\. "$*<>:|? or NUL.'],
  [{ collection: "system.users" }, "collection", 'The collection "system.users" is the server\'s own.'],
  [{ collection: "a$b" }, "collection", 'The collection "a$b" must not have $ or NUL in its name.'],
  [
    { collection: "{raw.x}" },
    "collection",
    '"{raw.x}" is not a placeholder: use {com.NAME}, such as {com.origin_worker}, or a JSON pointer, such as {/raw/account}. A brace is {{ or }}.',
  ],
  [{ username: "u" }, "username", "username needs a password."],
  [{ password: "p" }, "password", "password is of no use without username."],
  [{ auth_source: "admin" }, "auth_source", "auth_source is of no use without username."],
  [{ auth_mechanism: "PLAIN" }, "auth_mechanism", "PLAIN needs username and password."],
  [X509, "auth_mechanism", "MONGODB-X509 needs tls.cert and tls.key."],
  [
    { ...X509, ...cert, auth_source: "admin" },
    "auth_source",
    "With MONGODB-X509 auth_source is $external; leave it out.",
  ],
  [{ ...X509, ...cert, password: "p" }, "password", "MONGODB-X509 has no password; leave it out."],
  [
    { ...AWS, ...user },
    "username",
    "MONGODB-AWS takes its credentials from the AWS SDK; leave username and password out.",
  ],
])("%j is refused, and its secrets are not quoted (MG-20)", (given, param, message) => {
  expect(validate(paramsOf(given))).toEqual([{ path: [param], message }]);
});

test("a pointer that leads to nothing in any record is refused (L-05)", () => {
  const time = [{ from: "/at", format: "iso8601" as const }];
  const message = "/at leads nowhere: a record has /raw, /ext and /com.";
  expect(validate(paramsOf({ time }))).toEqual([{ path: ["time", 0, "from"], message }]);
});

test.each([0, -1, "0", ""])("w: %j is refused: the records could not be accounted for (MG-13)", (w) => {
  expect(validate(paramsOf({ write_concern: { w, journal: true, timeout: 1 } }))).toMatchObject([
    { path: ["write_concern", "w"] },
  ]);
});

test("a client certificate without its key is refused", () => {
  expect(validate(paramsOf({ tls: { verify: true, cert: "c.pem" } }))).toMatchObject([{ path: ["tls", "cert"] }]);
});

test.each<[Given, string, string, boolean]>([
  [{ host: "::1", port: 1 }, "[::1]:1", "mongodb://[::1]:1", false],
  [{ host: "mongodb://a,b:2/x?tls=true" }, "a:27017,b:2", "mongodb://a,b:2", true],
  [{ host: "mongodb+srv://c.example" }, "c.example", "mongodb+srv://c.example", true],
  [
    { host: ["a", "b:2", "::1", "[::2]:3"], port: 9 },
    "a:9,b:2,[::1]:9,[::2]:3",
    "mongodb://a:9,b:2,[::1]:9,[::2]:3",
    false,
  ],
  [{ uri: "mongodb://a,b:2/x?tls=true" }, "a:27017,b:2", "mongodb://a,b:2", true],
  [{ uri: "mongodb+srv://c.example" }, "c.example", "mongodb+srv://c.example", true],
  [{ uri: "mongodb+srv://c.example/?ssl=false" }, "c.example", "mongodb+srv://c.example", false],
  [{ use_tls: true }, "127.0.0.1:27017", "mongodb://127.0.0.1:27017", true],
  [{ tls: { verify: false } }, "127.0.0.1:27017", "mongodb://127.0.0.1:27017", true],
  [{ tls: { verify: true, server_name: "x" } }, "127.0.0.1:27017", "mongodb://127.0.0.1:27017", true],
])("%j leads to its server (MM-2)", async (given, hosts, peer, tls) => {
  expect(peerOf(paramsOf(given))).toBe(peer);
  const { options } = (await clientMaker(paramsOf(given), contextOf()))();
  expect(options.srvHost ?? options.hosts.join()).toBe(hosts);
  expect(options.tls ?? false).toBe(tls);
});

test("a client certificate goes with a user as well, who has no password (MG-20)", async () => {
  const { options } = (await clientMaker(paramsOf({ ...X509, username: "CN=cloudmarker" }), contextOf()))();
  expect(options.credentials).toMatchObject({ username: "CN=cloudmarker", mechanism: "MONGODB-X509" });
});
