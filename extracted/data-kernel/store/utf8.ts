/** The order of ids in every store, which JavaScript's own order of text is not beyond U+FFFF. */
export function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
