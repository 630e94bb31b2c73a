import { describeFiles, EXIT, type ExitCode, type Explained, type Host } from "@cloudmarker/core";
import { asInputError } from "../input/input-error.ts";
import { readSource } from "../input/read-source.ts";
import { findSources, type Source } from "../input/sources.ts";
import type { WriteOptions } from "../options.ts";
import { hasOrigin, originFor, originOf } from "../origin.ts";
import { withWorker } from "../presets/apply.ts";
import { renderExplained } from "../render/explained.ts";
import { fit } from "../render/fit.ts";
import { plain } from "../render/text.ts";
import type { Session } from "../session.ts";

/**
 * `cloudmarker write --explain N`: prints the exact requests that the first N records would cause. Sends nothing and
 * leaves nothing behind.
 */
export async function explain(
  files: readonly string[],
  options: WriteOptions,
  records: number,
  session: Session,
): Promise<ExitCode> {
  const sources = withWorker(await findSources(files, session.world, options.config), options);
  const explained: Explained[] = [];
  const host = session.host({
    explain: (one) => explained.push(one),
    workers: sources.map((source) => source.worker),
    ...(options.runId !== undefined && { run: options.runId }),
  });
  await host.open();
  let left = records;
  const note = (text: string): void => session.reporter.note(text);
  for (const source of sources) if (left > 0) left -= await send(source, left, options, host, note);
  await host.done();
  const { config, stores } = await host.inspect();
  const ok = explained.every(({ problem }) => problem === undefined);
  const exit = ok ? EXIT.OK : EXIT.INCOMPLETE;
  const used = describeFiles(
    config,
    stores.map(({ key }) => key),
  );
  const { dim, columns } = session.colors;
  await session.result(
    { ok, files: config.files, batches: explained, exit },
    () => {
      return `${renderExplained(stores, explained, session.colors)}${fit(dim(plain(used)), columns)}\n`;
    },
    "verbatim",
  );
  return exit;
}

/** Sends the first records of an input, `most` of them. @returns how many there were */
async function send(
  source: Source,
  most: number,
  options: WriteOptions,
  host: Host,
  note: (text: string) => void,
): Promise<number> {
  const origin = originFor(originOf(options), source);
  const chunks = source.open();
  let sent = 0;
  try {
    const records = readSource(source, chunks, options, {
      note,
      hint: (hint) => note(`hint: ${hint}`),
      isNamed: () => hasOrigin(host, options),
      skip(lines) {
        for (const { line, reason } of lines) note(`${source.name}:${line}: skipped: ${reason}`);
      },
    });
    for await (const batch of records) {
      const wanted = batch.slice(0, most - sent);
      await host.write(wanted, { origin });
      sent += wanted.length;
      if (sent >= most) break;
    }
  } catch (error) {
    throw asInputError(source.name, error);
  } finally {
    chunks.stop();
  }
  return sent;
}
