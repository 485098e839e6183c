/**
 * What a comparator says of two answers. `noise` is a difference the in-process side also shows against itself.
 * `skipped` is lost coverage: the pair says nothing about equivalence. A reason for skipping is one of a few
 * fixed texts, because it is counted by that text; a mismatch's `because` may give figures and paths, but no text
 * of the data, because reports show it.
 */
export type Comparison =
  | { readonly outcome: "match" | "noise" }
  | { readonly outcome: "mismatch"; readonly because: string }
  | { readonly outcome: "skipped"; readonly because: string };
