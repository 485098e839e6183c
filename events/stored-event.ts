import type { Event } from "./event.ts";

/**
 * An event as a stream has it. What is stored was held to the rules by whoever stored it, perhaps to those of another
 * time: only what everybody reads is looked at. Undefined: it is no event.
 */
export function readStored(text: string): Event | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isEvent(read) ? read : undefined;
}

function isEvent(read: unknown): read is Event {
  if (typeof read !== "object" || read === null) return false;
  const { specversion, id, source, type } = read as Partial<Record<string, unknown>>;
  return specversion === "1.0" && isName(id) && isName(source) && isName(type);
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
