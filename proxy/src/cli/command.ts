import type { StranglerConfig } from "./config.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";

/** What was asked for cannot be; it is answered with the help. */
export class UsageError extends Error {}

export type CapabilityConfig = StranglerConfig["capabilities"][number];

/** What a command is given. */
export type Asked = {
  readonly settings: Settings;
  readonly config: StranglerConfig;
  readonly operands: readonly string[];
  readonly store: Store;
  readonly env: NodeJS.ProcessEnv;
};

/** Says what it has to say and resolves with its exit code. */
export type Command = (asked: Asked) => Promise<number>;

export function capabilityIn({ config, operands }: Asked): CapabilityConfig {
  const found = config.capabilities.find(({ name }) => name === operands[0]);
  if (found && operands.length === 1) return found;
  throw new UsageError(`name one of: ${config.capabilities.map(({ name }) => name).join(", ")}`);
}

/** Where flags are read: the token decides what of the server is seen. */
export function flagServerOf({ settings, env }: Asked) {
  return {
    url: settings.unleash,
    token: env["UNLEASH_CLIENT_TOKEN"] ?? "default:development.oms-client",
    environment: env["UNLEASH_ENVIRONMENT"] ?? "development",
  };
}
