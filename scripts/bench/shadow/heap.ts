import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Embed, Watched } from "./watched.ts";

const CALLS = 1_000_000;
const CALLERS = 64;
const WARM_UP = 20_000;
/** A breaker knows the calls of the last ten seconds. */
const FORGOTTEN_MS = 11_000;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes of heap kept for each of a million calls, when all are answered and compared: what a leak would be. */
export async function heapGrowth({ call, idle }: Watched): Promise<number> {
  await many(call, WARM_UP);
  await idle();
  const before = heap();
  await many(call, CALLS);
  await idle();
  await wait(FORGOTTEN_MS);
  return (heap() - before) / CALLS;
}

async function many(call: Embed, calls: number): Promise<void> {
  let left = calls;
  const caller = async () => {
    for (; left > 0; left--) await call();
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
