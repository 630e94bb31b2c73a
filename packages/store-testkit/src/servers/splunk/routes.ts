/** What an address of HEC is for. */
export type Route = "event" | "raw" | "ack" | "health";

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/services/collector", "event"],
  ["/services/collector/event", "event"],
  ["/services/collector/event/1.0", "event"],
  ["/services/collector/raw", "raw"],
  ["/services/collector/raw/1.0", "raw"],
  ["/services/collector/ack", "ack"],
  ["/services/collector/health", "health"],
  ["/services/collector/health/1.0", "health"],
]);

/** What a path is for; undefined where Splunk knows no such path. */
export function routeOf(path: string): Route | undefined {
  return ROUTES.get(path);
}
