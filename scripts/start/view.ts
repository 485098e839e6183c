import type { WriteStream } from "node:tty";
import type { Spec } from "../process/spec.ts";
import type { Change } from "../process/supervisor.ts";
import { Board } from "../terminal/board.ts";
import { Screen } from "../terminal/screen.ts";

/** Shows a system coming up, and what happens to it after. */
export type View = {
  readonly say: (line: string) => void;
  readonly change: (change: Change) => void;
  /** The rows have said what they had to; from here on there are lines only. */
  readonly settle: () => void;
};

/** Rows that are drawn over on a terminal, a line for each thing that happens anywhere else. */
export function openView(out: WriteStream, specs: readonly Spec[]): View {
  const board = new Board(specs);
  return out.isTTY ? rows(out, board) : lines(out, board);
}

function rows(out: WriteStream, board: Board): View {
  const screen = new Screen(out, () => board.lines(performance.now()));
  const plain = lines(out, board);
  let settled = false;
  return {
    say: (line) => (settled ? plain.say(line) : screen.say(line)),
    change: (change) => {
      if (settled) return plain.change(change);
      board.note(change, performance.now());
      screen.draw();
    },
    settle: () => {
      settled = true;
      screen.settle();
    },
  };
}

function lines(out: NodeJS.WritableStream, board: Board): View {
  return {
    say: (line) => void out.write(`${line}\n`),
    change: (change) => {
      board.note(change, performance.now());
      if (change.is !== "starting" && change.is !== "stopping") {
        out.write(`${board.line(change.name, performance.now())}\n`);
      }
    },
    settle: () => undefined,
  };
}
