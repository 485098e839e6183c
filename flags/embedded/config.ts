import { z } from "zod";
import { isLevel, type Level } from "./log.ts";

/** Fixed development tokens: they open nothing but a flag server bound to loopback. */
export const DEVELOPMENT_CLIENT_TOKEN = "default:development.oms-client";
export const DEVELOPMENT_ADMIN_TOKEN = "*:*.oms-admin";

const Port = z.coerce.number().int().min(0).max(65535);
const NamedTokens = z.string().transform((list, context) =>
  list
    .split(",")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [name, secret, ...rest] = entry.trim().split("=");
      if (!name || !secret?.startsWith("*:*.") || rest.length > 0) {
        context.addIssue({ code: "custom", message: "must be name=*:*.secret, separated by commas" });
      }
      return { name: name ?? "", secret: secret ?? "" };
    }),
);

const Environment = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: Port.default(4242),
  DATA_DIR: z.string().default(".services/unleash"),
  DATABASE_URL: z.string().optional(),
  UNLEASH_CLIENT_TOKEN: z.string().default(DEVELOPMENT_CLIENT_TOKEN),
  UNLEASH_ADMIN_TOKEN: z.string().startsWith("*:*.").default(DEVELOPMENT_ADMIN_TOKEN),
  UNLEASH_ADMIN_TOKENS: NamedTokens.default([]),
  LOG_LEVEL: z
    .string()
    .default("warn")
    .refine(isLevel, "must be debug, info, warn, error or fatal")
    .transform((level): Level => level as Level),
});

export type UnleashConfig = z.infer<typeof Environment>;

/** Throws one error that lists every variable that is wrong, one per line. */
export function readConfig(env: NodeJS.ProcessEnv): UnleashConfig {
  const parsed = Environment.safeParse(env);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`).join("\n"),
  );
}
