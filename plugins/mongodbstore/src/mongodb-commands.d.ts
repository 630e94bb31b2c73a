/** A part of the driver that it keeps to itself: the only way in which it takes documents that are BSON already. */
declare module "mongodb/lib/cmap/commands.js" {
  export class DocumentSequence {
    /** @param field - of the command, in place of which it is sent */
    constructor(field: string);
    /**
     * @param document - what monitors of commands get to see
     * @param bson - one document, or several one after the other
     */
    push(document: object, bson: Uint8Array): number;
  }
}
