// What the help says besides the commands and their options.

export const EXAMPLES: string = `
Examples:
  prowler aws -M json-ocsf ... ; cloudmarker write output/*.ocsf.json
  trivy image --format json alpine | cloudmarker write --from trivy
  cloudmarker write --store filestore --param path=./out scan.json
  cloudmarker check -c cloudmarker.yaml

cloudmarker help TOPIC explains the configuration, the exit codes, an error code or a plugin.`;

export const WRITE_HELP: string = `
Input: a JSON array, NDJSON, JSON documents one after another, or gzip or zstd of those. It is streamed: any size.
Records are wrapped as {raw, ext, com} unless they already have that form.

--store NAME is a key under plugins of the configuration, or a plugin: a short name (filestore), a package, a ./path.
--param values are JSON if they parse as JSON, else text; a param that wants text keeps what is written (0123, 1e3).
Dots reach into nested params. With several stores write --param STORE.key=value. An argument is visible in the list of
processes: write a secret as '\${VAR}' in a configuration.

--from is a default: --select, --worker, --origin and the configuration win. cloudmarker help scanners says what it
stands for.

--origin key=NAME says what produced the records; the worker is then AUDIT_NAME unless you set one.

Without --store, the audits under run of the configuration get the records; without any configuration FileStore writes
them to its default folder. The receipt says where they are.

The first line names the run. What a store has not got is kept in the journal of the run, unless the store's own disk
keeps it (filestore): after a kill, a power cut, or with a store that was away, cloudmarker resume goes on with the run.

A store that has taken nothing, and refuses the password or 3 connections in a row, does not hold up the end of the run
for its deadline: its records stay in the journal. Without a journal, the records of a store that refuses the password
become dead letters at once; --fail-fast has the same for refused connections. --deadline waits, and so does
--no-fail-fast.

First signal (Ctrl-C): the command reads no more, delivers within the deadline what it accepted, keeps the rest, and
prints the receipt. Second signal: the rest is kept at once. Without a journal it becomes dead letters.

A run that has delivered all of its own also delivers what earlier runs of the same audit and configuration had left.

Examples:
  cloudmarker write scan.json
  kubectl get pods -o json | cloudmarker write --select items --worker pods
  cloudmarker write --store ./my-store.ts --param url=http://localhost:8080 findings.ndjson.gz
  cloudmarker write --explain 3 scan.json
  cloudmarker write --json scan.json | jq .ok`;

export const RESUME_HELP: string = `
The run goes on under its own id: what its stores have not got is delivered, input files are read on where the run broke
off if they are still the same, and stores publish. The receipt is that of the whole run.

The configuration is read again, from the files, --store and --param that the run was started with; -c names others. A
secret that stood on the command line is not kept: give it again with --param STORE.key=value.

Examples:
  cloudmarker resume 20261129_233448_ab12cd
  cloudmarker resume --all --deadline 10m`;

export const LIST_HELP: string = `
A dead letter is a record that a store refused for good, or that could not be kept for later: see docs/durability.md.
Reasons that differ only in numbers, ids and quoted texts count as one; the sample is the number of one of them.

Examples:
  cloudmarker dead-letters list --since 24h
  cloudmarker dead-letters show 17`;

export const REPLAY_HELP: string = `
Each record is sent to the store that refused it, with the same bytes and under the same id. One that arrives is marked
and not sent again; one that is refused again stays, with its new reason. Correct what they were refused for first.

The configuration is that of the run, from the files, --store and --param that it was started with; -c names another. A
secret that stood on the command line is not kept: give it again with --param STORE.key=value.

Files are those of earlier versions (dead-letters/AUDIT.STORE.ndjson) or of cloudmarker dead-letters export; - is
standard input. What they hold is kept in the state folder first, and then sent, once however often they are read. Lines
that are no dead letters are skipped and counted, and the exit code is not 0.

More than 1,000 are sent after a question; --yes is the answer, and without a terminal it is needed.

Examples:
  cloudmarker dead-letters replay --reason "field [status]"
  cloudmarker dead-letters replay --store search --to archive --since 7d
  cloudmarker dead-letters replay ~/.local/state/cloudmarker/dead-letters/nightly.search.ndjson`;

export const EXPORT_HELP: string = `
One line each: {time, run, audit, store, code, reason, attempts, id, record}. record is the text that the store was
given.
cloudmarker dead-letters replay FILE sends them.`;

export const CHECK_HELP: string = `
--conformance is for a store that somebody else wrote: its schema, and what it does when it explains, is opened, checked
and closed. It sends no record, so it cannot see whether the store loses any: the tests of its author can.

validate, lint and test-connection are other words for it.

Examples:
  cloudmarker check -c cloudmarker.yaml
  cloudmarker check ./my-store.ts --param url=http://localhost:8080 --conformance`;

export const HELP_HELP: string = `
A topic is a command (write, dead-letters replay), config (the keys of a configuration file), exit-codes, errors, the
code of an error (CONFIG_INVALID), scanners (the presets of --from), or a plugin (filestore, ./my-store.ts).`;

export const COMPLETION_HELP: string = `
bash  write into ~/.bashrc: source <(cloudmarker completion bash)
zsh   write into ~/.zshrc, after compinit: source <(cloudmarker completion zsh)
fish  run once: cloudmarker completion fish > ~/.config/fish/completions/cloudmarker.fish`;

export const INIT_HELP: string = `
It writes cloudmarker.yaml, or the file that -c names, and cloudmarker.schema.json beside it for editors. It never
overwrites a file. A secret is not written: the file names a variable of the environment. Relative paths start at the
folder of the file.

Examples:
  cloudmarker init
  cloudmarker init --store filestore --param path=./audit-records --param format=ndjson
  cloudmarker init --store esstore --param node=https://es.example:9200 --param api_key='\${ES_API_KEY}'`;
