/** A part of the driver that it does not export: the only way to give it documents that are already BSON. */
declare module "mongodb/lib/cmap/commands.js" {
  export class DocumentSequence {
    /** @param field - field of the command that the documents replace */
    constructor(field: string);
    /**
     * @param document - what monitors of commands see
     * @param bson - one document, or several one after the other
     */
    push(document: object, bson: Uint8Array): number;
  }
}

/** A part of the driver that it does not export: the only way to know of connections that are being made. */
declare module "mongodb/lib/cmap/connection.js" {
  import type { EventEmitter } from "node:events";
  import type { Duplex } from "node:stream";

  /** One connection: the driver makes it when the socket is connected, before the first message is sent. */
  export class Connection extends EventEmitter {
    constructor(stream: Duplex, options: object);
    /** Closes the socket. What waits for an answer fails. */
    destroy(): void;
  }
}
