import { z } from "zod";

/** Everything wrong with the environment, one line per variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** A variable holding a whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule);
}

/** A TCP port; 0 takes a free one. */
export const port = wholeNumber(0, 65_535);

/** Where one service answers gRPC: `host:port`, or several with commas between, without blanks. */
export const addresses = z
  .string()
  .regex(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, "must be host:port, or several of them with commas between");

/**
 * The variables `schema` names, parsed. A blank variable counts as not set. Values are never part of the error,
 * for some are secrets.
 * @throws ConfigError with one line `NAME: what is wrong` for every problem.
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<S> {
  const names = Object.keys(schema.shape);
  const given = Object.fromEntries(
    names.filter((name) => env[name]?.trim()).map((name) => [name, env[name]]),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return `${name}: ${name in given ? issue.message : `is not set; ${ruleOf(schema.shape[name])}`}`;
  });
  throw new ConfigError(`The environment is not complete:\n${lines.join("\n")}`);
}

function ruleOf(type: z.core.$ZodType | undefined): string {
  const description = type === undefined ? undefined : z.globalRegistry.get(type)?.description;
  return description ?? "it has no default";
}
