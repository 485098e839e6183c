import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KernelConfig } from "./config.ts";
import type { HookSettings } from "./hooks/load.ts";
import type { Store } from "./store/port.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import { openTerminusStore } from "./store/terminus.ts";

/** For one request to TerminusDB; one with much in it is given more. */
const TIMEOUT_MS = 10_000;

/** TerminusDB where its address is given, else a file in DATA_DIR. */
export async function openStore(config: KernelConfig, hooks: HookSettings): Promise<Store> {
  const { TERMINUSDB_URL: url } = config;
  if (url === undefined) {
    await mkdir(config.DATA_DIR, { recursive: true });
    return openSqliteStore(join(config.DATA_DIR, "kernel.db"), hooks);
  }
  const options = {
    url,
    user: config.TERMINUSDB_USER,
    password: config.TERMINUSDB_PASSWORD,
    organization: config.TERMINUSDB_ORGANIZATION,
    database: config.TERMINUSDB_DATABASE,
    schedulerDatabase: config.TERMINUSDB_SCHEDULER_DATABASE,
    redis: config.REDIS_URL,
    timeoutMs: TIMEOUT_MS,
  };
  return openTerminusStore(options, hooks);
}
