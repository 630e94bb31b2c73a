import { describeFiles, EXIT, type ExitCode } from "@cloudmarker/core";
import type { CommonOptions } from "../options.ts";
import { plain } from "../render/text.ts";
import { keptInState } from "../runs/kept-in-state.ts";
import type { Session } from "../session.ts";

/**
 * `cloudmarker check`: checks configuration, plugins and params, then lets every store try its back end, and says what
 * is waiting in the state folder. Writes nothing. With `--quiet` its text names only the stores that failed.
 */
export async function check({ quiet = false }: Pick<CommonOptions, "quiet">, session: Session): Promise<ExitCode> {
  const host = session.host();
  const stores = await host.check();
  const inspection = await host.inspect();
  const { config, warnings } = inspection;
  for (const warning of warnings) session.reporter.warn(warning);
  const ok = stores.every((store) => store.ok);
  const exit = ok ? EXIT.OK : EXIT.INCOMPLETE;
  const { green, red } = session.colors;
  const { text, ...state } = await keptInState(inspection);
  await session.result({ ok, files: config.files, stores, state, exit }, () => {
    const shown = quiet ? stores.filter((store) => !store.ok) : stores;
    const lines = shown.map(({ ok: fine, audit, store, plugin, code, message }) => {
      const verdict = fine ? green("ok    ") : red("FAILED");
      return `${verdict}  ${plain(`${audit}/${store} (${plugin})  ${fine ? "" : `${code}: `}${message}`)}\n`;
    });
    const keys = stores.map(({ store }) => store);
    return `${quiet ? "" : `${plain(describeFiles(config, keys))}\n`}${lines.join("")}${quiet ? "" : text}`;
  });
  return exit;
}
