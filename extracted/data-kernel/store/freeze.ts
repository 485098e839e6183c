import { ServiceError } from "@oms/chassis/errors/service-error.ts";

/**
 * No freeze is longer. One that seems to be was made by a clock that has fallen since, and holds nobody: a rewrite
 * asserts the head it rewrites, so a commit that slips in before it is not lost.
 */
export const MAX_FREEZE_MS = 60_000;

/** Who holds a branch still, and until when: Unix milliseconds, after which the freeze is as if it were not. */
export type Freeze = { readonly token: string; readonly untilMs: number };

/** Who asks, "" for nobody in particular, and when; `field` names the branch in what was asked. */
type Asking = { readonly token: string; readonly nowMs: number; readonly field: string };

/** @throws ServiceError UNAVAILABLE on `field` when somebody else holds the branch still. */
export function refuseFrozen(freeze: Freeze | undefined, { token, nowMs, field }: Asking): void {
  if (!freeze || freeze.token === token) return;
  const leftMs = freeze.untilMs - nowMs;
  if (leftMs <= 0 || leftMs > MAX_FREEZE_MS) return;
  const message = "is frozen while it is rewritten";
  throw new ServiceError("UNAVAILABLE", `${field} ${message}`, [{ field, message }]);
}
