import { expect, test } from "vitest";
import { linesOf, load } from "./harness.ts";

test("twenty-odd mistakes are as many lines, sorted, each with its place", async () => {
  const made = await load(`plugin: {}
plugins:
  archive: { plugn: filestore }
  search:
    plugin: esstore
    params: [a]
    delivery:
      bach: { records: 5 }
      batch: { records: 0, bytes: 5 parsecs, age: -1s }
      queue: 7
      concurrency: 1.5
      ordered: "yes"
      timeout: 0
      retry: { min: 1h, max: 5s }
      deadline: 25h d
  empty: {}
  number: 5
  map: { plugin: { a: b } }
audits:
  nightly:
    stores: [serch, search, search, 5]
    tabs: [x]
    id: [raw/x, /raw/ok, /uid, /raw/~5, "", 5]
  single: { stores: search }
  none: { stores: [] }
  text: search
run: [nigthly, nightly, nightly, zzz]
delivery: { timeout: 999h }
state_dir: 5
markers: 1
totally_unrelated: 1
`);
  expect(linesOf(made)).toEqual([
    'c.yaml:1:1  The configuration has an unknown key "plugin". It belongs under plugins, below a name of your own: plugins: { filestore: { plugin: filestore, params: { … } } }.',
    'c.yaml:3:14  plugins.archive does not say which plugin it is. Did you mean "plugin" by "plugn"?',
    "c.yaml:6:13  plugins.search.params must be a map of params, not a list.",
    'c.yaml:8:7  plugins.search.delivery has an unknown key "bach". Known: batch, queue, concurrency, ordered, guarantee, isolation, spool, timeout, deadline, fail_fast, retry.',
    "c.yaml:9:25  plugins.search.delivery.batch.records must be a whole number of at least 1, not 0.",
    'c.yaml:9:35  plugins.search.delivery.batch.bytes must be a size of at least 1 byte, such as 512KiB, 5MB or a number of bytes, not "5 parsecs".',
    'c.yaml:9:51  plugins.search.delivery.batch.age must be a duration of at most 24 days, such as 500ms, 60s, 5m, 1h or a number of milliseconds, not "-1s".',
    "c.yaml:10:14  plugins.search.delivery.queue must be a map with keys such as records, bytes, not a number. Write queue: { records: 7 }.",
    "c.yaml:11:20  plugins.search.delivery.concurrency must be a whole number of at least 1, not 1.5.",
    'c.yaml:12:16  plugins.search.delivery.ordered must be true or false, not "yes". YAML 1.2 knows only true and false: write true without quotes.',
    "c.yaml:13:16  plugins.search.delivery.timeout must be a duration above 0 and at most 24 days, such as 500ms, 60s, 5m, 1h or a number of milliseconds, not 0.",
    'c.yaml:14:21  plugins.search.delivery.retry has a min of "1h", which is longer than its max of "5s".',
    'c.yaml:15:17  plugins.search.delivery.deadline must be a duration of at most 24 days, such as 500ms, 60s, 5m, 1h or a number of milliseconds, not "25h d".',
    "c.yaml:16:3  plugins.empty does not say which plugin it is. Name one, such as plugin: filestore.",
    "c.yaml:17:11  plugins.number must be a map such as { plugin: filestore }, not a number.",
    "c.yaml:18:18  plugins.map.plugin must be a name such as filestore, not an object.",
    'c.yaml:21:14  audits.nightly.stores[0] names "serch", which is not defined under plugins. Did you mean "search"?',
    'c.yaml:21:29  audits.nightly.stores names "search" twice. Keep one.',
    "c.yaml:21:37  audits.nightly.stores[3] must be the key of a plugin, not a number.",
    'c.yaml:22:5  audits.nightly has an unknown key "tabs". Did you mean "taps"?',
    'c.yaml:23:10  audits.nightly.id[0] must be a JSON pointer, which begins with /, such as /raw/finding_info/uid, not "raw/x".',
    "c.yaml:23:26  audits.nightly.id[2]: /uid leads nowhere: a record has /raw, /ext and /com.",
    'c.yaml:23:32  audits.nightly.id[3] must be a JSON pointer, in which ~0 stands for ~ and ~1 for /, such as /raw/finding_info/uid, not "/raw/~5".',
    'c.yaml:23:41  audits.nightly.id[4] must be a JSON pointer, which begins with /, such as /raw/finding_info/uid, not "".',
    "c.yaml:23:45  audits.nightly.id[5] must be a JSON pointer such as /raw/finding_info/uid, not a number.",
    "c.yaml:24:21  audits.single.stores must be a list of keys of plugins, such as [search], not a string.",
    "c.yaml:25:11  audits.none has no stores. List at least one, such as stores: [search].",
    "c.yaml:26:9  audits.text must be a map such as { stores: [filestore] }, not a string. Write text: { stores: [search] }.",
    'c.yaml:27:7  run[0] names "nigthly", which is not defined under audits. Did you mean "nightly"?',
    'c.yaml:27:25  run names "nightly" twice. Keep one.',
    'c.yaml:27:34  run[3] names "zzz", which is not defined under audits. Define it there, or name one of default, nightly, single, none, text.',
    'c.yaml:28:22  delivery.timeout must be a duration above 0 and at most 24 days, such as 500ms, 60s, 5m, 1h or a number of milliseconds, not "999h".',
    "c.yaml:29:12  state_dir must be the path of a folder, not a number.",
    "c.yaml:30:10  markers must be true or false, not a number.",
  ]);
});

test("the valid parts are kept, and nothing else", async () => {
  const { loaded } = await load(`plugins:
  bad: 5
  s: { plugin: esstore, params: 5, delivery: { batch: { records: 0, bytes: 1MB }, queue: x, timeout: 5s } }
audits: { a: { stores: [bad, nope, s], taps: [s, 5], id: [x, /raw/id] }, b: { stores: s } }
run: [a, a, nope, b]
state_dir: {}
delivery: []
`);
  expect(loaded.value.plugins["s"]).toEqual({
    plugin: "esstore",
    delivery: { batch: { bytes: "1MB" }, timeout: "5s" },
  });
  expect(loaded.value.plugins).not.toHaveProperty("bad");
  expect(loaded.value.audits).toMatchObject({
    a: { stores: ["s"], taps: ["s"], id: ["/raw/id"] },
    b: { stores: ["s"] },
  });
  expect(loaded.value.run).toEqual(["a", "b"]);
  expect(loaded.value).not.toHaveProperty("state_dir");
  expect(loaded.value).not.toHaveProperty("delivery");
});

test("everything that is right causes no message", async () => {
  const made = await load(`plugins:
  archive: { plugin: filestore, params: { path: ~/x } }
  tap: { plugin: ./tap.ts }
  search:
    plugin: esstore
    stray: 1
    delivery:
      batch: { records: 500, bytes: 5MB, age: 0 }
      queue: { records: 10000, bytes: 16MiB }
      concurrency: 4
      ordered: false
      timeout: 90s
      deadline: 0
      retry: { min: 100ms, max: 5m }
audits:
  nightly: { stores: [archive, search], taps: [tap], id: /raw/finding_info/uid }
  weekly: { stores: [archive], id: [/raw/a~1b, /raw/c] }
run: [nightly]
delivery: { deadline: 60s }
state_dir: /var/lib/x
markers: true
`);
  expect(linesOf(made)).toEqual([]);
  expect(made.loaded.value.plugins["search"]).toMatchObject({ stray: 1 });
  expect(made.loaded.value.audits["nightly"]).toEqual({
    stores: ["archive", "search"],
    taps: ["tap"],
    id: "/raw/finding_info/uid",
  });
});

test("wrong types at the top, and a run that names nothing", async () => {
  expect(linesOf(await load("plugins: [filestore]\naudits: 5\nrun: []\n"))).toEqual([
    "c.yaml:1:10  plugins must be a map of plugins by key, not a list. Write plugins: { filestore: { plugin: filestore } }.",
    "c.yaml:2:9  audits must be a map of audits by name, not a number.",
    "c.yaml:3:1  run names no audit. Name one.",
  ]);
});

test("a key that may be in an unreadable part is not reported as missing", async () => {
  const made = await load("audits: { a: { stores: [s] } }\nplugins:\n\ts: { plugin: filestore }\n");
  expect(linesOf(made)).toEqual(["c.yaml:3:1  This line is indented with a tab. YAML takes only spaces."]);
});

test("names of Object.prototype are neither plugins nor audits", async () => {
  expect(linesOf(await load("audits: { a: { stores: [constructor] } }\nrun: [toString]\n"))).toHaveLength(2);
});

test("a text in a message cannot steer a terminal", async () => {
  const [line] = linesOf(await load('audits: { a: { stores: ["\\e[31mred"] } }\n'));
  expect(line).toContain('names "\\u001b[31mred"');
});

test("an empty text, as `${VAR:-}` leaves it, counts as not set (L-48)", async () => {
  const made = await load(`plugins:
  archive: { plugin: filestore, params: "\${PARAMS:-}", delivery: { timeout: "\${T:-}", batch: "", ordered: "" } }
audits:
  nightly: { stores: [archive], taps: "", id: "\${ID:-}" }
delivery: ""
state_dir: "\${STATE:-}"
markers: "\${MARKERS:-}"
`);
  expect(linesOf(made)).toEqual([]);
});

test("a plugin without a name is reported (L-48)", async () => {
  expect(
    linesOf(await load('plugins: { archive: { plugin: "${P:-}" } }\naudits: { a: { stores: [archive] } }\n')),
  ).toEqual(["c.yaml:1:23  plugins.archive does not say which plugin it is. Name one, such as plugin: filestore."]);
});

test("spool and state have sensible ranges, and stand beside delivery", async () => {
  const made = await load(`plugins: { s: { plugin: esstore, delivery: { spool: { commit: 1s } } } }
audits: { a: { stores: [s] } }
spool:
  comit: 1s
  commit: 5ms
  max_bytes: 1000
  reserve_bytes: -1
  when_full: drop
state: { keep: 5m, max_byte: 1GiB, max_bytes: many }
state_dir_unsafe: "yes"
`);
  expect(linesOf(made)).toEqual([
    "c.yaml:1:53  plugins.s.delivery.spool must be auto, true or false; commit, max_bytes, reserve_bytes and when_full belong in spool beside delivery, not an object.",
    'c.yaml:4:3  spool has an unknown key "comit". Known: commit, max_bytes, reserve_bytes, when_full.',
    'c.yaml:5:11  spool.commit must be a duration of 10ms to 1h, such as 200ms, 1s or a number of milliseconds, not "5ms".',
    "c.yaml:6:14  spool.max_bytes must be a size of at least 1MiB, such as 500MB, 4GiB or a number of bytes, not 1000.",
    "c.yaml:7:18  spool.reserve_bytes must be a size such as 0, 500MB, 1GiB or a number of bytes, not -1.",
    'c.yaml:8:14  spool.when_full must be block or dead_letter, not "drop".',
    'c.yaml:9:16  state.keep must be a duration of at least 1h, such as 12h, 90d or a number of milliseconds, not "5m".',
    'c.yaml:9:20  state has an unknown key "max_byte". Known: keep, max_bytes.',
    'c.yaml:9:47  state.max_bytes must be a size of at least 1MiB, such as 500MB, 1GiB or a number of bytes, not "many".',
    "c.yaml:10:19  state_dir_unsafe must be true or false, not a string. YAML 1.2 knows only true and false: write true without quotes.",
  ]);
  expect(made.loaded.value).toMatchObject({ spool: {}, state: {} });
  expect(linesOf(await load("spool: auto\nstate: []\n"))).toEqual([
    "c.yaml:1:8  spool must be a map with keys such as commit, max_bytes, reserve_bytes, not a string.",
    "c.yaml:2:8  state must be a map with keys such as keep, max_bytes, not a list.",
  ]);
});

test("a misspelt key of spool and of state is guessed", async () => {
  expect(linesOf(await load("spool: { whenfull: block }\nstate: { kep: 90d }\n"))).toEqual([
    'c.yaml:1:10  spool has an unknown key "whenfull". Did you mean "when_full"?',
    'c.yaml:2:10  state has an unknown key "kep". Did you mean "keep"?',
  ]);
  expect(linesOf(await load("spol: { commit: 1s }\n"))).toEqual([
    'c.yaml:1:1  The configuration has an unknown key "spol". Did you mean "spool"?',
  ]);
});

test("settings of the spool and the state folder may come from variables", async () => {
  const env = { COMMIT: "500ms", MOST: "2TiB", FULL: "dead_letter", KEEP: "30d", UNSAFE: "true" };
  const made = await load(
    `spool: { commit: "\${COMMIT}", max_bytes: "\${MOST}", reserve_bytes: "\${NONE:-}", when_full: "\${FULL}" }
state: { keep: "\${KEEP}" }
state_dir_unsafe: "\${UNSAFE}"
`,
    { env },
  );
  expect(linesOf(made)).toEqual([]);
  expect(made.loaded.value).toMatchObject({
    spool: { commit: "500ms", max_bytes: "2TiB", when_full: "dead_letter" },
    state: { keep: "30d" },
    state_dir_unsafe: true,
  });
});

test("taps of one store: under its plugin, and in its entry of a list of stores", async () => {
  const { loaded } = await load(`plugins:
  archive: { plugin: filestore }
  splunk: { plugin: splunkhecstore, taps: [few], params: { token: "\${TOKEN:-t}" } }
  few: { plugin: tap-filter }
  redact: { plugin: tap-redact, params: { by: "\${BY:-x}" } }
  unused: { plugin: tap-redact, params: { by: "\${MISSING}" } }
audits:
  nightly: { stores: [archive, { store: splunk, taps: [redact, few] }], taps: [few] }
  other: { stores: [{ store: archive }] }
run: [nightly, other]
`);
  expect(loaded.problems).toEqual([]);
  expect(loaded.value.plugins["splunk"]).toMatchObject({ taps: ["few"] });
  expect(loaded.value.plugins["archive"]).not.toHaveProperty("taps");
  // A plugin that only such a list names is used: its variables are read.
  expect(loaded.value.plugins["redact"]?.params).toEqual({ by: "x" });
  expect(loaded.value.audits).toMatchObject({
    nightly: { stores: ["archive", "splunk"], taps: ["few"], tapsOf: { splunk: ["redact", "few"] } },
    other: { stores: ["archive"] },
  });
});

test("mistakes in the taps of one store have their places", async () => {
  const made = await load(`plugins:
  archive: { plugin: filestore, taps: [redct, 5] }
  search: { plugin: esstore, taps: redact }
  redact: { plugin: tap-redact }
audits:
  nightly:
    stores: [{ store: serch }, { store: archive, tap: [redact] }, { store: search, taps: [nobody] }, { taps: [redact] }]
run: [nightly]
`);
  expect(linesOf(made)).toEqual([
    'c.yaml:2:40  plugins.archive.taps[0] names "redct", which is not defined under plugins. Did you mean "redact"?',
    "c.yaml:2:47  plugins.archive.taps[1] must be the key of a plugin, not a number.",
    "c.yaml:3:36  plugins.search.taps must be a list of keys of plugins, such as [redact], not a string.",
    'c.yaml:7:14  audits.nightly.stores[0] names "serch", which is not defined under plugins. Did you mean "search"?',
    'c.yaml:7:50  audits.nightly.stores[1] has an unknown key "tap". Did you mean "taps"?',
    'c.yaml:7:91  audits.nightly.stores[2].taps[0] names "nobody", which is not defined under plugins. Define it there, or name one of filestore, esstore, mongodbstore, archive, search, redact.',
    "c.yaml:7:102  audits.nightly.stores[3] must be the key of a plugin, not an object.",
  ]);
});
