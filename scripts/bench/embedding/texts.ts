import { SHAPES } from "../../model/random-encoder.ts";
import { madeUpVocabulary } from "../../model/word-piece.ts";

const FRAME = 2;
/** Pieces before these are signs and letters, which join into other pieces. */
const FIRST_WORD = 200;
const WORDS = madeUpVocabulary(SHAPES.minilm.vocabulary).slice(FIRST_WORD);

/** A text of `tokens` tokens, [CLS] and [SEP] included, and so many words to draw from that no cache knows it. */
export function textOf(tokens: number, random: () => number): string {
  const word = () => WORDS[Math.floor(random() * WORDS.length)] ?? "";
  return Array.from({ length: tokens - FRAME }, word).join(" ");
}

const MEDIAN = 24;
const SHORTEST = 4;
const LONGEST = 256;

/** Lengths as written texts have them, log-normal: half are under 24 tokens, one in fifty is over 180. */
export function mixedText(random: () => number): string {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const tokens = Math.round(MEDIAN * Math.exp(normal));
  return textOf(Math.min(LONGEST, Math.max(SHORTEST, tokens)), random);
}
