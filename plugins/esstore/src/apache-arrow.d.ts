/** The client's types name this optional package, which a store has no use for. */
declare module "apache-arrow/Arrow.node.js" {
  export type TypeMap = Record<string, unknown>;
  export interface Table<T> {
    readonly schema: T;
  }
  export interface AsyncRecordBatchStreamReader<T = unknown> {
    readonly schema: T;
  }
}
