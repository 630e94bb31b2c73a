// oxlint-disable-next-line typescript/triple-slash-reference -- what declares a module is none, and cannot be imported
/// <reference path="./mongodb-internals.d.ts" />
import type { Connection } from "mongodb/lib/cmap/connection.js";

/** The connections of one client. */
export interface Connections {
  /** What the driver makes connections with. */
  readonly type: typeof Connection;
  /** Destroys those that are open, and every later one at once. */
  end(): void;
}

/**
 * Knows the connections of a client, those included that wait for the answer to their first message: the driver (7.9)
 * forgets these when the client is closed, and they keep the process alive until `connectTimeoutMS` is over (SC-32).
 */
export function connectionsOf(Driver: typeof Connection): Connections {
  const open = new Set<Connection>();
  let isOver = false;
  return {
    type: class extends Driver {
      constructor(...of: ConstructorParameters<typeof Connection>) {
        super(...of);
        open.add(this);
        this.once("close", () => open.delete(this));
        if (isOver) this.destroy();
      }
    },
    end() {
      isOver = true;
      for (const connection of open) connection.destroy();
    },
  };
}
