/**
 * Aborts when this process is asked to stop: by Ctrl-C, by SIGTERM, by its terminal closing, or by the death of the
 * process that started it (scripts/run.mjs holds the other end of a channel).
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  if (process.connected) process.on("disconnect", () => stop.abort());
  return stop.signal;
}
