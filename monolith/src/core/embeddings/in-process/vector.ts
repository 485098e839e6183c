/** What the model says of a text. */
export type TextVector = {
  /** Unit length. */
  readonly vector: Float32Array;
  readonly poorlyCovered: boolean;
  readonly truncated: boolean;
};

/** Cosine of two unit vectors, -1 to 1; summed in double precision and index order, so that every side agrees. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return Math.max(-1, Math.min(1, sum));
}

/** Little-endian float32, base64. */
export function encodeVector(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}

/** The inverse of `encodeVector`. */
export function decodeVector(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
