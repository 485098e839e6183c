/** The commits up to this position, from where the one before ends, were made on the branch `name`. */
export type Inherited = { readonly name: string; readonly upTo: number };

type Lineage = { readonly branch: string; readonly inherited: readonly Inherited[] };

/** The last position that is the origin's; 0 when the branch began empty. */
export function forkOf({ inherited }: Lineage): number {
  return inherited.at(-1)?.upTo ?? 0;
}

/** The branch that the commit at a position was made on. */
export function branchAt({ branch, inherited }: Lineage, position: number): string {
  return inherited.find(({ upTo }) => position <= upTo)?.name ?? branch;
}

/** What is inherited from `origin` by a branch that starts at one of its positions, or goes back to it. */
export function inheritedUpTo(position: number, origin: Lineage): Inherited[] {
  const all = [...origin.inherited, { name: origin.branch, upTo: Number.POSITIVE_INFINITY }];
  const last = all.findIndex(({ upTo }) => position <= upTo);
  return all
    .slice(0, last + 1)
    .map(({ name, upTo }) => ({ name, upTo: Math.min(upTo, position) }))
    .filter(({ upTo }, n, cut) => upTo > (cut[n - 1]?.upTo ?? 0));
}
