const LENGTH = 3;
const MOST_GRAMS = 64;

/** How texts and queries are compared: compatibility forms and case folded, no U+0000, where SQLite would stop. */
export function normal(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll("\0", " ");
}

/**
 * The pieces of the query a text is searched for: every window of three code points of every word, a shorter word
 * whole, so that a word of two syllables is found too. Distinct, in order, the first 64.
 */
export function gramsOf(query: string): readonly string[] {
  const words = normal(query)
    .split(/\s+/u)
    .filter((word) => word !== "");
  return [...new Set(words.flatMap(windows))].slice(0, MOST_GRAMS);
}

/** The share of the grams that `text` contains, 0 to 1. */
export function shareFound(grams: readonly string[], text: string): number {
  if (grams.length === 0) return 0;
  const searched = normal(text);
  return grams.filter((gram) => searched.includes(gram)).length / grams.length;
}

/** True when SQLite's trigram tokenizer can look the gram up; shorter ones it scans for. */
export function isWhole(gram: string): boolean {
  return [...gram].length === LENGTH;
}

function windows(word: string): string[] {
  const points = [...word];
  const count = Math.max(1, points.length - LENGTH + 1);
  return Array.from({ length: count }, (_, start) => points.slice(start, start + LENGTH).join(""));
}
