import { currentContext } from "@oms/chassis/context/context.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { commitOn, isAbout, unattended } from "./commit-on.ts";
import { digestOf } from "./envelope.ts";
import { type Event, identityOf } from "./event.ts";
import { fittingKey, sha256 } from "./fitting-key.ts";
import { OUTGOING, outboxBranch } from "./names.ts";
import { taken } from "./refusal.ts";

/**
 * Puts an event where the kernel's relay finds it, once. Rejects as `Publisher.publish` does: ALREADY_EXISTS on `id`,
 * UNAVAILABLE.
 */
export async function commitToOutbox(kernel: Kernel, env: string, event: Event): Promise<void> {
  const identity = identityOf(event);
  const { author } = currentContext();
  const request = {
    branch: outboxBranch(env),
    message: `publish ${event.type}`,
    key: fittingKey(identity),
    fingerprint: digestOf(event),
    writes: [{ put: { id: `${OUTGOING}/${sha256(identity)}`, type: OUTGOING, body: event } }],
  };
  try {
    await unattended(() => commitOn(kernel, request), { author });
  } catch (error) {
    throw isAbout(error, "ALREADY_EXISTS", "key") ? taken() : error;
  }
}
