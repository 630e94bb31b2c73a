// What a person sees of what was written to a terminal.
import { createRequire } from "node:module";
import xterm, { type ITerminalAddon, type Terminal } from "@xterm/headless";

/** Its types are those of the terminal for browsers, which is not installed. */
const require = createRequire(import.meta.url);
const { UnicodeGraphemesAddon } = require("@xterm/addon-unicode-graphemes") as {
  readonly UnicodeGraphemesAddon: new () => ITerminalAddon;
};

/** The emulator of a terminal. */
export class Screen {
  readonly #terminal: Terminal;

  constructor(columns: number, rows: number) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
    this.#terminal.loadAddon(new UnicodeGraphemesAddon());
  }

  write(text: string): void {
    this.#terminal.write(text);
  }

  /** Resolves when all that was written is shown. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write("", resolve));
  }

  /** What is on the screen and above it, without empty lines at the end. A line that the terminal broke is two. */
  lines(): string[] {
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? "");
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  /** Lines that the terminal broke, since they are wider than it, as they were written. */
  broken(): string[] {
    const { active } = this.#terminal.buffer;
    const whole: { text: string; pieces: number }[] = [];
    for (let at = 0; at < active.length; at++) {
      const line = active.getLine(at);
      const last = whole.at(-1);
      if (line?.isWrapped && last) {
        last.text += line.translateToString(true);
        last.pieces += 1;
      } else whole.push({ text: line?.translateToString(true) ?? "", pieces: 1 });
    }
    return whole.filter(({ pieces }) => pieces > 1).map(({ text }) => text);
  }

  /** The column in which a line ends. */
  endOf(line: number): number {
    const cells = this.#terminal.buffer.active.getLine(line);
    for (let x = this.#terminal.cols - 1; x >= 0; x--) if (cells?.getCell(x)?.getChars().trim()) return x;
    return -1;
  }

  /** The screen, and what is above it, as a picture. */
  svg(theme: keyof typeof THEMES = "dark"): string {
    const { active } = this.#terminal.buffer;
    const { background, foreground, colors } = THEMES[theme];
    const height = this.lines().length;
    const pieces: { x: number; y: number; text: string; style: string }[] = [];
    for (let y = 0; y < height; y++) {
      const line = active.getLine(y);
      for (let x = 0; x < this.#terminal.cols; x++) {
        const cell = line?.getCell(x);
        const text = cell?.getChars() ?? "";
        if (!cell || text.trim() === "") continue;
        const index = cell.getFgColor() + (cell.isBold() && cell.getFgColor() < 8 ? 8 : 0);
        const fill = cell.isFgDefault() ? foreground : (colors[index] ?? foreground);
        const style = `fill="${fill}"${cell.isBold() ? ' font-weight="bold"' : ""}${cell.isDim() ? ' opacity="0.6"' : ""}`;
        const last = pieces.at(-1);
        // Plain characters of one style beside each other are one text.
        const isNext = last?.y === y && last.style === style && last.x + last.text.length === x;
        if (isNext && /^[!-~]+$/u.test(last.text + text)) last.text += text;
        else pieces.push({ x, y, text, style });
      }
    }
    const cells = pieces.map(({ x, y, text, style }) => {
      const at = `x="${(x * WIDTH + 8).toFixed(2)}" y="${y * HEIGHT + 22}"`;
      const width = text.length > 1 ? ` textLength="${(text.length * WIDTH).toFixed(2)}"` : "";
      return `<text ${at}${width} ${style}>${text.replaceAll(/[&<>]/gu, (char) => `&#${char.charCodeAt(0)};`)}</text>`;
    });
    const size = `width="${this.#terminal.cols * WIDTH + 16}" height="${height * HEIGHT + 16}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="DejaVu Sans Mono, monospace" font-size="14">`,
      `<rect width="100%" height="100%" fill="${background}"/>`,
      ...cells,
      "</svg>\n",
    ].join("\n");
  }
}

/** Of a cell, in pixels. */
const WIDTH = 8.43;
const HEIGHT = 18;

/** The first eight colours, then their bright ones: those of VS Code's terminals. */
const THEMES = {
  dark: {
    background: "#1e1e1e",
    foreground: "#cccccc",
    colors: [
      "#000000",
      "#cd3131",
      "#0dbc79",
      "#e5e510",
      "#2472c8",
      "#bc3fbc",
      "#11a8cd",
      "#e5e5e5",
      "#666666",
      "#f14c4c",
      "#23d18b",
      "#f5f543",
      "#3b8eea",
      "#d670d6",
      "#29b8db",
      "#e5e5e5",
    ],
  },
  light: {
    background: "#ffffff",
    foreground: "#333333",
    colors: [
      "#000000",
      "#cd3131",
      "#107c10",
      "#949800",
      "#0451a5",
      "#bc05bc",
      "#0598bc",
      "#555555",
      "#666666",
      "#cd3131",
      "#14ce14",
      "#b5ba00",
      "#0451a5",
      "#bc05bc",
      "#0598bc",
      "#a5a5a5",
    ],
  },
} as const;
