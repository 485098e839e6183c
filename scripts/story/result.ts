/** What became of one story. */
export type Result = {
  readonly story: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** Checks that held. */
  readonly checks: number;
  readonly seed: number;
  readonly figures: Readonly<Record<string, number | string>>;
  /** The folder with its processes' logs. */
  readonly logs: string;
  readonly error?: string;
};

/** The one line that ends a story, after what went wrong, if anything did. */
export function lastLine(result: Result): string {
  const figures = Object.entries(result.figures).map(([name, value]) => figure(name, value));
  const parts = [`${result.story} ${Math.round(result.seconds)} s`, `${result.checks} checks`, ...figures];
  if (result.ok) return `ok ${parts.join(" · ")}`;
  return `${result.error ?? "failed"}\nlogs: ${result.logs}\nfailed ${parts.join(" · ")} · seed ${result.seed}`;
}

function figure(name: string, value: number | string): string {
  return typeof value === "number" ? `${value.toLocaleString("en-US")} ${name}` : `${name} ${value}`;
}
