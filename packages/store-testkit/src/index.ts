export { paramsTable } from "./params-table.ts";
export { badge, type CheckResult, formatReport, type ReportCard } from "./report.ts";
export { checkStore, checkWithoutWriting } from "./conformance.ts";
export { faultyProxy, type FaultyProxy, type FaultyProxyOptions, type ProxyFault } from "./faulty-proxy.ts";
export {
  blockedStore,
  hangingStore,
  memoryStore,
  type MemoryStore,
  refusingStore,
  slowStore,
  type SlowStoreOptions,
} from "./memory-store.ts";
export type { At, Keeps, StoredRow, StoreUnderTest, TestServer, Visible, WrongParams } from "./options.ts";
export { batchOf, contextOf, type KeptLines, keptLines, recordOf, type RecordOptions } from "./records.ts";
export { testStore, type TestRunner, type TestStoreOptions } from "./test-store.ts";
export { virtualClock, type VirtualClock } from "./virtual-clock.ts";
export { type TapExample, testTap, type TestTapOptions } from "./test-tap.ts";
