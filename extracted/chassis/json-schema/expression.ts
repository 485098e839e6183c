import { RE2JS } from "re2js";

export type Expression = { readonly test: (text: string) => boolean };

/**
 * A regular expression as JSON Schema has them (ECMA-262, flag u) that is also one of RE2: no look-around, no
 * back-references, `\s` in ASCII. Its time is in proportion to the text: expressions run inside transactions, where one
 * that backtracks would hold every writer up for as long as a caller's text likes.
 * @throws Error when it is not both.
 */
export function expression(pattern: string): Expression {
  RegExp(pattern, "u");
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}
