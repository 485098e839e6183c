import type { Database } from "./database.ts";
import { commitsAt } from "./history.ts";
import type { Moment } from "./moment.ts";

/** The last position up to which both have the same commits: a search that halves what is left, for they part once. */
export async function sharedPosition(database: Database, one: Moment, other: Moment): Promise<number> {
  let [low, high] = [0, Math.min(one.position, other.position)];
  if (one.head.branch === other.head.branch) return high;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [[mine], [theirs]] = await Promise.all([
      commitsAt(database, one.store, [middle]),
      commitsAt(database, other.store, [middle]),
    ]);
    if (mine?.commit.id === theirs?.commit.id) low = middle;
    else high = middle - 1;
  }
  return low;
}
