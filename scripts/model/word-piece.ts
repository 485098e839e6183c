const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const SIGNS = [...".,;:!?'\"()-/&%$#@+*=<>_[]"];
const CONSONANTS = [..."bdfghjklmnprstvwz"];
const VOWELS = [..."aeiou"];

/**
 * A WordPiece vocabulary of `size` pieces in the order of their ids: BERT's special tokens, letters and signs, then
 * as many made-up words as there is room for. Whatever is written in ASCII is covered by it.
 */
export function madeUpVocabulary(size: number): string[] {
  const least = [...SPECIAL, ...LETTERS, ...LETTERS.map((letter) => `##${letter}`), ...SIGNS];
  return [...least, ...madeUpWords(size - least.length)];
}

/** `count` words of two to four syllables, each a piece of its own; the same ones every time. */
function madeUpWords(count: number): string[] {
  const syllables = CONSONANTS.flatMap((consonant) => VOWELS.map((vowel) => consonant + vowel));
  const words: string[] = [];
  for (let number = syllables.length; words.length < count; number++) {
    let word = "";
    for (let rest = number; rest > 0; rest = Math.floor(rest / syllables.length)) {
      word += syllables[rest % syllables.length];
    }
    words.push(word);
  }
  return words;
}

/** The vocabulary as the `tokenizer.json` of an uncased BERT. */
export function tokenizerFile(vocabulary: readonly string[]): object {
  const id = (token: string) => vocabulary.indexOf(token);
  const frame = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content) => ({ id: id(content), content, special: true, ...PLAIN })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [frame("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, frame("[SEP]")],
      pair: [],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((token) => [token, { id: token, ids: [id(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((piece, number) => [piece, number])),
    },
  };
}

const PLAIN = { single_word: false, lstrip: false, rstrip: false, normalized: false } as const;

export function tokenizerConfig(maxTokens: number): object {
  return {
    tokenizer_class: "BertTokenizer",
    do_lower_case: true,
    unk_token: "[UNK]",
    sep_token: "[SEP]",
    pad_token: "[PAD]",
    cls_token: "[CLS]",
    mask_token: "[MASK]",
    model_max_length: maxTokens,
  };
}
