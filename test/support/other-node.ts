/**
 * Whether `.ci/run` runs the tests on a Node that is not the one of the project: then a large family of the same test
 * runs the part that depends on Node.
 */
export const isOtherNode: boolean = process.env["CLOUDMARKER_OTHER_NODE"] === "1";
