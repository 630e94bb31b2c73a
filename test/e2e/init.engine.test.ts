// What `cloudmarker init` asks on a terminal is tried on a real server, and `check` and `write` take the file as it is
// (issue 16).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeEngine, type EngineName, sharedEngine, uniqueName } from "../engines/index.ts";
import { type Certificates, makeCertificates } from "../servers/tls/certificates.ts";
import { type Front, startHttpFront, startTlsFront } from "../servers/tls/front.ts";
import { DOWN, ENTER, onTerminal, type Step } from "../support/on-terminal.ts";
import { runCli } from "../support/run-cli.ts";

/** What is answered about each store, with the place of its server. */
const ANSWERS: Readonly<Partial<Record<EngineName, (url: string, name: string) => readonly Step[]>>> = {
  elasticsearch: searching,
  opensearch: searching,
  "mongo-java": documents,
  ferretdb: documents,
  hec: (url) => [
    ["Where do the records go?", DOWN + DOWN + DOWN + ENTER],
    ["URL of the collector", `${url}${ENTER}`],
    ["Index", ENTER],
    ["Environment variable", `CLOUDMARKER_HEC${ENTER}`],
    ["CLOUDMARKER_HEC is not set", `any-token${ENTER}`],
  ],
};

function searching(url: string, name: string): readonly Step[] {
  return [
    ["Where do the records go?", DOWN + ENTER],
    ["URL of the server", `${url}${ENTER}`],
    ["Index", `${name}${ENTER}`],
    ["Credentials", ENTER],
  ];
}

function documents(url: string, name: string): readonly Step[] {
  return [
    ["Where do the records go?", DOWN + DOWN + ENTER],
    ["Server (host", `${url}${ENTER}`],
    ["Database", `${name.replaceAll(/\W/g, "_")}${ENTER}`],
    ["Credentials", ENTER],
  ];
}

const SECRET = "not-to-be-written";

/** A server behind TLS, and what is answered about its store. */
interface Secured {
  readonly front: Front;
  readonly steps: readonly Step[];
  /** Of the secret that is asked for. */
  readonly variable?: string;
}

/** The engines speak no TLS, and these two ask for no login. */
async function searchingBehindTls(port: number, name: string, { server }: Certificates): Promise<Secured> {
  const login = `Basic ${Buffer.from(`audit:${SECRET}`).toString("base64")}`;
  const front = await startHttpFront(port, server, login);
  const steps: Step[] = [
    ...searching(`https://127.0.0.1:${front.port}`, name).slice(0, -1),
    ["Credentials", DOWN + ENTER],
    ["User", `audit${ENTER}`],
    ["Environment variable", ENTER],
    ["ES_PASSWORD is not set", `${SECRET}${ENTER}`],
  ];
  return { front, steps, variable: "ES_PASSWORD" };
}

/** No login: neither of the two engines has one. */
async function documentsBehindTls(port: number, name: string, { server }: Certificates): Promise<Secured> {
  const front = await startTlsFront(port, server);
  return { front, steps: documents(`mongodb://127.0.0.1:${front.port}/?tls=true`, name) };
}

async function eventsBehindTls(port: number, _name: string, { server }: Certificates): Promise<Secured> {
  const front = await startHttpFront(port, server, `Splunk ${SECRET}`);
  const steps: Step[] = [
    ["Where do the records go?", DOWN + DOWN + DOWN + ENTER],
    ["URL of the collector", `https://127.0.0.1:${front.port}${ENTER}`],
    ["Index", ENTER],
    ["Environment variable", ENTER],
    ["SPLUNK_HEC_TOKEN is not set", `${SECRET}${ENTER}`],
  ];
  return { front, steps, variable: "SPLUNK_HEC_TOKEN" };
}

const SECURED: Readonly<Partial<Record<EngineName, typeof searchingBehindTls>>> = {
  elasticsearch: searchingBehindTls,
  opensearch: searchingBehindTls,
  "mongo-java": documentsBehindTls,
  ferretdb: documentsBehindTls,
  hec: eventsBehindTls,
};

/** The server answers once its authority is named. */
const AUTHORITY: readonly Step[] = [
  ["What now?", DOWN + ENTER],
  ["certificate of the authority", `./ca.pem${ENTER}`],
];

describeEngine(["elasticsearch", "opensearch", "mongo-java", "ferretdb", "hec"], "init, check, write", (engine) => {
  test("on a terminal, nothing edited", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "cloudmarker-init-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const { url } = await sharedEngine(engine);
    const steps = ANSWERS[engine]?.(url, uniqueName("init")) ?? [];
    const { shown, code, missed } = await onTerminal(["init"], cwd, [...steps, ["Another store", ENTER]]);
    expect({ code, missed }).toEqual({ code: 0, missed: [] });
    expect(shown).not.toContain("What now?");
    expect(readFileSync(join(cwd, "cloudmarker.yaml"), "utf8")).not.toContain("any-token");
    const env = { CLOUDMARKER_HEC: "any-token" };
    expect(await runCli(["check"], cwd, "", env)).toMatchObject({ code: 0, stderr: "" });
    const { code: written, stdout } = await runCli(["write", "--json", "-"], cwd, '[{"a":1},{"a":2}]', env);
    expect([written, JSON.parse(stdout)]).toMatchObject([0, { ok: true, stores: [{ accepted: 2, written: 2 }] }]);
  });

  test("on a terminal, behind TLS and a login, nothing edited", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "cloudmarker-init-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const certificates = await makeCertificates();
    writeFileSync(join(cwd, "ca.pem"), certificates.ca);
    const { port } = await sharedEngine(engine);
    const secured = await SECURED[engine]?.(port, uniqueName("secured"), certificates);
    if (!secured) throw new Error(`no answers for ${engine}`);
    const { front, steps, variable } = secured;
    onTestFinished(() => front.stop());
    const { shown, code, missed } = await onTerminal(["init"], cwd, [...steps, ...AUTHORITY, ["Another store", ENTER]]);
    expect({ code, missed, shown }).toMatchObject({ code: 0, missed: [] });
    const text = readFileSync(join(cwd, "cloudmarker.yaml"), "utf8");
    expect(shown + text).not.toContain(SECRET);
    const env = variable === undefined ? {} : { [variable]: SECRET };
    expect(await runCli(["check"], cwd, "", env)).toMatchObject({ code: 0, stderr: "" });
    const { code: written, stdout } = await runCli(["write", "--json", "-"], cwd, '[{"a":1},{"a":2}]', env);
    expect([written, JSON.parse(stdout)]).toMatchObject([0, { ok: true, stores: [{ accepted: 2, written: 2 }] }]);
    if (variable === undefined) return;
    // The login is not there by chance.
    expect(await runCli(["check"], cwd, "", { [variable]: "wrong" })).toMatchObject({ code: 1 });
  });
});
