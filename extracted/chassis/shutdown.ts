import type { Logger } from "./log.ts";

const GRACE_MS = 10_000;

/**
 * Keeps the process until SIGTERM or SIGINT, then runs `stops` in order and exits 0. A second signal, a failing
 * stop, 10 s without an end, or an error nobody caught exits 1.
 */
export function runUntilSignal(
  service: string,
  logger: Logger,
  stops: readonly (() => Promise<void>)[],
): void {
  let stopping = false;
  const fail = (error: unknown, message: string) => {
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return fail(undefined, `${service} was told to stop twice`);
    stopping = true;
    logger.info(`${service} stops on ${signal}`);
    setTimeout(() => fail(undefined, `${service} did not stop within ${GRACE_MS} ms`), GRACE_MS).unref();
    for (const each of stops) await each();
    logger.info(`${service} stopped`);
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => fail(error, `${service} failed to stop`));
    });
  }
  process.on("uncaughtException", (error) => fail(error, `${service} met an error nobody caught`));
}
