import { Tokenizer } from "@huggingface/tokenizers";
import type { ModelDirectory } from "./directory.ts";

export type Tokens = {
  /** At most the model's maximum; empty for a text of white space alone. */
  readonly ids: readonly number[];
  readonly poorlyCovered: boolean;
  readonly truncated: boolean;
};

export type Tokeniser = (text: string) => Tokens;

/**
 * More of a natural text than a model reads. The tokenizer takes time by the square of a run of unknown characters:
 * without this bound one text could hold the loop for seconds.
 */
const UNITS_PER_TOKEN = 8;
/** Compatibility forms may be longer than the text, some 18 times. */
const MOST_GROWTH = 2;
const POORLY_COVERED_ABOVE = 0.25;
/** The piece a space alone becomes in SentencePiece: known to every model, and no sign of understanding. */
const SPACE_PIECE = "\u2581";

export function createTokeniser(directory: ModelDirectory): Tokeniser {
  const { maxTokens, tokenizer: file, tokenizerConfig } = directory;
  const tokenizer = new Tokenizer(file, tokenizerConfig);
  const { unk_id, unk_token } = file.model;
  const unknown = unk_id ?? tokenizer.token_to_id(tokenizerConfig.unk_token ?? unk_token ?? "");
  const added = [...tokenizer.get_added_tokens_decoder()];
  const special = new Set(added.filter(([id, token]) => token.special && id !== unknown).map(([id]) => id));

  return (text) => {
    const read = readable(text, maxTokens * UNITS_PER_TOKEN);
    const { ids, tokens }: { ids: number[]; tokens: string[] } = tokenizer.encode(read);
    const pieces = ids.filter((id, index) => !special.has(id) && tokens[index] !== SPACE_PIECE);
    return {
      ids: limit(ids, maxTokens, special),
      poorlyCovered: isPoorlyCovered(pieces.length, pieces.filter((id) => id === unknown).length),
      truncated: read.length < text.length || ids.length > maxTokens,
    };
  };
}

/** As much of the text's beginning, at most `units`, as stays within twice that when its forms are unfolded. */
export function readable(text: string, units: number): string {
  for (let size = units; ; size >>= 1) {
    const head = cut(text, size);
    if (head.normalize("NFKC").length <= units * MOST_GROWTH) return head;
  }
}

/** The first `units` UTF-16 units, one less where that would split a surrogate pair. */
export function cut(text: string, units: number): string {
  if (text.length <= units) return text;
  const head = text.slice(0, units);
  return head.isWellFormed() ? head : head.slice(0, -1);
}

/** The first `most` ids; a closing special token stays the last. */
export function limit(ids: readonly number[], most: number, special: ReadonlySet<number>): readonly number[] {
  const last = ids.at(-1);
  if (last === undefined || ids.length <= most) return ids;
  return special.has(last) ? [...ids.slice(0, most - 1), last] : ids.slice(0, most);
}

export function isPoorlyCovered(pieces: number, unknown: number): boolean {
  return pieces === 0 || unknown / pieces > POORLY_COVERED_ABOVE;
}
