/** The caller left before it was answered: no side's failure, and nothing to compare. */
export class CallerGone extends Error {
  override readonly name = "CallerGone";
}
