import { POINTER } from "../hooks/pointer.ts";

/** Numbers as they were written, which no number of JavaScript holds for sure: TC39's JSON.parse source text access. */
const { rawJSON, isRawJSON } = JSON as typeof JSON & {
  readonly rawJSON: (text: string) => unknown;
  readonly isRawJSON: (value: unknown) => boolean;
};
type WithSource = (
  this: unknown,
  key: string,
  value: unknown,
  context: { readonly source: string },
) => unknown;

const MASK = "[redacted]";

/**
 * The JSON text `body` with every value that `pointers` (RFC 6901, where `*` also stands for every member or
 * element) name replaced by an empty one of its kind: MASK, 0, false, {} or []. Undefined when that changes
 * nothing. Other values keep their text, numbers digit for digit; a name that occurs twice keeps its last value.
 */
export function mask(body: string, pointers: readonly string[]): string | undefined {
  const keepNumbers: WithSource = (_key, value, { source }) =>
    typeof value === "number" ? rawJSON(source) : value;
  const root = { body: JSON.parse(body, keepNumbers as Parameters<typeof JSON.parse>[1]) as unknown };
  let changed = false;
  for (const pointer of pointers) {
    if (maskAt(root, ["body", ...segmentsOf(pointer)])) changed = true;
  }
  return changed ? JSON.stringify(root.body) : undefined;
}

/** True for a JSON Pointer in its string form. */
export function isPointer(text: string): boolean {
  return POINTER.test(text);
}

function segmentsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function maskAt(holder: unknown, [name = "", ...deeper]: readonly string[]): boolean {
  if (!isHolder(holder)) return false;
  let changed = false;
  for (const key of name === "*" ? Object.keys(holder) : [name]) {
    // Not an array's length, nor anything inherited.
    if (!Object.prototype.propertyIsEnumerable.call(holder, key)) continue;
    const value = holder[key];
    if (deeper.length > 0) changed = maskAt(value, deeper) || changed;
    else if (!isMasked(value)) {
      holder[key] = maskOf(value);
      changed = true;
    }
  }
  return changed;
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isRawJSON(value);
}

function maskOf(value: unknown): unknown {
  if (typeof value === "string") return MASK;
  if (isRawJSON(value)) return 0;
  if (Array.isArray(value)) return [];
  return typeof value === "boolean" ? false : {};
}

function isMasked(value: unknown): boolean {
  if (value === null) return true;
  return JSON.stringify(value) === JSON.stringify(maskOf(value));
}
