import { hash } from "node:crypto";

/** Of what was asked for: the same whatever the order of its fields. */
export function fingerprintOf(asked: object): string {
  return hash("sha256", JSON.stringify(asked, sorted));
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
