// Writes the table of params into README.md, or checks with --check that it is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { paramsTable } from "@cloudmarker/store-testkit";
import plugin from "../src/index.ts";

const [BEGIN, END] = ["<!-- params -->", "<!-- /params -->"];
const text = readFileSync("README.md", "utf8");
const [before = "", rest = ""] = text.split(BEGIN);
const [, after = ""] = rest.split(END);
const wanted = `${before}${BEGIN}\n\n${paramsTable(plugin.params)}\n\n${END}${after}`;

if (text === wanted) process.stdout.write("README.md has the params as they are.\n");
else if (process.argv.includes("--check")) {
  process.stderr.write("README.md has other params than src/index.ts. Write them: npm run readme\n");
  process.exitCode = 1;
} else writeFileSync("README.md", wanted);
