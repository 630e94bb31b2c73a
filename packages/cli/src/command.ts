/** Loaded only when a command is run: what the entry needs beside the process. */
export { currentFolder, homeFolder } from "@cloudmarker/core";
export { run } from "./run.ts";
export { watchProcess } from "./watch-process.ts";
export { systemText } from "./system-text.ts";
