import { ServiceError } from "./errors/service-error.ts";

type Check = () => Promise<void> | void;

export type Readiness = {
  /** Ready only while `check` returns; what it throws is why not. */
  add(name: string, check: Check): void;
  /** Every check by name: `ok`, or why not. A check that hangs for two seconds is not ok. */
  check(): Promise<{ ready: boolean; checks: Record<string, string> }>;
};

const PATIENCE_MS = 2000;

/** What a process needs before it takes calls. */
export function createReadiness(): Readiness {
  const checks = new Map<string, Check>();
  return {
    add(name, check) {
      checks.set(name, check);
    },
    async check() {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => [name, await outcome(check)]),
      );
      return {
        ready: results.every(([, result]) => result === "ok"),
        checks: Object.fromEntries(results),
      };
    },
  };
}

async function outcome(check: Check): Promise<string> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, PATIENCE_MS, "did not answer");
  try {
    return await Promise.race([late, (async () => check())().then(() => "ok")]);
  } catch (error) {
    return error instanceof ServiceError ? error.message : "failed";
  } finally {
    clearTimeout(timer);
  }
}
