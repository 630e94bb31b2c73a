// Words of other programs, and what is meant by them here.

/** Commands. `check` has aliases besides. */
const COMMANDS: Readonly<Record<string, string>> = {
  deliver: "write",
  import: "write",
  ingest: "write",
  push: "write",
  run: "write",
  send: "write",
  ship: "write",
  upload: "write",
  "dry-run": "write --explain 1",
  continue: "resume",
  history: "runs",
  list: "runs",
  log: "runs",
  logs: "runs",
  ls: "runs",
  status: "runs",
  dlq: "dead-letters",
  failed: "dead-letters",
  rejects: "dead-letters",
  replay: "dead-letters replay",
  retry: "dead-letters replay",
  configure: "init",
  new: "init",
  setup: "init",
  doctor: "check",
  ping: "check",
  test: "check",
  verify: "check",
  add: "plugins --search",
  install: "plugins --search",
  search: "plugins --search",
  stores: "plugins",
  "exit-codes": "help exit-codes",
  man: "help",
  scanners: "help scanners",
  show: "config",
};

/** Options, and what to say of them. */
const OPTIONS: Readonly<Record<string, string>> = {
  "--dry-run": "write --explain 3 FILE prints the requests that the first 3 records would cause, and sends nothing.",
  "--silent": "It is called --quiet (-q) here.",
  "-V": "It is called --version (-v) here.",
  "--color": "FORCE_COLOR=1 before the command turns colours on, NO_COLOR=1 off.",
  "--no-color": "NO_COLOR=1 before the command turns colours off.",
  "--format": "--json prints the result as one JSON document.",
  "-f": "Files are named without an option: cloudmarker write FILE",
  "-i": "Files are named without an option: cloudmarker write FILE",
  "-o": "--store says where records go: cloudmarker write --store filestore --param path=FOLDER FILE",
  "--file": "Files are named without an option: cloudmarker write FILE",
  "--input": "Files are named without an option: cloudmarker write FILE",
  "--output": "--store says where records go: cloudmarker write --store filestore --param path=FOLDER FILE",
  "--force": "The answer to a question is --yes.",
};

/** Options that are params of a store here. */
const PARAMS = new Set([
  "api-key",
  "db",
  "host",
  "index",
  "node",
  "password",
  "path",
  "port",
  "token",
  "uri",
  "url",
  "username",
]);

/** The command that another program's word stands for. */
export function commandMeant(word: string): string | undefined {
  return Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
}

/** What to do in place of another program's option; `option` is as it was written, without a value. */
export function insteadOf(option: string): string | undefined {
  if (PARAMS.has(option.slice(2))) {
    const param = option.slice(2).replaceAll("-", "_");
    return `It is a param of a store: --store NAME --param ${param}=VALUE`;
  }
  return Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
}
