import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * Preloaded into a process under measurement: answers every message with the 99th percentile of how late its event
 * loop was since the last one, in milliseconds. The process ends with the one that measures it.
 */
const RESOLUTION_MS = 1;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
process.on("message", () => {
  // What is measured is the time between two ticks of a timer, its period included.
  process.send?.(delay.percentile(99) / 1e6 - RESOLUTION_MS);
  delay.reset();
});
process.on("disconnect", () => process.exit());
process.channel?.unref();
