import type { Books } from "./books.ts";
import { historiesOf } from "./histories.ts";

/** How much there was to audit. */
export type Tally = {
  readonly executions: number;
  /** By status; skipped ones by reason. */
  readonly ends: Readonly<Record<string, number | undefined>>;
  /** Attempts whose process was lost. */
  readonly lost: number;
  /** Executions of which a side claimed, by side. */
  readonly claimed: Readonly<Record<string, number | undefined>>;
  readonly workers: number;
};

export function tallyOf({ log }: Pick<Books, "log">): Tally {
  const executions = [...historiesOf(log).executions.values()];
  const attempts = executions.flatMap((each) => each.attempts);
  return {
    executions: executions.length,
    ends: count(executions.map(({ status, reason }) => (reason ? `${status} (${reason})` : status))),
    lost: attempts.filter(({ outcome }) => outcome === "lost").length,
    claimed: count(executions.map(({ claimedBy }) => claimedBy)),
    workers: new Set(attempts.map(({ worker }) => worker)).size,
  };
}

function count(names: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(names, (name) => name);
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.length]));
}
