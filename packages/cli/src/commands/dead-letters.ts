import { EXIT, type ExitCode, sizeWords, type KeptLetter, type LetterEvent, type LetterGroup } from "@cloudmarker/core";
import { confirm } from "../confirm.ts";
import { letterError } from "../errors.ts";
import { filterOf } from "../letters/filter.ts";
import { formatLetter } from "../letters/letter-lines.ts";
import { noneFound } from "../letters/none-found.ts";
import { describeOldFiles, oldLetterFiles } from "../letters/old-files.ts";
import { withState } from "../letters/with-state.ts";
import type { CommonOptions, LetterOptions, PurgeOptions } from "../options.ts";
import { table } from "../render/table.ts";
import { codeAndReason, type Colors, count, plain, timeOf } from "../render/text.ts";
import type { Session } from "../session.ts";
import { print } from "../world.ts";

/** Characters of a reason in the list; `show` and `--json` have the whole. */
const LONGEST_REASON = 80;

/** Characters that `export` writes at once. */
const CHUNK = 64 * 1024;

/** `cloudmarker dead-letters list`: what was given up, by store, code and reason. */
export async function listLetters(options: LetterOptions, session: Session): Promise<ExitCode> {
  const filter = filterOf(options);
  return withState(options, session, async ({ deadLetters }, { folder, option }) => {
    const oldFiles = await oldLetterFiles(folder);
    if (oldFiles.length > 0) session.reporter.note(`Not in the list: ${describeOldFiles(oldFiles, option)}`);
    const { letters, bytes } = await deadLetters.count(filter);
    const groups = await deadLetters.groups(filter);
    await session.result({ folder, letters, bytes, groups, oldFiles, exit: EXIT.OK }, () => {
      const [first] = groups;
      if (!first) return `${noneFound(options, folder)}\n`;
      const rows = table(
        ["letters", "store", "code", "last tried", "sample", "reason"],
        groups.map((group) => [
          group.count,
          storeOf(group, groups),
          group.code,
          timeOf(group.lastTime),
          group.sample,
          shortened(withoutCode(group)),
        ]),
        session.colors,
      );
      const sum = `${count(letters, "dead letter")}, ${sizeWords(bytes)}.`;
      const next =
        filter.state === "replayed"
          ? `They arrived when they were sent again; cloudmarker dead-letters purge --state replayed${option} removes them.`
          : `To send them again: cloudmarker dead-letters replay${option}`;
      const one = `One of them: cloudmarker dead-letters show ${first.sample}${option}`;
      return `${[...rows, "", `${sum} ${one}`, next].join("\n")}\n`;
    });
    return EXIT.OK;
  });
}

/** `cloudmarker dead-letters show`: one dead letter, with what happened to it and its record. */
export async function showLetter(id: number, options: CommonOptions, session: Session): Promise<ExitCode> {
  return withState(options, session, async ({ deadLetters }, { folder }) => {
    const letter = await deadLetters.get(id);
    if (!letter) throw letterError("LETTER_UNKNOWN", { id, folder });
    await session.result({ folder, letter, exit: EXIT.OK }, () => describe(letter, session.colors), "verbatim");
    return EXIT.OK;
  });
}

/** `cloudmarker dead-letters export`: prints them as NDJSON, one a line, as `replay` reads them. */
export async function exportLetters(options: LetterOptions, session: Session): Promise<ExitCode> {
  const { stdout } = session.world;
  const filter = filterOf(options);
  return withState(options, session, async ({ deadLetters }) => {
    let text = "";
    for await (const letter of deadLetters.list(filter)) {
      text += formatLetter(letter);
      if (text.length < CHUNK) continue;
      await print(stdout, text);
      text = "";
      // Its reader is gone, such as `head`.
      if (!stdout.writable) return EXIT.OK;
    }
    await print(stdout, text);
    return EXIT.OK;
  });
}

/** `cloudmarker dead-letters purge`: removes them for good, after a question. */
export async function purgeLetters(options: PurgeOptions, session: Session): Promise<ExitCode> {
  const filter = filterOf(options);
  return withState(options, session, async ({ deadLetters }, { folder }) => {
    const { letters, bytes } = await deadLetters.count(filter);
    const what = `${count(letters, "dead letter")} (${sizeWords(bytes)})`;
    const isWanted = letters === 0 || (await confirm(`Remove ${what} for good`, options, session.world));
    const removed = isWanted ? await deadLetters.purge(filter) : 0;
    const exit = isWanted ? EXIT.OK : EXIT.INCOMPLETE;
    await session.result({ folder, removed, exit }, () =>
      isWanted ? `${count(removed, "dead letter")} removed.\n` : "Nothing was removed.\n",
    );
    return exit;
  });
}

/** `archive`, or `nightly/archive` if there are several audits, and where they were sent last if that is elsewhere. */
function storeOf({ audit, store, to }: LetterGroup, all: readonly LetterGroup[]): string {
  const own = all.some((other) => other.audit !== audit) ? `${audit}/${store}` : store;
  return to === undefined ? own : `${own} (sent to ${to})`;
}

/** The code has a column of its own. */
function withoutCode({ code, reason }: LetterGroup): string {
  return reason.startsWith(`${code}: `) ? reason.slice(code.length + 2) : reason;
}

function shortened(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}

function describe(letter: KeptLetter, colors: Colors): string {
  const { id, run, audit, store, plugin, code, reason, attempts, state, recordId, json, history } = letter;
  const facts: (readonly [string, string])[] = [
    ["dead letter", String(id)],
    ["run", run],
    ["audit", audit],
    ["store", plugin === "" || plugin === store ? store : `${store} (${plugin})`],
    ["record id", recordId],
    ["state", state === "replayed" ? "arrived when it was sent again" : "kept, to be sent again"],
    ["code", code],
    ["reason", reason],
    ["attempts", String(attempts)],
  ];
  const events = history.map((event) => [timeOf(event.time), wordsOf(event)] as const);
  const rows = table([], [...facts, ...events], colors);
  return `${rows.join("\n")}\n\n${plain(json)}\n`;
}

function wordsOf({ outcome, code = "", reason = "", to }: LetterEvent): string {
  const where = to === undefined ? "" : `, to ${to}`;
  return outcome === "replayed" ? `sent again${where}: arrived` : `given up${where}: ${codeAndReason(code, reason)}`;
}
