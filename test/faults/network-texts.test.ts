// What a person reads when the network, or what is behind it, is at fault: through each store, of `check` and `write`.
import { createServer as createTlsServer } from "node:tls";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { freePort } from "../engines/free-port.ts";
import { startPort } from "../servers/port.ts";
import { makeCertificates } from "../servers/tls/certificates.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

const project = new Project();
const stops: (() => unknown)[] = [];
const checked = new Map<string, Said>();
const written = new Map<string, Said>();

interface Said {
  readonly code: string;
  readonly message: string;
}

/** What a port does with a connection. */
const PORTS: Readonly<Record<string, (socket: Socket) => void>> = {
  "reset at once": (socket) => void socket.resetAndDestroy(),
  "closed at once": (socket) => void socket.end(),
  "reset by a request": (socket) => void socket.once("data", () => socket.resetAndDestroy()),
  "closed by a request": (socket) => void socket.once("data", () => socket.end()),
  "no answer": () => undefined,
  "another protocol": (socket) => void socket.end("SSH-2.0-OpenSSH_9.6\r\n"),
  "answers of another protocol": (socket) => void socket.once("data", () => socket.end("-ERR unknown command\r\n")),
};

/** The stores of one kind, by what is at fault. */
type Faults = Readonly<Record<string, object>>;

function esstore(node: string, more: object = {}): object {
  return { plugin: "esstore", params: { node, index: "audit", request_timeout: "2s", ...more } };
}

function splunkhecstore(uri: string, more: object = {}): object {
  return { plugin: "splunkhecstore", params: { uri, token: "any", request_timeout: "2s", ...more } };
}

function mongodbstore(uri: string, more: object = {}): object {
  return { plugin: "mongodbstore", params: { uri, server_selection_timeout: "2s", ...more } };
}

function mongodbWithTls(port: number, more: object = {}): object {
  return mongodbstore(`mongodb://127.0.0.1:${port}/?tls=true`, more);
}

function filestore(path: string): object {
  return { plugin: "filestore", params: { path } };
}

beforeAll(async () => {
  const certificates = await makeCertificates();
  const strangers = await makeCertificates();
  writeFileSync(join(project.path, "ca.pem"), certificates.ca);
  writeFileSync(join(project.path, "other-ca.pem"), strangers.ca);
  const tls = certificates.server;
  const closing = await startPort((socket) => void socket.end());
  stops.push(closing.stop);
  const ports = new Map<string, number>([["refused", await freePort()]]);
  const absentProxy = `http://127.0.0.1:${await freePort()}`;
  for (const [name, taken] of Object.entries(PORTS)) {
    const { port, stop } = await startPort(taken);
    ports.set(name, port);
    stops.push(stop);
  }
  const es = [await startElasticsearch(), await startElasticsearch({ tls })] as const;
  const splunk = [await startSplunk({ tokens: { any: {} } }), await startSplunk({ tokens: { any: {} }, tls })] as const;
  const mongo = [await startMongo(), await startMongo({ tls })] as const;
  for (const server of [...es, ...splunk, ...mongo]) stops.push(() => server.stop());
  const badly: Record<string, number> = {};
  for (const name of ["otherName", "expired"] as const) {
    const server = createTlsServer(certificates[name]);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    badly[name] = (server.address() as AddressInfo).port;
    stops.push(() => server.close());
  }
  const trusted = { tls: { ca: "./ca.pem" } };

  const http = (store: typeof esstore, plain: number, secured: number, other: number): Faults => ({
    ...Object.fromEntries([...ports].map(([name, port]) => [name, store(`http://127.0.0.1:${port}`)])),
    ...Object.fromEntries([...ports].map(([name, port]) => [`${name}, of TLS`, store(`https://127.0.0.1:${port}`)])),
    "no name": store("http://no-such-host.invalid:9200"),
    "TLS to a plain port": store(`https://127.0.0.1:${plain}`),
    "no TLS to a port with TLS": store(`http://127.0.0.1:${secured}`),
    "an authority that nobody trusts": store(`https://127.0.0.1:${secured}`),
    "another authority": store(`https://127.0.0.1:${secured}`, { tls: { ca: "./other-ca.pem" } }),
    "a certificate for another name": store(`https://127.0.0.1:${badly["otherName"]}`, trusted),
    "a certificate of the past": store(`https://127.0.0.1:${badly["expired"]}`, trusted),
    "a proxy that is not there": store(`https://es.example`, { proxy: absentProxy }),
    "a proxy that is none": store(`https://es.example`, { proxy: `http://127.0.0.1:${other}` }),
    "a proxy that closes": store(`https://es.example`, { proxy: `http://127.0.0.1:${closing.port}` }),
  });
  const faults: Readonly<Record<string, Faults>> = {
    esstore: http(esstore, es[0].port, es[1].port, splunk[0].port),
    splunkhecstore: http(splunkhecstore, splunk[0].port, splunk[1].port, es[0].port),
    mongodbstore: {
      ...Object.fromEntries([...ports].map(([name, port]) => [name, mongodbstore(`mongodb://127.0.0.1:${port}/`)])),
      ...Object.fromEntries([...ports].map(([name, port]) => [`${name}, of TLS`, mongodbWithTls(port)])),
      "no name": mongodbstore("mongodb://no-such-host.invalid/"),
      "no names of servers": mongodbstore("mongodb+srv://no-such-host.invalid/"),
      "TLS to a plain port": mongodbWithTls(mongo[0].port),
      "no TLS to a port with TLS": mongodbstore(`mongodb://127.0.0.1:${mongo[1].port}/`),
      "an authority that nobody trusts": mongodbWithTls(mongo[1].port),
      "another authority": mongodbWithTls(mongo[1].port, { tls: { ca: "./other-ca.pem" } }),
      "a certificate for another name": mongodbWithTls(badly["otherName"] ?? 0, trusted),
      "a certificate of the past": mongodbWithTls(badly["expired"] ?? 0, trusted),
    },
    filestore: filestores(),
  };
  const plugins = Object.fromEntries(
    Object.entries(faults).flatMap(([store, all]) =>
      Object.entries(all).map(([name, entry]) => [`${store}: ${name}`, entry]),
    ),
  );
  const keys = Object.keys(plugins);
  // Only these wait for their time to be over.
  const mute = { delivery: { timeout: "4s" } };
  for (const key of keys.filter((one) => one.includes("no answer"))) Object.assign(plugins[key] ?? {}, mute);
  const delivery = { retry: { min: "100ms", max: "500ms" } };
  const config = { plugins, audits: { all: { stores: keys } }, run: ["all"], delivery };
  writeFileSync(join(project.path, "c.yaml"), JSON.stringify(config));

  // The helper looks through all that is printed.
  const check = await runCli(["check", "-c", "c.yaml", "--json"], project.path);
  if (check.code === 78) throw new Error(check.stderr);
  for (const one of (JSON.parse(check.stdout) as { stores: (Said & { store: string })[] }).stores)
    checked.set(one.store, one);
  const write = await runCli(["write", "-c", "c.yaml", "--deadline", "12s", "--json"], project.path, '{"a":1}');
  for (const { store, problem } of (JSON.parse(write.stdout) as { stores: { store: string; problem: Said }[] }).stores)
    written.set(store, problem);
}, 180_000);

/** A store without a network fails at its disk. */
function filestores(): Faults {
  mkdirSync(join(project.path, "a-folder"));
  writeFileSync(join(project.path, "a-file"), "");
  return {
    "a file in the way": filestore("./a-file"),
    "a path through a file": filestore("./a-file/out"),
    "a device": filestore("/dev/full"),
    "a folder of the system": filestore("/proc/cloudmarker"),
  };
}

afterAll(async () => {
  for (const stop of stops) await stop();
  project[Symbol.dispose]();
});

/** What is said of a fault, by its beginning; of the first that fits. */
const WORDS: readonly (readonly [fault: RegExp, said: RegExp])[] = [
  [
    /proxy that is not there/u,
    /^refused: The proxy .*, on the way to .*, refuses the connection: nothing listens there/u,
  ],
  [
    /proxy that/u,
    /^proxy: The proxy .*, on the way to .*, closes the connection without an answer; see the param proxy/u,
  ],
  [/: refused/u, /^refused: .* refuses the connection: nothing listens there \(ECONNREFUSED\)/u],
  [/no answer/u, /^(?:timeout|unreachable|failed): .*(?:not answer|no answer)/iu],
  [/no names? /u, /^unknown_host: .* is unknown to the name service \(ENOTFOUND\)/u],
  [/no name$/u, /^unknown_host: .* is unknown to the name service \(ENOTFOUND\)/u],
  [/mongodbstore: (?:answers of )?another protocol/u, /^(?:tls|unreachable): /u],
  [
    /another protocol, of TLS|http.*TLS to a plain port/u,
    /: it does not speak TLS on this port; (?:try http|connect without TLS)/u,
  ],
  [/mongodbstore: TLS to a plain port/u, /^(?:tls|unreachable): /u],
  [/: TLS to a plain port/u, /^tls: .*: it does not speak TLS on this port; try http/u],
  [/mongodbstore: no TLS to a port with TLS/u, /^unreachable: .* closes the connection before it can be used/u],
  [/no TLS to a port with TLS/u, /^tls: .* speaks TLS on this port: write https/u],
  [/authority/u, /^tls: .*: its certificate comes from an authority that is not trusted; name .* in tls\.ca/u],
  [/for another name/u, /^tls: .*: its certificate is for another name/u],
  [/of the past/u, /^tls: .*: its certificate has expired/u],
  [/protocol/u, /^connection_lost: .* broke: what it answers is not HTTP/u],
  [/mongodbstore|of TLS|reset at once/u, /^unreachable: .* closes the connection before it can be used/u],
  [/reset by/u, /^connection_lost: .* broke: the other side reset it \(ECONNRESET\)/u],
  [/closed/u, /^connection_lost: .* broke: the other side closed it/u],
  [/filestore: a folder/u, /^no_folder: Cannot use .* \(ENOENT\)/u],
  [/filestore/u, /^not_a_folder: Cannot use .*: something that is not a folder is in the way \(EEXIST\)/u],
];

/** A driver that finds no server within its time does not always say why. */
const LATE = /^unreachable: mongodb.* does not answer: no server was found in 2000 ms/u;

test("each fault is said once, in words, by check and by write", () => {
  expect([...written.keys()].toSorted()).toEqual([...checked.keys()].toSorted());
  const others = [...checked, ...written].flatMap(([key, problem]) => {
    const said = `${problem?.code}: ${problem?.message}`;
    const [, wanted] = WORDS.find(([fault]) => fault.test(key)) ?? [];
    return wanted?.test(said) || (key.startsWith("mongodbstore") && LATE.test(said)) ? [] : [`${key}: ${said}`];
  });
  expect(others).toEqual([]);
});

test("a code of the system stands in brackets, behind words", () => {
  const bare = [...checked.values(), ...written.values()].filter(({ message }) =>
    /(?<!\()\bE(?:CONN|AI_|NOTF|PIPE|PROTO|EXIST|NOENT)\w*|: \w+ E[A-Z]{4,}/u.test(message),
  );
  expect(bare).toEqual([]);
});
