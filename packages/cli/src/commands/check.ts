import { describeFiles, EXIT, type ExitCode, type Host, type InspectedStore } from "@cloudmarker/core";
import type { ReportCard } from "@cloudmarker/store-testkit";
import { blameFor, seeText } from "../blame.ts";
import type { CheckOptions } from "../options.ts";
import { plain } from "../render/text.ts";
import { keptInState } from "../runs/kept-in-state.ts";
import type { Session } from "../session.ts";
import type { World } from "../world.ts";

/**
 * `cloudmarker check`: checks configuration, plugins and params, then lets every store try its back end, and says what
 * is waiting in the state folder. With `--conformance` it also looks whether they keep the store contract. Writes
 * nothing. With `--quiet` its text names only the stores that failed.
 */
export async function check(
  { quiet = false, conformance = false }: Pick<CheckOptions, "quiet" | "conformance">,
  session: Session,
): Promise<ExitCode> {
  const host = session.host();
  const inspection = await host.inspect();
  // Before the store is used in another way: a global that is there already is not found.
  const cards = conformance && inspection.problems.length === 0 ? await cardsOf(inspection.stores, host) : [];
  const checks = await (conformance ? unharmed(session.world, () => host.check()) : host.check());
  const { config, warnings } = inspection;
  const stores = checks.map(({ audit, store, plugin, ok: fine, code, message }) => {
    const blamed = fine ? undefined : blameFor(inspection, { audit, store }, code);
    return { audit, store, plugin, ok: fine, code, message, ...blamed };
  });
  for (const warning of warnings) session.reporter.warn(warning);
  const ok = stores.every((store) => store.ok) && cards.every(({ card }) => card.ok);
  const exit = ok ? EXIT.OK : EXIT.INCOMPLETE;
  const { green, red } = session.colors;
  const { text, ...state } = await keptInState(inspection);
  const documents = cards.map(({ store, card }) => ({ store, ...card }));
  const document = { ok, files: config.files, stores, ...(conformance && { conformance: documents }), state, exit };
  await session.result(document, () => {
    const shown = quiet ? stores.filter((store) => !store.ok) : stores;
    const lines = shown.map((one) => {
      const { ok: fine, audit, store, plugin, code, message } = one;
      const verdict = fine ? green("ok    ") : red("FAILED");
      const see = "location" in one || "option" in one ? `        ${plain(seeText(one))}\n` : "";
      return `${verdict}  ${plain(`${audit}/${store} (${plugin})  ${fine ? "" : `${code}: `}${message}`)}\n${see}`;
    });
    const keys = stores.map(({ store }) => store);
    const shownCards = cards.filter(({ card }) => !quiet || !card.ok).map((one) => `\n${one.text}`);
    const body = [...lines, ...shownCards].join("");
    return quiet ? body : `${plain(describeFiles(config, keys))}\n${body}${text}`;
  });
  return exit;
}

interface StoreCard {
  readonly store: string;
  readonly card: ReportCard;
  readonly text: string;
}

/** The report card of each store, without what needs records. */
async function cardsOf(stores: readonly InspectedStore[], host: Host): Promise<readonly StoreCard[]> {
  const { checkWithoutWriting, formatReport } = await import("@cloudmarker/store-testkit");
  const cards = new Map<string, StoreCard>();
  for (const { key, plugin, loaded, params } of stores) {
    if (cards.has(key)) continue;
    const { path } = loaded;
    const made = await checkWithoutWriting({
      plugin,
      params: () => params,
      ...(path !== undefined && { module: path }),
    });
    // What a store says may have its secrets in it.
    const card = JSON.parse(host.mask(JSON.stringify(made))) as ReportCard;
    cards.set(key, { store: key, card, text: formatReport(card).split("\n").map(plain).join("\n") });
  }
  return [...cards.values()];
}

/** What plugins throw outside of their calls does not end the command: the report card says it. */
async function unharmed<T>(world: World, work: () => Promise<T>): Promise<T> {
  const listening = world.onInterruption(() => undefined);
  listening.leaveSignals();
  try {
    return await work();
  } finally {
    // A rejection that nobody waits for is reported when no code runs.
    await new Promise((resolve) => void setImmediate(resolve));
    listening.end();
  }
}
