/** What the entry needs beside the process, loaded when a command is really to be run. */
export { currentFolder, homeFolder } from "@cloudmarker/core";
export { run } from "./run.ts";
export { watchProcess } from "./watch-process.ts";
