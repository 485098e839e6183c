import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { openTokenizer, type Tokenise, type Tokens } from "./tokens.ts";
import type { TextVector } from "./vector.ts";

/** Texts of one run: a longer list would hold the event loop longer without being faster. */
const BATCH = 16;
const PAD = 0;

/** The ONNX model in this process. `session.run` computes on the calling thread: OMS waits while it does. */
export class Model {
  readonly #session: InferenceSession;
  readonly #tokenise: Tokenise;

  private constructor(session: InferenceSession, tokenise: Tokenise) {
    this.#session = session;
    this.#tokenise = tokenise;
  }

  /** Loads `model.onnx` and its tokenizer. Throws when a file is missing. */
  static async open(dir: string): Promise<Model> {
    const session = await InferenceSession.create(join(dir, "model.onnx"));
    return new Model(session, await openTokenizer(dir));
  }

  /** One vector per text, in order. */
  async embed(texts: readonly string[]): Promise<TextVector[]> {
    const vectors: TextVector[] = [];
    for (let start = 0; start < texts.length; start += BATCH) {
      const tokens = texts.slice(start, start + BATCH).map(this.#tokenise);
      vectors.push(...(await this.#run(tokens)));
    }
    return vectors;
  }

  async #run(batch: readonly Tokens[]): Promise<TextVector[]> {
    const length = Math.max(1, ...batch.map(({ ids }) => ids.length));
    const ids = new BigInt64Array(batch.length * length).fill(BigInt(PAD));
    const mask = new BigInt64Array(batch.length * length);
    for (const [row, tokens] of batch.entries())
      for (const [column, id] of tokens.ids.entries()) {
        ids[row * length + column] = BigInt(id);
        mask[row * length + column] = 1n;
      }
    const shape = [batch.length, length];
    const answer = await this.#session.run({
      input_ids: new Tensor("int64", ids, shape),
      attention_mask: new Tensor("int64", mask, shape),
    });
    const { data, dims } = answer["sentence_embedding"] ?? {};
    if (!(data instanceof Float32Array)) throw new Error("the model has no sentence_embedding");
    const width = Number(dims?.[1]);
    return batch.map(({ truncated, poorlyCovered }, row) => ({
      vector: data.slice(row * width, (row + 1) * width),
      poorlyCovered,
      truncated,
    }));
  }
}
