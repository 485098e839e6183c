/** The order of ids in every store, which JavaScript's own order of text is not beyond U+FFFF. */
export function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const LAST = 0x10ffff;
const SURROGATES = { first: 0xd800, last: 0xdfff };

/** The least text that is above every text with this prefix; undefined when there is none. */
export function abovePrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  const next = last + 1 === SURROGATES.first ? SURROGATES.last + 1 : last + 1;
  return String.fromCodePoint(...points, next);
}
