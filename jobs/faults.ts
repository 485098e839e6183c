import { z } from "zod";

/** Where a process can be made to die. */
export type Point = "after-claim" | "after-effect" | "before-result";

/** What stories break on purpose, to see that what should hold holds because of what holds it. */
export type Faults = {
  /** False: claims, begins and results assert nothing, and timers start from now instead of the floor. */
  readonly claims: boolean;
  /** Kills this process with the probability set for the point. */
  readonly at: (point: Point) => void;
};

const probability = z.string().min(1).transform(Number).pipe(z.number().min(0).max(1)).optional();
const settings = z.strictObject({
  claims: z.literal("off").optional(),
  "after-claim": probability,
  "after-effect": probability,
  "before-result": probability,
});

/**
 * SCHEDULER_FAULTS: `claims=off,after-claim=0.01`, of `claims=off` and probabilities of `after-claim`, `after-effect`
 * and `before-result`. Absent or empty: none. Throws for anything else. `random` in [0, 1).
 */
export function readFaults(text: string | undefined, random: () => number = Math.random): Faults {
  const parts = (text ?? "").split(",").filter((part) => part !== "");
  const pairs = parts.map((part) => {
    const [name = "", value = ""] = part.split("=");
    return [name, value];
  });
  const { claims, ...points } = settings.parse(Object.fromEntries(pairs));
  return {
    claims: claims !== "off",
    at(point) {
      if (random() < (points[point] ?? 0)) process.kill(process.pid, "SIGKILL");
    },
  };
}
