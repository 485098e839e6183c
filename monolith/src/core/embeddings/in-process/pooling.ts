/** Token states of a batch: `rows` × `columns` × width, row-major; `mask` is 0 where a place is padding. */
export type States = {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly mask: BigInt64Array;
};

/** One vector a row: the mean of the states of its tokens, as sentence-transformers pools; zeros without a token. */
export function meanOfTokens({ values, rows, columns, mask }: States): Float32Array[] {
  const width = values.length / (rows * columns);
  return Array.from({ length: rows }, (_, row) => {
    const sum = new Float64Array(width);
    let tokens = 0;
    for (let place = row * columns; place < (row + 1) * columns; place++) {
      if (mask[place] === 0n) continue;
      tokens++;
      for (let index = 0; index < width; index++)
        sum[index] = (sum[index] ?? 0) + (values[place * width + index] ?? 0);
    }
    return Float32Array.from(sum, (value) => value / Math.max(1, tokens));
  });
}

/** The same direction at length 1; a vector of zeros has none and stays. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((squares, value) => squares + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}
