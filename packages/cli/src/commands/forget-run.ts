import { EXIT, type ExitCode, type RunSummary } from "@cloudmarker/core";
import { confirm } from "../confirm.ts";
import { runError } from "../errors.ts";
import { withState } from "../letters/with-state.ts";
import type { AskingOptions } from "../options.ts";
import { count, grouped, plain } from "../render/text.ts";
import { howEnded } from "../runs/how-ended.ts";
import type { Session } from "../session.ts";

/** `cloudmarker runs forget`: what is left of a run becomes dead letters, and the run is removed, after a question. */
export async function forgetRun(id: string, options: AskingOptions, session: Session): Promise<ExitCode> {
  return withState(options, session, async (state, { folder, option }) => {
    const [run] = await state.runs({ run: id });
    if (!run) throw runError("RUN_UNKNOWN", { run: id, folder });
    if (run.status === "running") throw runError("RUN_IN_USE", { run: id });
    if (!(await confirm(`Forget the run ${id}, ${howEnded(run)}: ${becomes(run)}`, options, session.world))) {
      await session.result({ run: id, forgotten: false, exit: EXIT.INCOMPLETE }, () => "Nothing was changed.\n");
      return EXIT.INCOMPLETE;
    }
    const { deadLettered, lost } = await state.forget(id);
    const exit = lost > 0 ? EXIT.INCOMPLETE : EXIT.OK;
    await session.result({ run: id, forgotten: true, deadLettered, lost, exit }, () => {
      const kept = `${count(deadLettered, "dead letter")} of it are kept: cloudmarker dead-letters list --run ${plain(id)}${option}`;
      const gone = `${count(lost, "record")} of it ${lost === 1 ? "is" : "are"} given up: in the inputs of the run alone, or not readable in its journal.`;
      return [
        `The run ${plain(id)} is forgotten.`,
        ...(deadLettered > 0 ? [kept] : []),
        ...(lost > 0 ? [gone] : []),
        "",
      ].join("\n");
    });
    return exit;
  });
}

/** What becomes of what is left of it. */
function becomes({ left, missing, status }: RunSummary): string {
  const records = eachOf(left);
  const letters = records === "" ? "nothing of it is to be delivered" : `${records} become dead letters`;
  const unread = status === "interrupted" ? ", and its inputs are not read on" : "";
  const givenUp = missing.length === 0 ? "" : `; ${eachOf(missing)} are given up, since they are in no journal`;
  return `${letters}${unread}${givenUp}`;
}

function eachOf(records: RunSummary["left"]): string {
  return records.map(({ store, records: some }) => `${grouped(some)} for ${store}`).join(" and ");
}
