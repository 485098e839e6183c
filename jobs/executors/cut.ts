/** The text in pieces of at most `length` UTF-16 units; no character is cut in two. */
export function* cut(text: string, length: number): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const to = from + length;
    const cutsPair = /[\uD800-\uDBFF]/.test(text.charAt(to - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(to));
    const end = cutsPair ? to - 1 : to;
    yield text.slice(from, end);
    from = end;
  }
}
