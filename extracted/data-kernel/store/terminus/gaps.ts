/**
 * Commits of a branch are counted by position: 1, 2, 3 … A sequence is a position too, until commits are dropped:
 * what comes at a position from then on has a sequence that nobody had. `from` this position on, `more` is added.
 */
export type Gap = { readonly from: number; readonly more: number };

export function sequenceAt(gaps: readonly Gap[], position: number): number {
  return position + (gaps.findLast(({ from }) => from <= position)?.more ?? 0);
}

/** The last position whose sequence is below `sequence`. */
export function positionBelow(gaps: readonly Gap[], sequence: number): number {
  const gap = gaps.findLast(({ from, more }) => from + more < sequence);
  const next = gaps[gap === undefined ? 0 : gaps.indexOf(gap) + 1];
  return Math.min(
    sequence - 1 - (gap?.more ?? 0),
    next === undefined ? Number.MAX_SAFE_INTEGER : next.from - 1,
  );
}

/** After commits are dropped down to position `kept` on a branch that had `position` of them. */
export function gapsAfterReset(gaps: readonly Gap[], position: number, kept: number): Gap[] {
  const used = sequenceAt(gaps, position + 1) - 1;
  return [...gaps.filter(({ from }) => from <= kept), { from: kept + 1, more: used - kept }];
}
