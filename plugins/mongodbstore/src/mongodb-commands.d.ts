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
