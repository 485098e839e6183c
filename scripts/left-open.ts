import { isMainThread } from "node:worker_threads";

/**
 * Preloaded into every test file: one that left something open fails a while after its last test, and says what. The
 * runner's own --test-force-exit would end it at once, and with it results that are still on their way
 * (nodejs/node#64833).
 */
const GRACE_MS = 60_000;

// The runner itself and the workers of a test load it too.
if (process.env["NODE_TEST_CONTEXT"] !== undefined && isMainThread) {
  const { after } = await import("node:test");
  after(() => {
    setTimeout(fail, GRACE_MS).unref();
  });
}

function fail(): void {
  const open = process.getActiveResourcesInfo().join(", ");
  process.stderr.write(`${process.argv[1]} left open: ${open}\n`, () => process.exit(1));
}
