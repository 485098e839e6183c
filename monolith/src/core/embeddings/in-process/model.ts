import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { meanOfTokens, type States, unit } from "./pooling.ts";
import { openTokenizer, type Tokenise, type Tokens } from "./tokens.ts";
import type { TextVector } from "./vector.ts";

/** Texts of one run: a longer list would hold the event loop longer without being faster. */
const BATCH = 16;

/** Texts side by side, padded to the longest. */
type Batch = Omit<States, "values"> & { readonly ids: BigInt64Array };

/** What a HuggingFace export may ask for, by name. */
const INPUTS: Readonly<Record<string, (batch: Batch) => BigInt64Array>> = {
  input_ids: ({ ids }) => ids,
  attention_mask: ({ mask }) => mask,
  token_type_ids: ({ ids }) => new BigInt64Array(ids.length),
};

/** Where its answer is, best first: pooled by the model itself, or a state for every token. */
const OUTPUTS: Readonly<Record<string, (values: Float32Array, batch: Batch) => Float32Array[]>> = {
  sentence_embedding: (values, { rows }) => {
    const width = values.length / rows;
    return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
  },
  last_hidden_state: (values, batch) => meanOfTokens({ values, ...batch }),
};

/** The ONNX model in this process. `session.run` computes on the calling thread: OMS waits while it does. */
export class Model {
  readonly #session: InferenceSession;
  readonly #tokenise: Tokenise;
  readonly #padId: number;
  readonly #output: string;

  private constructor(session: InferenceSession, tokenizer: { tokenise: Tokenise; padId: number }) {
    this.#session = session;
    this.#tokenise = tokenizer.tokenise;
    this.#padId = tokenizer.padId;
    this.#output = outputOf(session);
  }

  /** Loads `model.onnx` and its tokenizer. Throws when a file is missing or the model is of another shape. */
  static async open(dir: string): Promise<Model> {
    const session = await InferenceSession.create(join(dir, "model.onnx"));
    return new Model(session, await openTokenizer(dir));
  }

  /** One vector per text, in order. */
  async embed(texts: readonly string[]): Promise<TextVector[]> {
    const vectors: TextVector[] = [];
    for (let start = 0; start < texts.length; start += BATCH) {
      const tokens = texts.slice(start, start + BATCH).map(this.#tokenise);
      const computed = await this.#run(batchOf(tokens, this.#padId));
      for (const [row, { truncated, poorlyCovered }] of tokens.entries())
        vectors.push({ vector: unit(computed[row] ?? new Float32Array()), poorlyCovered, truncated });
    }
    return vectors;
  }

  async #run(batch: Batch): Promise<Float32Array[]> {
    const shape = [batch.rows, batch.columns];
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames)
      feeds[name] = new Tensor("int64", INPUTS[name]?.(batch) ?? new BigInt64Array(), shape);
    const { [this.#output]: answer } = await this.#session.run(feeds, [this.#output]);
    if (!(answer?.data instanceof Float32Array))
      throw new Error(`the model's ${this.#output} is not float32`);
    return OUTPUTS[this.#output]?.(answer.data, batch) ?? [];
  }
}

/** The output to read. Throws when the model wants or answers what nothing here knows. */
function outputOf({ inputNames, outputNames }: InferenceSession): string {
  const strange = inputNames.filter((name) => !(name in INPUTS));
  if (strange.length > 0) throw new Error(`the model wants ${strange.join(", ")}`);
  const output = Object.keys(OUTPUTS).find((name) => outputNames.includes(name));
  if (!output) throw new Error(`the model answers ${outputNames.join(", ")} and no vectors`);
  return output;
}

function batchOf(texts: readonly Tokens[], padId: number): Batch {
  const rows = texts.length;
  const columns = Math.max(1, ...texts.map(({ ids }) => ids.length));
  const ids = new BigInt64Array(rows * columns).fill(BigInt(padId));
  const mask = new BigInt64Array(rows * columns);
  for (const [row, text] of texts.entries())
    for (const [column, id] of text.ids.entries()) {
      ids[row * columns + column] = BigInt(id);
      mask[row * columns + column] = 1n;
    }
  return { rows, columns, ids, mask };
}
