import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";
import { activeContext } from "./context/context.ts";
import { traceIdOf } from "./context/traceparent.ts";

export type { Logger };

/** JSON lines on stdout; inside a call every line has its traceId. `level` is a pino level or `silent`. */
export function createLogger(service: string, level = "info", destination?: DestinationStream): Logger {
  // Written at once: pino's buffered default loses or reorders the last lines of a process that exits.
  const stream = destination ?? pino.destination({ dest: 1, sync: true });
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin() {
      const context = activeContext();
      return context ? { traceId: traceIdOf(context.traceparent) } : {};
    },
  };
  return pino(options, stream);
}
