import type { Spec } from "../process/spec.ts";
import type { Change } from "../process/supervisor.ts";

type State = "waiting" | Change["is"];

const MARKS: Readonly<Record<State, string>> = {
  waiting: "·",
  starting: "…",
  ready: "✓",
  stopping: "…",
  stopped: "·",
  died: "✗",
};

type Row = { readonly name: string; readonly ports: string; state: State; began: number; seconds: number };

/** One row per process: name, ports, seconds, state. */
export class Board {
  readonly #rows: readonly Row[];

  constructor(specs: readonly Spec[]) {
    this.#rows = specs.map(({ name, ports }) => {
      const numbers = ports.map(({ port }) => port).join(" ");
      return { name, ports: numbers, state: "waiting", began: 0, seconds: 0 };
    });
  }

  /** Takes in what happened at `now`, in milliseconds. */
  note(change: Change, now: number): void {
    const row = this.#rows.find(({ name }) => name === change.name);
    if (!row) return;
    if (change.is === "starting") row.began = now;
    if (change.is === "ready") row.seconds = (now - row.began) / 1000;
    row.state = change.is;
  }

  /** The row of `name`, as one line. */
  line(name: string, now: number): string {
    const row = this.#rows.find((each) => each.name === name);
    return row ? format(row, now) : name;
  }

  lines(now: number): string[] {
    return this.#rows.map((row) => format(row, now));
  }
}

function format(row: Row, now: number): string {
  const seconds = row.state === "starting" ? (now - row.began) / 1000 : row.seconds;
  const time = row.state === "waiting" ? "" : `${seconds.toFixed(1)} s`;
  return `${MARKS[row.state]} ${row.name.padEnd(18)} ${row.ports.padEnd(12)} ${time.padStart(7)}  ${row.state}`;
}
