import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "@oms/chassis/log.ts";
import type { Router } from "express";
import type { KernelConfig } from "../config.ts";
import type { Rewrites } from "../rewrite.ts";
import type { Store } from "../store/port.ts";
import { Governance } from "./governance.ts";
import { readPolicy } from "./policy.ts";
import { governanceRoutes, governanceUploads } from "./rest.ts";
import { startExpiry } from "./timer.ts";

type Parts = { readonly store: Store; readonly rewrites: Rewrites; readonly logger: Logger };

type RunningGovernance = {
  readonly routes: Router;
  /** Routes that read bodies themselves. */
  readonly uploads: Router;
  readonly stop: () => Promise<void>;
};

/** Looks after the branches of a store, by itself and as operators ask. Throws when the policy file is none. */
export async function startGovernance(
  config: KernelConfig,
  { store, rewrites, logger }: Parts,
): Promise<RunningGovernance> {
  const policy = await readPolicy(config.BRANCH_POLICY);
  const folder = config.ARCHIVE_DIR ?? join(config.DATA_DIR, "archive");
  const holder = randomUUID();
  const governance = new Governance({ store, rewrites, policy, folder, holder, now: Date.now });
  const { stop } = startExpiry({
    expire: () => governance.expireNow(),
    everyMs: config.BRANCH_EXPIRY_S * 1000,
    logger,
  });
  return { routes: governanceRoutes(governance), uploads: governanceUploads(governance, folder), stop };
}
