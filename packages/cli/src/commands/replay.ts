import { EXIT, type ExitCode, sizeWords } from "@cloudmarker/core";
import { confirm } from "../confirm.ts";
import { exitOf, worst } from "../exit-codes.ts";
import { filterOf } from "../letters/filter.ts";
import { noneFound, noneFoundOf } from "../letters/none-found.ts";
import { describeOldFiles, oldLetterFiles } from "../letters/old-files.ts";
import { partsOf, type ReplayPart } from "../letters/parts.ts";
import { describeSkipped, type LettersRead, readLetterFiles } from "../letters/read-files.ts";
import { replay } from "../letters/replay.ts";
import { withState } from "../letters/with-state.ts";
import { beforeSending, hasNeverBegun } from "../never-began.ts";
import type { ReplayOptions } from "../options.ts";
import { errorToJson, renderError } from "../render/error.ts";
import { printText } from "../render/print-text.ts";
import { count } from "../render/text.ts";
import type { Session } from "../session.ts";
import { deadlineOf } from "./write.ts";

/** More than these are sent only after a question. */
const MOST_UNASKED = 1_000;

const NOTHING_READ: LettersRead = { ids: [], skipped: 0, samples: [], problems: [] };

/** `cloudmarker dead-letters replay`: sends dead letters again, and prints a receipt for each configuration. */
export async function replayLetters(
  files: readonly string[],
  options: ReplayOptions,
  session: Session,
): Promise<ExitCode> {
  const { reporter, world } = session;
  const deadlineMs = deadlineOf(options);
  const given = filterOf(options);
  const looking = withState(
    options,
    session,
    async (state, place) => {
      const { deadLetters } = state;
      const found = files.length > 0 ? await readLetterFiles(files, deadLetters, options, world) : NOTHING_READ;
      const ids = files.length > 0 ? found.ids.filter((id) => given.ids?.includes(id) ?? true) : given.ids;
      const wanted = { ...given, ...(ids && { ids }) };
      const oldFiles = files.length > 0 ? [] : await oldLetterFiles(place.folder);
      if (oldFiles.length > 0) reporter.note(`Not sent: ${describeOldFiles(oldFiles, place.option)}`);
      const sum = await deadLetters.count(wanted);
      const what = `Send ${count(sum.letters, "dead letter")} (${sizeWords(sum.bytes)}) again`;
      const isWanted = sum.letters <= MOST_UNASKED || (await confirm(what, options, world));
      const runs = isWanted ? await deadLetters.runs(wanted) : [];
      const groups = options.to === undefined ? [] : await deadLetters.groups(wanted);
      const stores = [...new Set(groups.map(({ store }) => store))];
      const divided = partsOf(
        runs,
        runs.length > 0 ? await state.runs({ forgotten: true }) : [],
        place.folder,
        options,
        world,
      );
      return {
        read: found,
        filter: wanted,
        place,
        letters: isWanted ? sum.letters : undefined,
        stores,
        parts: divided,
      };
    },
    files.length > 0,
  );
  const {
    read,
    filter,
    place: { folder, option },
    letters,
    stores,
    parts,
  } = await beforeSending("replay", session, looking);
  const documents: object[] = [];
  const exits: ExitCode[] = [
    ...(letters === undefined ? [EXIT.INCOMPLETE] : []),
    ...(read.skipped > 0 ? [EXIT.DATA] : []),
    ...read.problems.map(({ error }) => exitOf(error)),
  ];
  const sendPart = async (part: ReplayPart): Promise<boolean> => {
    try {
      const { runs, cwd, isUnknown } = part;
      const sent = await replay(part.session(), {
        letters: { ...filter, runs },
        to: options.to,
        own: stores,
        cwd,
        unknown: isUnknown ? runs : [],
        deadlineMs,
        stateDir: option,
      });
      documents.push({ ...sent.receipt, files: sent.files, runs, exit: sent.exit });
      exits.push(sent.exit);
      if (!options.json && !(options.quiet && sent.exit === EXIT.OK)) await printText(world.stdout, sent.text);
      return !sent.isInterrupted;
    } catch (error) {
      if (parts.length === 1 && read.skipped === 0) throw error;
      const exit = exitOf(error);
      documents.push({ runs: part.runs, ...errorToJson(error, exit) });
      exits.push(exit);
      await printText(world.stderr, renderError(error, reporter.colors, options.debug === true));
      return !hasNeverBegun(error);
    }
  };
  for (const part of parts) {
    // oxlint-disable-next-line no-await-in-loop -- one configuration after the other
    if (!(await sendPart(part))) break;
  }
  const exit = worst(exits);
  if (read.skipped > 0) reporter.error(describeSkipped(read));
  for (const { error } of read.problems) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await printText(world.stderr, renderError(error, reporter.colors, options.debug === true));
  }
  if (letters === undefined) reporter.note(`Nothing was sent. They stay in ${folder}.`);
  else if (letters === 0) reporter.note(files.length > 0 ? noneFoundOf(read, options) : noneFound(options, folder));
  if (options.json) {
    const { ids, skipped, samples } = read;
    const input = {
      letters: ids.length,
      skipped: { lines: skipped, samples },
      problems: read.problems.map(({ input: name, error }) => ({ input: name, ...errorToJson(error, exitOf(error)) })),
    };
    await session.result(
      { folder, letters: letters ?? 0, replays: documents, ...(files.length > 0 && { input }), exit },
      () => "",
    );
  }
  return exit;
}
