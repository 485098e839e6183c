import type { Comparison } from "../model/comparison.ts";

type Vector = ArrayLike<number>;

/** Compares two vectors: of one length, and with a cosine of at least `least` (-1 to 1). */
export function cosine(least: number): (authority: Vector, watched: Vector) => Comparison {
  return (authority, watched) => {
    if (authority.length !== watched.length) {
      return { outcome: "mismatch", because: `${authority.length} dimensions against ${watched.length}` };
    }
    const similarity = cosineOf(authority, watched);
    // Written so that a NaN on either side is a mismatch.
    if (similarity >= least) return { outcome: "match" };
    return { outcome: "mismatch", because: `cosine ${similarity.toFixed(6)}, at least ${least} wanted` };
  };
}

/** -1 to 1; two zero vectors are alike, a zero vector is unlike any other. */
export function cosineOf(a: Vector, b: Vector): number {
  let dot = 0;
  let ofA = 0;
  let ofB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  if (ofA === 0 || ofB === 0) return ofA === ofB ? 1 : 0;
  return dot / (Math.sqrt(ofA) * Math.sqrt(ofB));
}
