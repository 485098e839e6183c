import type { Comparison } from "../model/comparison.ts";

export type JsonOptions = {
  /** Paths left out, such as `hits.*.updatedAt`; `*` stands for any key or index. */
  readonly ignore?: readonly string[];
  /** How far two numbers may lie apart. */
  readonly tolerance?: number;
};

type Path = readonly string[];
type Rules = { readonly ignore: readonly Path[]; readonly tolerance: number };

/** Compares two answers as the JSON they would be sent as; the first difference is named by its path. */
export function json<T>({ ignore = [], tolerance = 0 }: JsonOptions = {}): (a: T, b: T) => Comparison {
  const rules = { ignore: ignore.map((path) => path.split(".")), tolerance };
  return (authority, watched) => {
    const because = difference({ authority, watched, path: [] }, rules);
    return because === undefined ? { outcome: "match" } : { outcome: "mismatch", because };
  };
}

type Pair = { readonly authority: unknown; readonly watched: unknown; readonly path: Path };

function difference(pair: Pair, rules: Rules): string | undefined {
  if (rules.ignore.some((ignored) => matches(ignored, pair.path))) return undefined;
  const a = asJson(pair.authority);
  const b = asJson(pair.watched);
  if (isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b)) {
    return differenceInside(a, b, { path: pair.path, rules });
  }
  const same = typeof a === "number" && typeof b === "number" ? closeTo(a, b, rules.tolerance) : a === b;
  return same ? undefined : `${pair.path.join(".") || "the answer"}: ${show(a)} against ${show(b)}`;
}

function differenceInside(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  at: { readonly path: Path; readonly rules: Rules },
): string | undefined {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const pair = { authority: a[key], watched: b[key], path: [...at.path, key] };
    const found = difference(pair, at.rules);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Dates and the like as JSON has them, typed arrays as arrays. */
function asJson(value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Uint8Array);
  if (isObject(value) && typeof value["toJSON"] === "function") return value["toJSON"]();
  return value;
}

function closeTo(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= tolerance;
}

function matches(pattern: Path, path: Path): boolean {
  return pattern.length === path.length && pattern.every((step, i) => step === "*" || step === path[i]);
}

/** Figures are shown, texts are not: a reason is read by people who may not read the data. */
function show(value: unknown): string {
  if (typeof value === "string") return `a text of ${value.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isObject(value) ? "an object" : String(value);
}
