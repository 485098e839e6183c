const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
export type Level = (typeof LEVELS)[number];

/** The five methods Unleash wants of a logger. */
export type LineLogger = Record<Level, (message: unknown, ...rest: unknown[]) => void>;

export function isLevel(value: string): value is Level {
  return (LEVELS as readonly string[]).includes(value);
}

/** A logger per Unleash module that writes one JSON line per message at `threshold` or above. */
export function lineLogger(threshold: Level, write: (line: string) => void): (name?: string) => LineLogger {
  return (name) => {
    const at =
      (level: Level) =>
      (message: unknown, ...rest: unknown[]) => {
        if (LEVELS.indexOf(level) < LEVELS.indexOf(threshold)) return;
        const msg = [message, ...rest].map(text).join(" ");
        write(`${JSON.stringify({ level, service: "unleash", module: name ?? "unleash", msg })}\n`);
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") };
  };
}

function text(part: unknown): string {
  if (part instanceof Error) return part.stack ?? part.message;
  return typeof part === "string" ? part : JSON.stringify(part);
}
