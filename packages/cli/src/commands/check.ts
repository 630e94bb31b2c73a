import { describeFiles, EXIT, type ExitCode } from "@cloudmarker/core";
import { plain } from "../render/text.ts";
import type { Session } from "../session.ts";

/** `cloudmarker check`: configuration, plugins and params, then every store's own look at its back end. Writes nothing. */
export async function check(session: Session): Promise<ExitCode> {
  const host = session.host();
  const stores = await host.check();
  const { config, warnings } = await host.inspect();
  for (const warning of warnings) session.reporter.warn(warning);
  const ok = stores.every((store) => store.ok);
  const exit = ok ? EXIT.OK : EXIT.INCOMPLETE;
  const { green, red } = session.colors;
  const keys = stores.map(({ store }) => store);
  await session.result({ ok, files: config.files, stores, exit }, () => {
    const lines = stores.map(({ ok: fine, audit, store, plugin, code, message }) => {
      const verdict = fine ? green("ok    ") : red("FAILED");
      return `${verdict}  ${plain(`${audit}/${store} (${plugin})  ${fine ? "" : `${code}: `}${message}`)}\n`;
    });
    return `${plain(describeFiles(config, keys))}\n${lines.join("")}`;
  });
  return exit;
}
