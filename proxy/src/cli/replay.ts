import type { LedgerView } from "../ledger/reader.ts";
import { readCalls } from "../replay/read-calls.ts";
import { type Open, type Replayed, replay } from "../replay/replay.ts";

/**
 * Makes the kept mismatches of every pair of builds again, those whose calls are in the file. Throws when there is
 * nothing to make again: silence would read as success.
 */
export async function replayKept(open: Open, view: LedgerView, path: string): Promise<Replayed[]> {
  const samples = view.pairs.flatMap((pair) => pair.samples);
  if (samples.length === 0) throw new Error(`no mismatch of ${view.capability} is kept`);
  const calls = await readCalls(path);
  const opened = await open(process.env);
  try {
    const replayed = await replay(samples, calls, opened);
    if (replayed.some(({ now }) => now !== undefined)) return replayed;
    throw new Error(
      `none of the ${samples.length} kept mismatches is among the ${calls.length} calls in ${path}`,
    );
  } finally {
    await opened.close();
  }
}
