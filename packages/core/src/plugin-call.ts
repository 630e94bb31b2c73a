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
 * Wraps a call of a plugin: calls `work` once, without delay, and returns what that returns. The call lasts until the promise is settled
 * where `work` returns one. Must not throw by itself.
 */
export type AroundCall = <T>(call: PluginCall, work: () => T) => T;

/** Nobody wants to know. */
export const callPlainly: AroundCall = (_call, work) => work();
