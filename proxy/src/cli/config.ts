import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { OpenHandover } from "../model/handover.ts";
import type { Open } from "../replay/replay.ts";

const isFunction = (value: unknown) => typeof value === "function";

const schema = z.object({
  capabilities: z
    .array(
      z.object({
        /** As in strangle(). */
        name: z.string().min(1),
        /** The flag's name on the server, without a prefix. */
        flag: z.string().min(1),
        /** The module callers import, relative to the config. */
        door: z.string().min(1),
        /** What the extracted side is reached through, relative to the config. */
        stub: z.string().min(1),
        /** For `replay` alone. */
        open: z.custom<Open>(isFunction, "must be a function").optional(),
        /** The environment variable that overrides the flag. */
        override: z.string().min(1).optional(),
        /** Of a capability with live state. */
        handover: z.custom<OpenHandover>(isFunction, "must be a function").optional(),
      }),
    )
    .min(1),
});

/** What the command line needs to know of the system that is strangled: its config module exports it as `config`. */
export type StranglerConfig = z.infer<typeof schema>;

/** Imports the config module at `path`, from the working directory. Throws when it is missing or of another shape. */
export async function loadStranglerConfig(path: string): Promise<StranglerConfig> {
  const module: unknown = await importModule(path);
  const parsed = z.object({ config: schema }).safeParse(module);
  if (parsed.success) return parsed.data.config;
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
  throw new Error(`${path} is no strangler config:\n${problems.join("\n")}`);
}

async function importModule(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new Error(`cannot load ${path}; --config names the config module`, { cause: error });
  }
}
