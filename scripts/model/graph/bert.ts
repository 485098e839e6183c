import type { Graph } from "../onnx-file.ts";
import { attentionBias } from "./attention-bias.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import { linear } from "./transformer.ts";

/** Sizes of a BERT encoder. */
export type BertShape = {
  readonly vocabulary: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForward: number;
};

/** `count` weights between -limit and limit. */
export type Draw = (count: number, limit: number) => Float32Array;

type Site = { readonly graph: GraphBuilder; readonly shape: BertShape; readonly draw: Draw };

const EPSILON = { float: 1e-12 };
const SEGMENTS = 2;

/**
 * BERT as HuggingFace exports it: `input_ids`, `attention_mask` and `token_type_ids` (int64, batch × sequence) to
 * `last_hidden_state` (float32, batch × sequence × width). Its weights are drawn.
 */
export function bert(shape: BertShape, draw: Draw): Graph {
  const site = { graph: new GraphBuilder(), shape, draw };
  const { graph } = site;
  const tokens = ["batch_size", "sequence_length"];
  const ids = graph.input({ name: "input_ids", type: "int64", shape: tokens });
  const attention = graph.input({ name: "attention_mask", type: "int64", shape: tokens });
  const segments = graph.input({ name: "token_type_ids", type: "int64", shape: tokens });
  const bias = attentionBias(graph, graph.op("Cast", [attention], { to: 1 }));
  const numbers = Array.from({ length: shape.layers }, (_, number) => number);
  const hidden = numbers.reduce(
    (before, number) => layer(site, before, { name: `layer_${number}`, bias }),
    embed(site, ids, segments),
  );
  graph.output({ name: "last_hidden_state", type: "float32", shape: [...tokens, shape.width] }, hidden);
  return graph.build("bert");
}

/** The sum of what a word, its place and its segment stand for. */
function embed(site: Site, ids: Value, segments: Value): Value {
  const { graph, shape, draw } = site;
  const table = (name: string, rows: number) =>
    graph.floats(name, [rows, shape.width], draw(rows * shape.width, 1));
  const words = graph.op("Gather", [table("words", shape.vocabulary), ids]);
  const length = graph.op("Gather", [graph.op("Shape", [ids]), graph.ints(1)]);
  const places = [table("places", shape.positions), graph.ints(0), length, graph.ints(0)];
  const types = graph.op("Gather", [table("segments", SEGMENTS), segments]);
  const placed = graph.op("Add", [words, graph.op("Slice", places)]);
  return normalise(site, graph.op("Add", [placed, types]), "embedding");
}

type Part = { readonly name: string; readonly bias: Value };

/** Attention, then feed-forward; each adds its result to what came in and normalises the sum. */
function layer(site: Site, hidden: Value, part: Part): Value {
  const { graph } = site;
  const attended = normalise(
    site,
    graph.op("Add", [attend(site, hidden, part), hidden]),
    `${part.name}_attention`,
  );
  return normalise(
    site,
    graph.op("Add", [feedForward(site, attended, part), attended]),
    `${part.name}_output`,
  );
}

function attend(site: Site, hidden: Value, { name, bias }: Part): Value {
  const { graph, shape } = site;
  const headSize = shape.width / shape.heads;
  const square = [shape.width, shape.width] as const;
  const heads = (part: string) => {
    const projected = dense(site, hidden, { name: `${name}_${part}`, size: square });
    const split = graph.op("Reshape", [projected, graph.ints(0, 0, shape.heads, headSize)]);
    return graph.op("Transpose", [split], { perm: [0, 2, 1, 3] });
  };
  const [query, key, value] = [heads("query"), heads("key"), heads("value")];
  const scores = graph.op("MatMul", [query, graph.op("Transpose", [key], { perm: [0, 1, 3, 2] })]);
  const scaled = graph.op("Div", [scores, graph.scalar(Math.sqrt(headSize))]);
  const shares = graph.op("Softmax", [graph.op("Add", [scaled, bias])], { axis: -1 });
  const mixed = graph.op("Transpose", [graph.op("MatMul", [shares, value])], { perm: [0, 2, 1, 3] });
  const merged = graph.op("Reshape", [mixed, graph.ints(0, 0, shape.width)]);
  return dense(site, merged, { name: `${name}_attended`, size: square });
}

function feedForward(site: Site, hidden: Value, { name }: Part): Value {
  const { width, feedForward: inner } = site.shape;
  const wide = gelu(site.graph, dense(site, hidden, { name: `${name}_inner`, size: [width, inner] }));
  return dense(site, wide, { name: `${name}_outer`, size: [inner, width] });
}

/** x · (1 + erf(x / √2)) / 2. */
function gelu(graph: GraphBuilder, x: Value): Value {
  const erf = graph.op("Erf", [graph.op("Div", [x, graph.scalar(Math.SQRT2)])]);
  const doubled = graph.op("Mul", [x, graph.op("Add", [erf, graph.scalar(1)])]);
  return graph.op("Mul", [doubled, graph.scalar(0.5)]);
}

type Dense = { readonly name: string; readonly size: readonly [number, number] };

/** Weights within Glorot's limit: what comes out is of the size of what went in. */
function dense({ graph, draw }: Site, hidden: Value, { name, size }: Dense): Value {
  const [rows, columns] = size;
  const kernel = draw(rows * columns, Math.sqrt(6 / (rows + columns)));
  return linear(graph, hidden, { name, shape: size, kernel, bias: draw(columns, 0.02) });
}

function normalise({ graph, shape }: Site, hidden: Value, name: string): Value {
  const part = (of: string, value: number) =>
    graph.floats(`${name}_${of}`, [shape.width], new Float32Array(shape.width).fill(value));
  const inputs = [hidden, part("norm_scale", 1), part("norm_bias", 0)];
  return graph.op("LayerNormalization", inputs, { axis: -1, epsilon: EPSILON });
}
