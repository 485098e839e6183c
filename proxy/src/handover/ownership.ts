import type { Handover, Owned } from "../model/handover.ts";
import type { Side } from "../model/side.ts";

/** Who owns the live state of a capability now. */
export type Ownership = {
  readonly sides: Readonly<Record<Side, number>>;
  /** The pieces that are not where they belong. */
  readonly elsewhere: readonly Owned[];
};

/** Counts what each side owns, and lists what is not where it belongs. */
export async function ownershipOf({ items }: Handover, belongs: (piece: Owned) => Side): Promise<Ownership> {
  const sides: Record<Side, number> = { "in-process": 0, extracted: 0 };
  const elsewhere: Owned[] = [];
  for await (const piece of items()) {
    sides[piece.side] += 1;
    if (piece.side !== belongs(piece)) elsewhere.push(piece);
  }
  return { sides, elsewhere };
}
