import { CommandError } from "./errors.ts";

/** What may be done where, as `connectionStatus` tells it. */
export interface Privilege {
  /** Empty names stand for any database or collection. */
  readonly resource:
    | { readonly db: string; readonly collection: string }
    | { readonly anyResource: true }
    | { readonly cluster: true };
  /** Such as `insert`, `createIndex`, `listCollections`, `find`, `anyAction`. */
  readonly actions: readonly string[];
}

/** What the role `__system` may do: everything. */
export const EVERYTHING: readonly Privilege[] = [{ resource: { anyResource: true }, actions: ["anyAction"] }];

/** What MongoDB asks of those who give a command. Commands that are not here are free to everyone. */
const ACTIONS: Readonly<Record<string, string>> = {
  count: "find",
  create: "createCollection",
  createIndexes: "createIndex",
  delete: "remove",
  find: "find",
  insert: "insert",
  listCollections: "listCollections",
  listIndexes: "listIndexes",
};

/** @throws CommandError 13 where `privileges` do not allow the command */
export function requirePrivilege(
  privileges: readonly Privilege[],
  command: string,
  db: string,
  collection: string,
): void {
  const action = ACTIONS[command];
  if (action === undefined || privileges.some((privilege) => allows(privilege, action, db, collection))) return;
  throw new CommandError(13, `not authorized on ${db} to execute command { ${command}: "${collection}" }`);
}

function allows({ resource, actions }: Privilege, action: string, db: string, collection: string): boolean {
  if (!actions.includes(action) && !actions.includes("anyAction")) return false;
  if ("anyResource" in resource) return true;
  return "db" in resource && fits(resource.db, db) && fits(resource.collection, collection);
}

function fits(pattern: string, name: string): boolean {
  return pattern === "" || pattern === name;
}
