/** One call of a plugin by the host. */
export interface PluginCall {
  /** Name of the plugin; while it is being imported, the reference as it was written. */
  readonly plugin: string;
  /** What is called, such as `import`, `open` or `write`; for a tap `apply`, or the hook, such as `host.hooks.done`. */
  readonly call: string;
  /** Key of the store, and name of its audit, where the call belongs to one. */
  readonly store?: string;
  readonly audit?: string;
}

/**
 * Wraps a call of a plugin: calls `work` once, without delay, and returns its result. If that is a promise, the call
 * lasts until it is settled. Must not throw by itself.
 */
export type AroundCall = <T>(call: PluginCall, work: () => T) => T;

/** Calls the plugin and does nothing else. */
export const callPlainly: AroundCall = (_call, work) => work();
