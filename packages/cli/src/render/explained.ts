import type { Explained, InspectedStore } from "@cloudmarker/core";
import type { ExplainedRequest } from "@cloudmarker/store-api";
import { fit } from "./fit.ts";
import { count, duration, grouped, plain, type Colors } from "./text.ts";

/**
 * The text of `--explain`: for each store, how batches are cut, and each request as it would be sent. Ends in a line
 * break.
 */
export function renderExplained(
  stores: readonly InspectedStore[],
  explained: readonly Explained[],
  colors: Colors,
): string {
  const parts = stores.map((store) => {
    const own = explained.filter((one) => one.store === store.key && one.audit === store.audit);
    return [aboutStore(store, colors), ...own.map((one, index) => aboutBatch(one, index + 1, colors))].join("\n");
  });
  return `${parts.join("\n")}\nNothing was sent.\n`;
}

function aboutStore({ audit, key, plugin, delivery }: InspectedStore, { bold, columns }: Colors): string {
  const { batchRecords, batchBytes, batchAgeMs, concurrency } = delivery;
  const limits = `${count(batchRecords, "record")}, ${count(batchBytes, "byte")} or ${duration(batchAgeMs)}`;
  const name = bold(plain(`${audit}/${key} (${plugin.name})`));
  return `${fit(`${name}: a batch ends at ${limits}; ${concurrency} at a time.`, columns)}\n`;
}

function aboutBatch({ records, bytes, requests, problem }: Explained, number: number, colors: Colors): string {
  const head = `Batch ${grouped(number)}: ${count(records, "record")}, ${count(bytes, "byte")}`;
  if (problem !== undefined) return `${head}\n${colors.red(plain(problem))}\n`;
  if (requests === undefined) return `${head}\nThis plugin cannot say what it would send.\n`;
  const left = requests.reduce((rest, one) => rest - one.records, records);
  const refused = left > 0 ? `, ${count(left, "record")} refused before anything is sent` : "";
  const shown = requests.map((one) => aboutRequest(one, colors));
  return [`${head}, ${count(requests.length, "request")}${refused}`, ...shown].join("\n");
}

function aboutRequest(request: ExplainedRequest, { cyan, dim }: Colors): string {
  const { method, url, proxy, headers = {}, body, records } = request;
  const size = `${count(records, "record")}, ${count(Buffer.byteLength(body), "byte")}`;
  const lines = Object.entries(headers).map(([name, value]) => dim(plain(`${name}: ${value}`)));
  const way = proxy === undefined ? size : `${size}, through the proxy ${plain(proxy)}`;
  return [`${cyan(plain(`${method} ${url}`))}  ${dim(`# ${way}`)}`, ...lines, plain(body).trimEnd(), ""].join("\n");
}
