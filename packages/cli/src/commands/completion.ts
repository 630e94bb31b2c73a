// Completion in a shell: its script asks `cloudmarker complete -- WORDS` for what fits at the cursor.
import { type Command as Completed, type Complete, RootCommand } from "@bomb.sh/tab";
import { FIRST_PARTY, FIRST_PARTY_STORES } from "@cloudmarker/core";
import type { Argument, Command, Option } from "commander";
import { TOPICS } from "./help.ts";

/** Options and arguments that are a file or a folder. */
const FILES: ReadonlySet<string> = new Set(["--config", "--state-dir", "file"]);

/** Options and arguments that are the name of a plugin, or its path. */
const PLUGINS: ReadonlySet<string> = new Set(["--store", "name"]);

/**
 * For bash, which splits words at `=` as well. That of the library needs another package, and completes no files; here
 * bash does it where nothing else fits.
 */
const BASH = `# bash completion for cloudmarker
_cloudmarker() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line i
  local -a words=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if [[ \${#words[@]} -gt 0 && (\${COMP_WORDS[i]} == "=" || \${COMP_WORDS[i - 1]} == "=") ]]; then
      words[\${#words[@]} - 1]+="\${COMP_WORDS[i]}"
    else
      words+=("\${COMP_WORDS[i]}")
    fi
  done
  [[ $current == "=" ]] && current=""
  COMPREPLY=()
  while IFS= read -r line; do
    line="\${line%%$'\\t'*}"
    [[ $line == :* || $line != "$current"* ]] || COMPREPLY+=("$line")
  done < <(cloudmarker complete -- "\${words[@]}" 2>/dev/null)
}
complete -o default -F _cloudmarker cloudmarker
`;

/** The script that a shell reads. */
export function completionScript(shell: string): string {
  return shell === "bash" ? BASH : printed(() => new RootCommand().setup("cloudmarker", "cloudmarker", shell));
}

/** What a script of {@link completionScript} reads: a completion a line, and a last line for the shell. */
export function completions(words: readonly string[], program: Command): string {
  const root = new RootCommand();
  let files = false;
  const wantFiles = (): void => {
    files = true;
  };
  const globals = program.options.filter((option) => !option.hidden);
  add(program, root, []);
  const text = printed(() => root.parse([...words]));
  // The library tells the shell not to complete files, whatever the argument is.
  if (files && /^:\d+\n$/u.test(text)) return ":0\n";
  // zsh takes an empty description for one.
  return text.replaceAll(/\t$/gmu, "");

  function add(command: Command, completed: Completed, path: readonly string[]): void {
    const options = command.createHelp().visibleOptions(command);
    for (const option of [...options, ...globals]) addOption(option, completed);
    if (path.length > 0)
      for (const argument of command.registeredArguments)
        completed.argument(argument.name(), handlerOf(argument, argument.name()), argument.variadic);
    for (const one of command.createHelp().visibleCommands(command)) {
      const own = [...path, one.name()];
      add(one, root.command(own.join(" "), one.description()), own);
    }
  }

  function addOption(option: Option, completed: Completed): void {
    const { long, short, description } = option;
    if (!long) return;
    const [name, letter] = [long.slice(2), short?.slice(1)];
    // Without a handler it takes no value.
    if (option.required) completed.option(name, description, handlerOf(option, long) ?? (() => undefined), letter);
    else if (letter) completed.option(name, description, letter);
    else completed.option(name, description);
  }

  function handlerOf({ argChoices }: Option | Argument, name: string): ((complete: Complete) => void) | undefined {
    const topics = [...Object.keys(TOPICS), ...program.commands.map((command) => command.name()), ...FIRST_PARTY];
    const values = argChoices ?? (name === "topic" ? topics : PLUGINS.has(name) ? pluginsFor(name) : undefined);
    if (!values) return FILES.has(name) ? wantFiles : undefined;
    return (complete) => {
      if (PLUGINS.has(name)) wantFiles();
      for (const value of values) complete(value, "");
    };
  }
}

/** Names of ours: a tap is no store. */
function pluginsFor(name: string): readonly string[] {
  return name === "--store" ? FIRST_PARTY_STORES : FIRST_PARTY;
}

/** The text that the library prints: it prints to the console only, and standard output is the command's. */
function printed(print: () => void): string {
  const theirs = console;
  const { log } = theirs;
  const lines: string[] = [];
  theirs.log = (line: string): void => void lines.push(line);
  try {
    print();
  } finally {
    theirs.log = log;
  }
  return lines.map((line) => `${line}\n`).join("");
}
