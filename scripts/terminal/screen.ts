import type { WriteStream } from "node:tty";

const FRAME_MS = 200;

/** A block of lines that is drawn over itself on a terminal, with lines of text scrolling away above it. */
export class Screen {
  readonly #out: WriteStream;
  readonly #block: () => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #height = 0;

  constructor(out: WriteStream, block: () => readonly string[]) {
    this.#out = out;
    this.#block = block;
    this.#timer = setInterval(() => this.draw(), FRAME_MS);
    this.#timer.unref();
  }

  /** Writes a line above the block. */
  say(line: string): void {
    this.#clear();
    this.#out.write(`${line}\n`);
    this.draw();
  }

  draw(): void {
    this.#clear();
    // A line that wraps would be two to draw over; a terminal without a size says 0 columns.
    const width = (this.#out.columns || 120) - 1;
    const lines = this.#block().map((line) => line.slice(0, width));
    this.#out.write(lines.map((line) => `${line}\n`).join(""));
    this.#height = lines.length;
  }

  /** Draws the block for the last time; what is written after stands below it. */
  settle(): void {
    clearInterval(this.#timer);
    this.draw();
    this.#height = 0;
  }

  #clear(): void {
    if (this.#height > 0) this.#out.write(`\x1b[${this.#height}A\x1b[J`);
    this.#height = 0;
  }
}
