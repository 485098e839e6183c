import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";

/** A text as the model reads it. */
export type Tokens = {
  readonly ids: readonly number[];
  /** Something at the end was not read. */
  readonly truncated: boolean;
  /** Over a quarter of the pieces are unknown to the model, or there is no piece at all. */
  readonly poorlyCovered: boolean;
};

export type Tokenise = (text: string) => Tokens;

type AddedToken = { readonly id: number; readonly special: boolean };
type TokenizerFile = {
  readonly added_tokens: readonly AddedToken[];
  readonly model: { readonly unk_id?: number; readonly unk_token?: string };
};
type TokenizerConfig = {
  readonly model_max_length?: number;
  readonly unk_token?: string | { readonly content: string };
};
type ModelConfig = { readonly max_position_embeddings?: number; readonly pad_token_id?: number };

/** Of models that say nothing: BERT's. */
const USUAL_MAX_TOKENS = 512;
/**
 * More of a natural text than a model reads. The tokenizer takes time by the square of a run of unknown characters,
 * and compatibility forms may be 18 times as long as the text: without bounds one text could hold OMS for seconds.
 */
const UNITS_PER_TOKEN = 8;
const MOST_GROWTH = 2;
const UNKNOWN_SHARE = 0.25;
const SPACE = "▁";

/** Reads a HuggingFace `tokenizer.json` with its configurations, of which the model's own may be missing. */
export async function openTokenizer(dir: string): Promise<{ tokenise: Tokenise; padId: number }> {
  const file = await read<TokenizerFile>(dir, "tokenizer.json");
  const config = await read<TokenizerConfig>(dir, "tokenizer_config.json");
  const model = await read<ModelConfig>(dir, "config.json").catch(ifMissing<ModelConfig>({}));
  const maxTokens = Math.min(
    config.model_max_length ?? Number.POSITIVE_INFINITY,
    model.max_position_embeddings ?? USUAL_MAX_TOKENS,
  );
  return { tokenise: tokeniser(file, config, maxTokens), padId: model.pad_token_id ?? 0 };
}

async function read<T>(dir: string, name: string): Promise<T> {
  return JSON.parse(await readFile(join(dir, name), "utf8"));
}

function ifMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  };
}

function tokeniser(file: TokenizerFile, config: TokenizerConfig, maxTokens: number): Tokenise {
  const tokenizer = new Tokenizer(file, config);
  const named = typeof config.unk_token === "object" ? config.unk_token.content : config.unk_token;
  const unknown = file.model.unk_id ?? tokenizer.token_to_id(named ?? file.model.unk_token ?? "");
  const special = new Set(file.added_tokens.filter((token) => token.special).map((token) => token.id));
  if (unknown !== undefined) special.delete(unknown);
  const silent = new Set([...special, tokenizer.token_to_id(SPACE)]);

  return (text) => {
    const head = readable(text, maxTokens * UNITS_PER_TOKEN);
    const ids: number[] = tokenizer.encode(head, { add_special_tokens: true }).ids;
    const pieces = ids.filter((id) => !silent.has(id));
    const share = pieces.filter((id) => id === unknown).length / pieces.length;
    return {
      ids: cut(ids, maxTokens, special),
      truncated: head.length < text.length || ids.length > maxTokens,
      poorlyCovered: pieces.length === 0 || share > UNKNOWN_SHARE,
    };
  };
}

/** As much of the text's beginning, at most `units`, as stays within twice that in its compatibility form. */
export function readable(text: string, units: number): string {
  for (let size = units; ; size >>= 1) {
    const head = headOf(text, size);
    if (head.normalize("NFKC").length <= units * MOST_GROWTH) return head;
  }
}

/** At most `units` UTF-16 units, never half a character. */
function headOf(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 1);
  const halved = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, halved ? units - 1 : units);
}

/** A closing special token, where the model has one, survives the cut. */
function cut(ids: readonly number[], max: number, special: ReadonlySet<number>): readonly number[] {
  const closing = ids.at(-1);
  if (ids.length <= max || closing === undefined) return ids;
  return special.has(closing) ? [...ids.slice(0, max - 1), closing] : ids.slice(0, max);
}
