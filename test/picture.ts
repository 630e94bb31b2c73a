// Shows what a person sees: `node test/picture.ts 'cloudmarker help' [COLUMNS] [dark|light] > help.svg` runs a line of
// the shell on a pseudo-terminal, in the current folder, and prints its screen as a picture.
import { runOnTerminal } from "./support/on-terminal.ts";

const [line = "cloudmarker help", columns = "80", theme = "dark"] = process.argv.slice(2);
const { screen } = await runOnTerminal(line, { cwd: process.cwd(), columns: Number(columns) });
process.stdout.write(screen.svg(theme === "light" ? "light" : "dark"));
