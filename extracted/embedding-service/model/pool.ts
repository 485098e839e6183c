import type { Batch } from "./batch.ts";

/** A batch's hidden states, rows × columns × width, as one vector a row: the mean over what is not padding. */
export function maskedMean(hidden: Float32Array, { rows, columns, mask }: Batch): Float32Array<ArrayBuffer> {
  const width = hidden.length / (rows * columns);
  const means = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const mean = means.subarray(row * width, (row + 1) * width);
    let tokens = 0;
    for (let place = row * columns; place < (row + 1) * columns; place++) {
      if (mask[place] === 0n) continue;
      tokens += 1;
      for (let index = 0; index < width; index++) {
        mean[index] = (mean[index] ?? 0) + (hidden[place * width + index] ?? 0);
      }
    }
    if (tokens > 0) for (let index = 0; index < width; index++) mean[index] = (mean[index] ?? 0) / tokens;
  }
  return means;
}

/** Brings each of the `rows` vectors to unit length, in place; one of zeros stays. */
export function normalise(vectors: Float32Array, rows: number): void {
  const width = vectors.length / rows;
  for (let start = 0; start < vectors.length; start += width) {
    const vector = vectors.subarray(start, start + width);
    let squares = 0;
    for (const value of vector) squares += value * value;
    const length = Math.sqrt(squares) || 1;
    vector.forEach((value, index) => {
      vector[index] = value / length;
    });
  }
}
