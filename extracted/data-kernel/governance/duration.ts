import { z } from "zod";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `12h` or `30d`, in milliseconds. */
export const duration = z
  .string("must be a duration such as 30d")
  .regex(/^[1-9]\d{0,8}[smhd]$/, "must be a duration such as 30d, 12h, 15m or 90s")
  .transform((text) => Number(text.slice(0, -1)) * (UNITS_MS[text.slice(-1)] ?? 0));
