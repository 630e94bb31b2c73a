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
  search: "plugins --search",
  show: "config",
};

/** Options, and what to say of them. */
const OPTIONS: Readonly<Record<string, string>> = {
  "--dry-run": "write --explain 3 FILE prints the requests that the first 3 records would cause, and sends nothing.",
  "--silent": "It is called --quiet (-q) here.",
  "--file": "Files are named without an option: cloudmarker write FILE",
  "--input": "Files are named without an option: cloudmarker write FILE",
  "--output": "--store says where records go: cloudmarker write --store filestore --param path=FOLDER FILE",
  "--force": "The answer to a question is --yes.",
};

/** The command that another program's word stands for. */
export function commandMeant(word: string): string | undefined {
  return Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
}

/** What to do in place of another program's option; `option` is as it was written, without a value. */
export function insteadOf(option: string): string | undefined {
  return Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
}
