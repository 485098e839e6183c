/** Texts side by side, padded to the longest: `rows` × `columns`, row-major. */
export type Batch = {
  readonly rows: number;
  readonly columns: number;
  readonly ids: BigInt64Array;
  readonly mask: BigInt64Array;
};

/** A text shorter than this share of the longest would be mostly padding: it waits for its like. */
const LEAST_FILLED = 0.5;

/**
 * Which of the waiting texts run together next: the oldest (index 0) and those nearest to it in length, as many
 * as keep rows × longest within `budget` tokens. The oldest runs even when it alone is over the budget.
 * `lengths` are tokens in order of arrival, at least one text; the answer is indices into it, by length.
 */
export function nextBatch(lengths: readonly number[], budget: number): number[] {
  const length = (index: number | undefined) => lengths[index ?? -1] ?? Number.NaN;
  const order = lengths.map((_, index) => index).sort((a, b) => length(a) - length(b));
  const fits = (low: number, high: number) => {
    const longest = length(order[high - 1]);
    return (high - low) * longest <= budget && length(order[low]) >= longest * LEAST_FILLED;
  };
  const distance = (place: number) => Math.abs(length(order[place]) - length(0));
  let from = order.indexOf(0);
  let to = from + 1;
  for (;;) {
    const shorter = fits(from - 1, to);
    const longer = fits(from, to + 1);
    if (!shorter && !longer) return order.slice(from, to);
    if (shorter && (!longer || distance(from - 1) <= distance(to))) from -= 1;
    else to += 1;
  }
}

/** Side by side, padded with `padId`; a text without tokens is one padded place. */
export function padBatch(texts: readonly (readonly number[])[], padId: number): Batch {
  const rows = texts.length;
  const columns = Math.max(1, ...texts.map((ids) => ids.length));
  const ids = new BigInt64Array(rows * columns).fill(BigInt(padId));
  const mask = new BigInt64Array(rows * columns);
  texts.forEach((text, row) => {
    text.forEach((id, column) => {
      ids[row * columns + column] = BigInt(id);
      mask[row * columns + column] = 1n;
    });
  });
  return { rows, columns, ids, mask };
}
