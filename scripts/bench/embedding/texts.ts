import { SHAPES } from "../../model/random-encoder.ts";
import { madeUpVocabulary } from "../../model/word-piece.ts";

const FRAME = 2;
/** Pieces before these are signs and letters, which join into other pieces. */
const FIRST_WORD = 200;
const WORDS = madeUpVocabulary(SHAPES.minilm.vocabulary).slice(FIRST_WORD);

/** A text of `tokens` tokens, [CLS] and [SEP] included; long ones never come twice. */
export function textOf(tokens: number, random: () => number): string {
  const word = () => WORDS[Math.floor(random() * WORDS.length)] ?? "";
  return Array.from({ length: tokens - FRAME }, word).join(" ");
}

const SHORTEST = 8;
const LONGEST = 256;

/** Short texts are common and long ones rare: every doubling of the length from 8 to 256 is as likely. */
export function mixedText(random: () => number): string {
  return textOf(Math.round(SHORTEST * (LONGEST / SHORTEST) ** random()), random);
}
