import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { z } from "zod";
import { isOwnBranch } from "../own.ts";
import type { Branch } from "../store/port.ts";
import { duration } from "./duration.ts";
import type { Lifetime } from "./lifetime.ts";

const schema = z.strictObject({
  rules: z.array(
    z.strictObject({
      // A glob over whole names, such as dev/*/try-*
      branches: z.string().min(1),
      maxAge: z.union([z.literal("never").transform(() => undefined), duration]),
    }),
  ),
});

/** How old branches may become; the first rule whose glob fits a name counts. */
export type Policy = z.infer<typeof schema>;

/** The policy in a JSON file; without one no branch has a limit but its own. Throws when it is something else. */
export async function readPolicy(file: string | undefined): Promise<Policy> {
  if (file === undefined) return { rules: [] };
  const parsed = schema.safeParse(JSON.parse(await readFile(file, "utf8")));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`${file} is no branch policy:\n${problems.join("\n")}`);
}

export type Expiry = {
  /** Unix milliseconds; undefined: never. */
  readonly expiresMs: number | undefined;
  /** What says so: `its own` or a rule's glob. */
  readonly by: string | undefined;
};

/** When a branch ends. `lifetime` is what was said of this branch alone, and goes before the rules. */
export function expiryOf(branch: Branch, lifetime: Lifetime | undefined, policy: Policy): Expiry {
  const never: Expiry = { expiresMs: undefined, by: undefined };
  if (isOwnBranch(branch.name)) return never;
  const fromMs = lifetime?.fromMs ?? branch.createdMs;
  if (lifetime?.maxAgeMs !== undefined) return { expiresMs: fromMs + lifetime.maxAgeMs, by: "its own" };
  const rule = policy.rules.find(({ branches }) => posix.matchesGlob(branch.name, branches));
  return rule?.maxAge === undefined ? never : { expiresMs: fromMs + rule.maxAge, by: rule.branches };
}
