import {
  type Batch,
  isError,
  isStoreError,
  type Outcome,
  RejectError,
  type StoreRecord,
  type WriteContext,
  type WriteResult,
  written,
} from "@cloudmarker/store-api";

/** Records of a batch that go into one request. */
export interface Group {
  /** The common name of the records: that of the index or collection. */
  readonly name: string;
  readonly records: readonly StoreRecord[];
  /** Position of each record in the batch. */
  readonly indexes: readonly number[];
}

/** A group as {@link groupBatch} makes it. */
export interface SizedGroup extends Group {
  /** Sum of {@link GroupLimits.bytesOf}. */
  readonly bytes: number;
}

/** A batch cut into requests. */
export interface Groups<G extends Group = Group> {
  readonly groups: readonly G[];
  /** Records without a name, or that need not be sent. */
  readonly rejected: readonly Outcome[];
}

/** An outcome without the position of its record. */
export type BareOutcome = Omit<Outcome, "index">;

/** How large a group may become; a larger single record is a group of its own. */
export interface GroupLimits {
  readonly records?: number;
  /** Sum of {@link GroupLimits.bytesOf}. */
  readonly bytes?: number;
  /** Size of a record in the request. @default its {@link StoreRecord.bytes} */
  readonly bytesOf?: (record: StoreRecord, index: number) => number;
}

const LACKING = "The record lacks what a placeholder in the configured name asks for.";

/**
 * Cuts a batch by name, and below the limits of one request, in the order of the batch.
 * @param nameOf - returns undefined if the name lacks a part, and the record is rejected as `unresolved_name`;
 * it may also throw a RejectError, or return the outcome of a record that must not be sent
 */
export function groupBatch(
  batch: Batch,
  nameOf: (record: StoreRecord, index: number) => string | BareOutcome | undefined,
  { records: mostRecords = Infinity, bytes: mostBytes = Infinity, bytesOf = ({ bytes }) => bytes }: GroupLimits = {},
): Groups<SizedGroup> {
  const open = new Map<string, { name: string; records: StoreRecord[]; indexes: number[]; bytes: number }>();
  const groups: SizedGroup[] = [];
  const rejected: Outcome[] = [];
  for (const [index, record] of batch.entries()) {
    let name: string | BareOutcome | undefined;
    try {
      name = nameOf(record, index);
      if (name === undefined) throw new RejectError("unresolved_name", LACKING);
    } catch (error) {
      if (!isStoreError(error) || error.status !== "reject") throw error;
      rejected.push({ index, status: "reject", code: error.code, reason: error.message });
      continue;
    }
    if (typeof name === "object") {
      rejected.push({ index, ...name });
      continue;
    }
    const bytes = bytesOf(record, index);
    let group = open.get(name);
    if (!group || group.records.length >= mostRecords || group.bytes + bytes > mostBytes) {
      group = { name, records: [], indexes: [], bytes: 0 };
      open.set(name, group);
      groups.push(group);
    }
    group.records.push(record);
    group.indexes.push(index);
    group.bytes += bytes;
  }
  return { groups, rejected };
}

/**
 * Sends group after group, and gives the outcomes their positions in the batch. What becomes of a group is settled
 * before the next one is sent (SC-37), so that an attempt that is aborted costs only the groups that are left.
 *
 * If a request fails as a whole, the other groups are not affected. An error that may be the fault of single records is
 * thrown for the groups that failed of such: the host halves their records until the fault is found (SC-15, SC-24). For
 * any other error the records of the group get its outcome, and the host sends them again.
 * @param context of the attempt; without its `settle` all groups that fail get outcomes
 * @throws the first error of a group with the status `reject`; if there is none, the first one without a status
 */
export async function sendGroups<G extends Group>(
  { groups, rejected }: Groups<G>,
  send: (group: G) => WriteResult | Promise<WriteResult>,
  context?: Pick<WriteContext, "settle">,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [...rejected];
  const failed: { readonly group: G; readonly error: unknown }[] = [];
  if (rejected.length > 0) context?.settle?.(rejected);
  for (const [at, group] of groups.entries()) {
    const own: Outcome[] = [];
    try {
      for (const outcome of (await send(group)) ?? [])
        own.push({ ...outcome, index: group.indexes[outcome.index] ?? -1 });
    } catch (error) {
      if (groups.length === 1 && rejected.length === 0) throw error;
      failed.push({ group, error });
      continue;
    }
    outcomes.push(...own);
    // The answer follows at once on the last one, unless an error takes its place.
    if (at < groups.length - 1 || failed.length > 0) context?.settle?.(nameWritten(group.indexes, own));
  }
  if (failed.length === 0) return outcomes;
  // Under at-most-once a plain failure must not be taken for a refusal, so records of one kind are halved.
  const kinds = context?.settle ? [isRefusal, isPlain] : [];
  const isHalved = kinds.find((isOfKind) => failed.some(({ error }) => isOfKind(error)));
  const others = failed.filter(({ error }) => !isHalved?.(error));
  const again = others.flatMap(({ group, error }) => group.indexes.map((index) => failedOutcome(index, error)));
  if (!isHalved) return [...outcomes, ...again];
  if (again.length > 0) context?.settle?.(again);
  throw failed.find(({ error }) => isHalved(error))?.error;
}

/** The server refuses records. */
function isRefusal(error: unknown): boolean {
  return isStoreError(error) && (error.status === "reject" || error.status === "too_large");
}

/** The error says nothing of the records. */
function isPlain(error: unknown): boolean {
  return !isStoreError(error);
}

/**
 * Outcomes for the context's `settle` (SC-37): those that are given, and `written` for each of these records that none
 * of them names.
 */
export function nameWritten(indexes: readonly number[], outcomes: readonly Outcome[]): readonly Outcome[] {
  const named = new Set(outcomes.map(({ index }) => index));
  return [...outcomes, ...indexes.filter((index) => !named.has(index)).map((index) => written(index))];
}

/**
 * The outcome of one record for an error that holds for several. `reject` and `too_large` are about some of them: which
 * ones is known only when they are sent alone.
 */
export function failedOutcome(index: number, error: unknown): Outcome {
  if (!isStoreError(error)) {
    const { code } = Object(error) as Readonly<Record<string, unknown>>;
    const reason = isError(error) ? error.message : String(error);
    return { index, status: "unknown", code: typeof code === "string" ? code : "request_failed", reason };
  }
  const { status, code, message: reason, retryAfterMs } = error;
  const known = status === "blocked" || status === "unknown" ? status : "retry";
  return { index, status: known, code, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
