import { type DestinationStream, type Logger, pino } from "pino";
import { activeContext } from "./context/context.ts";
import { traceIdOf } from "./context/traceparent.ts";

export type { Logger };

/** JSON lines on stdout; inside a call every line has its traceId. `level` is a pino level or `silent`. */
export function createLogger(service: string, level = "info", destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin() {
      const context = activeContext();
      return context ? { traceId: traceIdOf(context.traceparent) } : {};
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
