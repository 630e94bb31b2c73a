// What `cloudmarker init` asks on a terminal: servers with TLS and a login, and a person who leaves (issue 16).
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { makeCertificates } from "../servers/tls/certificates.ts";
import { DOWN, ENTER, onTerminal, type Step } from "../support/on-terminal.ts";
import { runCli } from "../support/run-cli.ts";

const CTRL_C = "\u0003";
const SECRET = "not-to-be-written";

/** A folder with the certificate of an authority. */
function folder(ca = ""): string {
  const path = mkdtempSync(join(tmpdir(), "cloudmarker-asks-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  writeFileSync(join(path, "ca.pem"), ca);
  return path;
}

/** The server answers once its authority is named. */
const AUTHORITY: readonly Step[] = [
  ["What now?", DOWN + ENTER],
  ["certificate of the authority", `./ca.pem${ENTER}`],
  ["Another store", ENTER],
];

/** Each store, behind TLS and a login. */
const SERVERS: readonly {
  readonly store: string;
  readonly variable: string;
  start(tls: {
    readonly cert: string;
    readonly key: string;
  }): Promise<{ readonly steps: readonly Step[]; stop(): Promise<void> }>;
}[] = [
  {
    store: "esstore",
    variable: "ES_PASSWORD",
    async start(tls) {
      const server = await startElasticsearch({ tls, auth: { username: "audit", password: SECRET } });
      const steps: Step[] = [
        ["Where do the records go?", DOWN + ENTER],
        ["URL of the server", `${server.url}${ENTER}`],
        ["Index", ENTER],
        ["Credentials", DOWN + ENTER],
        ["User", `audit${ENTER}`],
      ];
      return { steps, stop: () => server.stop() };
    },
  },
  {
    store: "mongodbstore",
    variable: "MONGODB_PASSWORD",
    async start(tls) {
      const server = await startMongo({ tls, auth: { username: "audit", password: SECRET } });
      const steps: Step[] = [
        ["Where do the records go?", DOWN + DOWN + ENTER],
        ["Server (host", `${server.uri}${ENTER}`],
        ["Database", ENTER],
        ["Credentials", DOWN + ENTER],
        ["User", `audit${ENTER}`],
      ];
      return { steps, stop: () => server.stop() };
    },
  },
  {
    store: "splunkhecstore",
    variable: "SPLUNK_HEC_TOKEN",
    async start(tls) {
      const server = await startSplunk({ tls, tokens: { [SECRET]: {} } });
      const steps: Step[] = [
        ["Where do the records go?", DOWN + DOWN + DOWN + ENTER],
        ["URL of the collector", `${server.url}${ENTER}`],
        ["Index", ENTER],
      ];
      return { steps, stop: () => server.stop() };
    },
  },
];

test.each(SERVERS)(
  "$store behind TLS and a login; check and write take what init wrote",
  { timeout: 120_000 },
  async ({ variable, start }) => {
    const { ca, server } = await makeCertificates();
    const cwd = folder(ca);
    const { steps, stop } = await start(server);
    onTestFinished(stop);
    const login: readonly Step[] = [
      ["Environment variable", ENTER],
      [`${variable} is not set`, `${SECRET}${ENTER}`],
    ];
    const { shown, code, missed } = await onTerminal(["init"], cwd, [...steps, ...login, ...AUTHORITY]);
    expect({ code, missed, shown }).toMatchObject({ code: 0, missed: [] });
    expect(shown).not.toContain(SECRET);
    const text = readFileSync(join(cwd, "cloudmarker.yaml"), "utf8");
    expect(text).not.toContain(SECRET);
    const env = { [variable]: SECRET };
    expect(await runCli(["check"], cwd, "", env)).toMatchObject({ code: 0, stderr: "" });
    const { code: written, stdout } = await runCli(["write", "--json", "-"], cwd, '[{"a":1},{"a":2}]', env);
    expect([written, JSON.parse(stdout)]).toMatchObject([0, { ok: true, stores: [{ accepted: 2, written: 2 }] }]);
  },
);

describe("a person who leaves with Ctrl-C", () => {
  /** Nothing listens at this port. */
  const QUESTIONS: readonly Step[] = [
    ["Where do the records go?", DOWN + ENTER],
    ["URL of the server", `https://127.0.0.1:9${ENTER}`],
    ["Index", ENTER],
    ["Credentials", DOWN + ENTER],
    ["User", `audit${ENTER}`],
    ["Environment variable", ENTER],
    ["is not set", `any${ENTER}`],
    ["What now?", DOWN + ENTER],
    ["certificate of the authority", `./ca.pem${ENTER}`],
  ];

  test("leaves nothing behind, whatever was asked", { timeout: 120_000 }, async () => {
    const ended = await Promise.all(
      QUESTIONS.map(async ([asked], at) => {
        const cwd = folder();
        const steps: Step[] = [...QUESTIONS.slice(0, at), [asked, CTRL_C]];
        const { shown, code, missed } = await onTerminal(["init"], cwd, steps);
        return {
          asked,
          code,
          missed,
          said: shown.includes("Nothing was written."),
          files: readdirSync(cwd).filter((name) => name.startsWith("cloudmarker.")),
        };
      }),
    );
    expect(ended).toEqual(QUESTIONS.map(([asked]) => ({ asked, code: 1, missed: [], said: true, files: [] })));
  });
});
