import type { Replayed } from "./replay.ts";

/** What became of the kept mismatches, as lines for a terminal. */
export function replayText(capability: string, replayed: readonly Replayed[]): string {
  const found = replayed.filter(({ now }) => now !== undefined);
  const again = found.filter(({ now }) => now?.outcome === "mismatch");
  const lines = [
    `${capability}: ${replayed.length} kept mismatches, ${found.length} of them found among the calls, ${again.length} differ again`,
    ...found.map(({ sample, now }) => {
      const then = `${sample.method} in ${sample.stage}, seed ${sample.seed}: ${sample.because}`;
      return `  ${then.replaceAll(/\p{Cc}/gu, " ")}\n    now: ${now ? told(now) : ""}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

/** The same for a program. */
export function replayJson(replayed: readonly Replayed[]): string {
  const all = replayed.map(({ sample, now }) => {
    const { method, stage, seed, because } = sample;
    return { method, stage, seed, because, now };
  });
  return `${JSON.stringify(all, null, 2)}\n`;
}

function told(now: NonNullable<Replayed["now"]>): string {
  return "because" in now ? `${now.outcome}, ${now.because.replaceAll(/\p{Cc}/gu, " ")}` : now.outcome;
}
