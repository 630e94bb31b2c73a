/** One call of a plugin by the host. */
export interface PluginCall {
  /** Name of the plugin. During the import, the reference as written. */
  readonly plugin: string;
  /** The call, such as `import`, `open` or `write`. For a tap, `apply` or the hook, such as `host.hooks.done`. */
  readonly call: string;
  /** Key of the store and name of its audit, if the call belongs to a store. */
  readonly store?: string;
  readonly audit?: string;
}

/**
 * Wraps a call of a plugin: calls `work` once, without delay, and returns its result. If the result is a promise, the
 * call lasts until the promise settles. The wrapper itself must not throw.
 */
export type AroundCall = <T>(call: PluginCall, work: () => T) => T;

/** Calls the plugin and does nothing else. */
export const callPlainly: AroundCall = (_call, work) => work();
