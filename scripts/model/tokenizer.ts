import { z } from "zod";

/** SentencePiece vocabulary: piece and log probability, in the order of the ids. Null: a piece that always wins. */
const vocabularySchema = z.array(z.tuple([z.string(), z.number().nullable()]));

export type Vocabulary = z.infer<typeof vocabularySchema>;

export const UNKNOWN = { id: 0, piece: "<unk>" } as const;
/** Ids 1 to 5 are control symbols. */
const FIRST_TEXT_ID = 6;
/** So unlikely that no text is ever cut into a control symbol. */
const NEVER = -1000;
const CERTAIN = 0;

const METASPACE = {
  type: "Metaspace",
  replacement: "\u2581",
  add_prefix_space: true,
  prepend_scheme: "always",
  split: false,
} as const;

export function parseVocabulary(json: string): Vocabulary {
  return vocabularySchema.parse(JSON.parse(json));
}

/** The vocabulary as a HuggingFace `tokenizer.json`: SentencePiece unigram over NFKC, spaces as U+2581. */
export function tokenizerFile(vocabulary: Vocabulary): object {
  const pieces = vocabulary.map(([piece, score], id) => {
    if (id === UNKNOWN.id) return [UNKNOWN.piece, 0];
    return id < FIRST_TEXT_ID ? [piece, NEVER] : [piece, score ?? CERTAIN];
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: UNKNOWN.id,
        content: UNKNOWN.piece,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: { type: "NFKC" },
    pre_tokenizer: METASPACE,
    post_processor: null,
    decoder: METASPACE,
    model: { type: "Unigram", unk_id: UNKNOWN.id, vocab: pieces, byte_fallback: false },
  };
}

export function tokenizerConfig(maxTokens: number): object {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    unk_token: UNKNOWN.piece,
    pad_token: UNKNOWN.piece,
    model_max_length: maxTokens,
  };
}
