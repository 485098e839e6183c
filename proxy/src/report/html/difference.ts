/** One field of two answers; undefined where a side has no such field. */
export type Field = {
  /** Such as `hits.0.score`; empty for the answer itself. */
  readonly path: string;
  readonly authority: string | undefined;
  readonly watched: string | undefined;
  readonly differs: boolean;
};

/** Two answers field by field, in their own order, every leaf a field of its own. */
export function fieldsOf(authority: unknown, watched: unknown): Field[] {
  const a = new Map(leaves(authority, []));
  const b = new Map(leaves(watched, []));
  return [...new Set([...a.keys(), ...b.keys()])].map((path) => ({
    path,
    authority: a.get(path),
    watched: b.get(path),
    differs: !alike(a.get(path), b.get(path)),
  }));
}

/** Two runtimes of one model differ in the last digits; shown as a difference, that would hide the one that counts. */
const ROUNDING = 2e-6;
const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

function alike(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.replaceAll(NUMBER, "") !== b.replaceAll(NUMBER, ""))
    return false;
  const [ofA, ofB] = [a.match(NUMBER) ?? [], b.match(NUMBER) ?? []];
  if (ofA.length !== ofB.length) return false;
  return ofA.every((number, i) => Math.abs(Number(number) - Number(ofB[i])) <= ROUNDING);
}

function* leaves(value: unknown, path: readonly string[]): Generator<readonly [string, string]> {
  const parts = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (parts.length === 0) {
    if (value !== undefined)
      yield [path.join("."), typeof value === "string" ? value : JSON.stringify(value)];
    return;
  }
  for (const [key, part] of parts) yield* leaves(part, [...path, key]);
}

/** A text in three pieces, of which only the middle one differs from the other text. */
export type Pieces = readonly [before: string, middle: string, after: string];

/** What two texts have in common at both ends, and what they have not. */
export function piecesOf(text: string, other: string): Pieces {
  const shorter = Math.min(text.length, other.length);
  let before = 0;
  while (before < shorter && text[before] === other[before]) before += 1;
  let after = 0;
  while (after < shorter - before && text.at(-1 - after) === other.at(-1 - after)) after += 1;
  return [text.slice(0, before), text.slice(before, text.length - after), text.slice(text.length - after)];
}
