import { z } from "zod";

const date = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** An ISO 8601 date, or a date-time with offset. */
export function isDate(value: unknown): boolean {
  return date.safeParse(value).success;
}
