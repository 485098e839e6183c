import type { Graph } from "../onnx-file.ts";
import type { Weights } from "../weights.ts";
import { attentionBias } from "./attention-bias.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import { type Layer, linear, transformerLayer } from "./transformer.ts";

/** Sizes of Universal Sentence Encoder Lite. */
export const SHAPE = { vocabulary: 8002, embedding: 256, width: 512, maxTokens: 128 } as const;

const APPLIED = "module_apply_default/Encoder_en/KonaTransformer/Encode";
const HIDDEN = "module/Encoder_en/hidden_layers/tanh_layer_0";
const LAYERS: readonly Layer[] = [
  { number: 0, input: SHAPE.embedding, width: SHAPE.width },
  { number: 1, input: SHAPE.width, width: SHAPE.width },
];
/**
 * The whole network: `input_ids` and `attention_mask` (int64, batch × sequence, at most 128 tokens) to
 * `sentence_embedding` (float32, batch × 512, unit length).
 */
export function sentenceEncoder(weights: Weights): Graph {
  const graph = new GraphBuilder();
  const tokens = ["batch_size", "sequence_length"];
  const ids = graph.input({ name: "input_ids", type: "int64", shape: tokens });
  const attention = graph.input({ name: "attention_mask", type: "int64", shape: tokens });
  const mask = graph.op("Cast", [attention], { to: 1 });

  const bias = attentionBias(graph, mask);
  const embedded = graph.op("Add", [tokenEmbedding(graph, weights, ids), timingSignal(graph, weights, ids)]);
  const encoded = LAYERS.reduce(
    (hidden, layer) => transformerLayer({ graph, weights, layer }, hidden, bias),
    embedded,
  );
  const sentence = sentenceVector(graph, weights, maskedMean(graph, encoded, mask));

  graph.output({ name: "sentence_embedding", type: "float32", shape: ["batch_size", SHAPE.width] }, sentence);
  return graph.build("use_lite");
}

/** The original adds the embedding to (embedding + timing signal): the factor 2 is folded into the table. */
function tokenEmbedding(graph: GraphBuilder, weights: Weights, ids: Value): Value {
  const { vocabulary, embedding } = SHAPE;
  const table = weights("module/Embeddings_en", vocabulary * embedding).map((value) => 2 * value);
  return graph.op("Gather", [graph.floats("embeddings", [vocabulary, embedding], table), ids]);
}

/** Sines, then cosines of position × frequency, computed once for every position there can be. */
function timingSignal(graph: GraphBuilder, weights: Weights, ids: Value): Value {
  const { maxTokens, embedding } = SHAPE;
  const half = embedding / 2;
  const frequencies = weights(
    `${APPLIED}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`,
    half,
  );
  const signal = new Float32Array(maxTokens * embedding);
  for (let position = 0; position < maxTokens; position++) {
    frequencies.forEach((frequency, index) => {
      const angle = Math.fround(position * frequency);
      signal[position * embedding + index] = Math.sin(angle);
      signal[position * embedding + half + index] = Math.cos(angle);
    });
  }
  const table = graph.floats("timing_signal", [maxTokens, embedding], signal);
  const length = graph.op("Gather", [graph.op("Shape", [ids]), graph.ints(1)]);
  return graph.op("Slice", [table, graph.ints(0), length, graph.ints(0)]);
}

/** Mean over the tokens that are not padding. */
function maskedMean(graph: GraphBuilder, hidden: Value, mask: Value): Value {
  const kept = graph.op("Mul", [hidden, graph.op("Unsqueeze", [mask, graph.ints(2)])]);
  const sum = graph.op("ReduceSum", [kept, graph.ints(1)], { keepdims: 0 });
  const count = graph.op("ReduceSum", [mask, graph.ints(1)], { keepdims: 1 });
  return graph.op("Div", [sum, graph.op("Max", [count, graph.scalar(1)])]);
}

function sentenceVector(graph: GraphBuilder, weights: Weights, pooled: Value): Value {
  const { width } = SHAPE;
  const dense = linear(graph, pooled, {
    name: "sentence",
    shape: [width, width],
    kernel: weights(`${HIDDEN}/weights`, width * width),
    bias: weights(`${HIDDEN}/bias`, width),
  });
  return graph.op("LpNormalization", [graph.op("Tanh", [dense])], { axis: -1, p: 2 });
}
