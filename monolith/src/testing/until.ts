import { setTimeout as wait } from "node:timers/promises";

/** Looks again and again; the test's own timeout bounds it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await wait(20);
}
