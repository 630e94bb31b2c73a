/** The client's types name this optional package, which a store has no use for. */
declare module "apache-arrow/Arrow.node.js" {
  export type TypeMap = object;
  export type Table<T> = T;
  export type AsyncRecordBatchStreamReader<T = unknown> = T;
}
