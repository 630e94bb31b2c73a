import { hostInUrl } from "@cloudmarker/store-api/kit";
import type { EsStoreParams } from "./params.ts";

/** The URLs of the cluster's nodes, without a slash at the end. */
export function nodesOf({
  host,
  port,
  node,
  nodes,
  cloud_id,
}: Pick<EsStoreParams, "host" | "port" | "node" | "nodes" | "cloud_id">): readonly string[] {
  if (cloud_id !== undefined) return [cloudNode(cloud_id) ?? ""];
  return (nodes ?? [node ?? `http://${hostInUrl(host)}:${port}`]).map((url) => url.replace(/\/+$/u, ""));
}

/**
 * The URL in a Cloud ID, `NAME:BASE64` of `HOST$ELASTICSEARCH$KIBANA`, or undefined. The client could read it too, but would then also choose
 * compression and an old version of TLS (ES-47).
 */
export function cloudNode(cloudId: string): string | undefined {
  const [, encoded = ""] = /^[^:]*:(.+)$/u.exec(cloudId) ?? [];
  const [domain = "", id = ""] = Buffer.from(encoded, "base64").toString().split("$");
  const url = URL.parse(`https://${id}.${domain}`);
  return id !== "" && domain !== "" && url ? url.origin : undefined;
}
