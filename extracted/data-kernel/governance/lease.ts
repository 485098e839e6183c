import { z } from "zod";
import type { Store } from "../store/port.ts";

const schema = z.object({ holder: z.string(), untilMs: z.number() });

type Claim = {
  readonly name: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly forMs: number;
};

/** Takes or prolongs a lease that one of several kernels holds at a time; false while another has it. */
export async function takeLease(
  store: Pick<Store, "readState" | "writeState">,
  { name, holder, nowMs, forMs }: Claim,
): Promise<boolean> {
  const found = await store.readState(name);
  if (found) {
    const lease = schema.parse(JSON.parse(found.value));
    if (lease.holder !== holder && lease.untilMs > nowMs) return false;
  }
  const value = JSON.stringify({ holder, untilMs: nowMs + forMs });
  return store.writeState({ name, value, version: found?.version ?? 0 });
}
