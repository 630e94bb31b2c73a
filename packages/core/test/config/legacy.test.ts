import { expect, test } from "vitest";
import { linesOf, load } from "./harness.ts";

/** What the predecessor prints with -p, shortened in its logger. */
const PRINTED_BASE = `# Base configuration
plugins:
  mockcloud:
    plugin: cloudmarker.clouds.mockcloud.MockCloud

  filestore:
    plugin: cloudmarker.stores.filestore.FileStore

  esstore:
    plugin: cloudmarker.stores.esstore.EsStore

  mongodbstore:
    plugin: cloudmarker.stores.mongodbstore.MongoDBStore

  firewallruleevent:
    plugin: cloudmarker.events.firewallruleevent.FirewallRuleEvent

  mockevent:
    plugin: cloudmarker.events.mockevent.MockEvent

audits:
  mockaudit:
    clouds:
      - mockcloud
    stores:
      - filestore
    events:
      - mockevent
    alerts:
      - filestore

run:
  - mockaudit

logger:
  version: 1

  formatters:
    simple:
      format: >-
          %(asctime)s [%(process)s] %(levelname)s
          %(name)s:%(lineno)d - %(message)s
      datefmt: "%Y-%m-%d %H:%M:%S"

schedule: "00:00"
`;

test("the predecessor's base configuration runs mockaudit into filestore, with one warning (MC-11, MC-12)", async () => {
  const made = await load(PRINTED_BASE);
  expect(linesOf(made)).toEqual([]);
  const { value, warnings } = made.loaded;
  expect(value.run).toEqual(["mockaudit"]);
  expect(value.audits["mockaudit"]?.stores).toEqual(["filestore"]);
  expect(value.plugins).toEqual({
    filestore: { plugin: "filestore" },
    esstore: { plugin: "esstore" },
    mongodbstore: { plugin: "mongodbstore" },
  });
  expect(warnings).toEqual([
    "Left alone, since this program only runs stores: plugins mockcloud, firewallruleevent and mockevent; " +
      "clouds, events and alerts of audit mockaudit; top-level logger and schedule.",
  ]);
});

test("all four stores are known by their class paths, and keys beside params are kept (MC-19)", async () => {
  const made = await load(`plugins:
  a: { plugin: cloudmarker.stores.filestore.FileStore, params: { path: /x } }
  b: { plugin: cloudmarker.stores.esstore.EsStore, host: es, port: 9200 }
  c: { plugin: cloudmarker.stores.mongodbstore.MongoDBStore }
  d:
    plugin: cloudmarker.stores.splunkhecstore.SplunkHECStore
    params: { uri: u, token: t, index: main, ca_cert: false }
audits: { x: { stores: [a, b, c, d] } }
`);
  expect(linesOf(made)).toEqual([]);
  expect(made.loaded.warnings).toEqual([]);
  expect(made.loaded.value.plugins).toMatchObject({
    a: { plugin: "filestore", params: { path: "/x" } },
    b: { plugin: "esstore", host: "es", port: 9200 },
    c: { plugin: "mongodbstore" },
    d: { plugin: "splunkhecstore", params: { uri: "u", token: "t", index: "main", ca_cert: false } },
  });
  expect(made.loaded.locate(["plugins", "b", "plugin"], "value")).toMatchObject({ line: 3, column: 16 });
});

test("a file that counts on the predecessor's mockaudit gets it", async () => {
  const run = await load("run: [mockaudit]\n");
  expect(linesOf(run)).toEqual([]);
  expect(run.loaded.value.audits["mockaudit"]?.stores).toEqual(["filestore"]);
  const extended = await load(
    "plugins: { mail: { plugin: cloudmarker.alerts.emailalert.EmailAlert, params: { to: x } } }\naudits: { mockaudit: { alerts: [mail] } }\n",
  );
  expect(linesOf(extended)).toEqual([]);
  expect(extended.loaded.value.run).toEqual(["mockaudit"]);
  expect(extended.loaded.value.audits["mockaudit"]?.stores).toEqual(["filestore"]);
  const other = await load("audits: { a: { stores: [filestore] } }\n");
  expect(other.loaded.value.audits).not.toHaveProperty("mockaudit");
});

test("an audit without stores is skipped if another one has stores, but not alone", async () => {
  const audits = "audits:\n  a: { clouds: [x], alerts: [y] }\n";
  const both = await load(`${audits}  b: { stores: [filestore] }\nrun: [a, b]\n`);
  expect(linesOf(both)).toEqual([]);
  expect(both.loaded.value.run).toEqual(["b"]);
  expect(both.loaded.warnings).toEqual([
    "Left alone, since this program only runs stores: clouds and alerts of audit a; audit a (no stores).",
  ]);
  expect(linesOf(await load(audits))).toEqual([
    "c.yaml:2:3  audits.a has no stores. List at least one, such as stores: [filestore, esstore, mongodbstore].",
  ]);
});

test("what is not a store here cannot be used as one", async () => {
  const made = await load(`plugins:
  mock: { plugin: cloudmarker.events.mockevent.MockEvent }
  mine: { plugin: acme.stores.Jira }
  typo: { plugin: cloudmarker.stores.filestore.FilesStore }
audits: { a: { stores: [mock, mine, typo, filestore] } }
`);
  expect(linesOf(made)).toEqual([
    'c.yaml:5:25  audits.a.stores[0] names "mock", which is the Python class "cloudmarker.events.mockevent.MockEvent" and not a store here. Name a store.',
    'c.yaml:5:31  audits.a.stores[1] names "mine", which is the Python class "acme.stores.Jira" and not a store here. Name a store.',
    'c.yaml:5:37  audits.a.stores[2] names "typo", which is the Python class "cloudmarker.stores.filestore.FilesStore" and not a store here. ' +
      'Did you mean "cloudmarker.stores.filestore.FileStore"?',
  ]);
  expect(made.loaded.value.audits["a"]?.stores).toEqual(["filestore"]);
});

test("a configuration of our own has no warning", async () => {
  const { loaded } = await load("plugins: { a: { plugin: ./a.ts } }\naudits: { x: { stores: [a] } }\n");
  expect(loaded.warnings).toEqual([]);
  expect(loaded.problems).toEqual([]);
});
