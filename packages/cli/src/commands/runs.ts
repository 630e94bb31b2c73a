import { EXIT, type ExitCode, type RunSummary } from "@cloudmarker/core";
import { runError } from "../errors.ts";
import type { RunsOptions } from "../options.ts";
import { table } from "../render/table.ts";
import { plain, timeOf } from "../render/text.ts";
import { readAbout } from "../runs/about-run.ts";
import { howEnded } from "../runs/how-ended.ts";
import { renderEnded } from "../runs/report.ts";
import { runsOf, statePlace } from "../runs/state-folder.ts";
import type { Session } from "../session.ts";
import { sinceOf } from "../since.ts";

/** `cloudmarker runs`: lists the runs of the state folder, or shows one with its receipt. */
export async function runs(id: string | undefined, options: RunsOptions, session: Session): Promise<ExitCode> {
  const since = sinceOf(options);
  const { folder, option } = await statePlace(options, session);
  const { audit } = options;
  const found = await runsOf(folder, {
    ...(id !== undefined && { run: id }),
    ...(audit !== undefined && { audit }),
    ...(since !== undefined && { since }),
  });
  const [first] = found;
  if (id !== undefined && !first) {
    throw runError("RUN_UNKNOWN", { run: id, folder });
  }
  const documents = found.map((run) => ({ ...run, how: howEnded(run) }));
  await session.result({ folder, runs: documents, exit: EXIT.OK }, () => {
    if (id !== undefined && first) return one(first, option, session);
    if (found.length === 0) return `No run is known in ${plain(folder)}.\n`;
    const rows = found.map((run) => [run.run, timeOf(run.started), run.audits.join(", "), ended(run)]);
    const lines = table(["run", "started", "audits", "how it ended"], rows, session.colors);
    return lines.map((line) => `${line}\n`).join("");
  });
  return EXIT.OK;
}

/** @param option that names the state folder */
function one(run: RunSummary, option: string, { colors }: Session): string {
  const { started, ended: end, audits, receipt } = run;
  const facts = table(
    [],
    [
      ["run", run.run],
      ["started", timeOf(started)],
      ...(end === undefined ? [] : [["ended", timeOf(end)] as const]),
      ["audits", audits.join(", ")],
      ["how it ended", ended(run)],
    ],
    colors,
  );
  return `${facts.join("\n")}\n${receipt ? `\n${renderEnded(run, receipt, option, colors)}` : ""}`;
}

function ended(run: RunSummary): string {
  const isLeft = run.status === "spooled" || run.status === "interrupted";
  return `${howEnded(run)}${isLeft && !readAbout(run) ? " (the program that made it resumes it)" : ""}`;
}
