import type { Weights } from "../weights.ts";
import type { GraphBuilder, Value } from "./builder.ts";

/** A layer of the stack: the size of what comes in and of what goes out. */
export type Layer = { readonly number: number; readonly input: number; readonly width: number };

type Linear = {
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
};

type Site = { readonly graph: GraphBuilder; readonly weights: Weights; readonly layer: Layer };

const HEADS = 4;
const FEED_FORWARD = 1536;
const EPSILON = { float: 1e-6 };
const ENCODE = "Encoder_en/KonaTransformer/Encode";

/** Three names the original stores a layer's weights under: as trained, joined from partitions, reshaped. */
const trained = ({ layer }: Site) => `module/${ENCODE}/Layer_${layer.number}/TransformerLayer`;
const joined = ({ layer }: Site) => `module_apply_default/${ENCODE}/Layer_${layer.number}/TransformerLayer`;
const reshaped = ({ layer }: Site) =>
  `module_apply_default/${ENCODE}/TransformerStack/Layer_${layer.number}/TransformerLayer`;

/** Attention, then feed-forward; each normalises its input first and adds its result to what came in. */
export function transformerLayer(site: Site, hidden: Value, attentionBias: Value): Value {
  const attended = selfAttention(site, layerNorm(site, hidden, "attention"), attentionBias);
  const sum = site.graph.op("Add", [attended, residual(site, hidden)]);
  return site.graph.op("Add", [feedForward(site, layerNorm(site, sum, "feed_forward")), sum]);
}

/** hidden · kernel + bias. */
export function linear(graph: GraphBuilder, hidden: Value, { name, shape, kernel, bias }: Linear): Value {
  const product = graph.op("MatMul", [hidden, graph.floats(`${name}_kernel`, shape, kernel)]);
  return graph.op("Add", [product, graph.floats(`${name}_bias`, [shape[1]], bias)]);
}

function layerNorm(site: Site, hidden: Value, before: "attention" | "feed_forward"): Value {
  const { graph, weights, layer } = site;
  const size = before === "attention" ? layer.input : layer.width;
  const place = before === "attention" ? joined(site) : `${joined(site)}/FFN`;
  const part = (of: "scale" | "bias") => {
    const path = `${place}/layer_prepostprocess/layer_norm/layer_norm_${of}/ConcatPartitions/concat`;
    return graph.floats(`layer_${layer.number}_${before}_norm_${of}`, [size], weights(path, size));
  };
  return graph.op("LayerNormalization", [hidden, part("scale"), part("bias")], {
    axis: -1,
    epsilon: EPSILON,
  });
}

function selfAttention(site: Site, hidden: Value, attentionBias: Value): Value {
  const { graph, layer } = site;
  const headSize = layer.input / HEADS;
  const projected = attentionLinear(site, hidden, "qkv", [layer.input, 3 * layer.input]);
  const split = graph.op("Reshape", [projected, graph.ints(0, 0, 3, HEADS, headSize)]);
  const byPart = graph.op("Transpose", [split], { perm: [2, 0, 3, 1, 4] });
  const part = (index: number) => graph.op("Gather", [byPart, graph.index(index)], { axis: 0 });

  const query = graph.op("Mul", [part(0), graph.scalar(1 / Math.sqrt(headSize))]);
  const keys = graph.op("Transpose", [part(1)], { perm: [0, 1, 3, 2] });
  const scores = graph.op("Add", [graph.op("MatMul", [query, keys]), attentionBias]);
  const shares = graph.op("Softmax", [scores], { axis: -1 });
  const heads = graph.op("Transpose", [graph.op("MatMul", [shares, part(2)])], { perm: [0, 2, 1, 3] });
  const merged = graph.op("Reshape", [heads, graph.ints(0, 0, layer.input)]);
  return attentionLinear(site, merged, "output", [layer.input, layer.width]);
}

function attentionLinear(
  site: Site,
  hidden: Value,
  part: "qkv" | "output",
  shape = [0, 0] as readonly [number, number],
): Value {
  const path = `MultiheadAttention/${part}_transform_single`;
  return linear(site.graph, hidden, {
    name: `layer_${site.layer.number}_${part}`,
    shape,
    kernel: site.weights(`${trained(site)}/${path}/kernel/part_0`, shape[0] * shape[1]),
    bias: site.weights(`${joined(site)}/${path}/bias/ConcatPartitions/concat`, shape[1]),
  });
}

/** Where a layer changes the width, what came in is projected to the new one. */
function residual(site: Site, hidden: Value): Value {
  const { graph, weights, layer } = site;
  if (layer.input === layer.width) return hidden;
  const path = `${joined(site)}/dense`;
  return linear(graph, hidden, {
    name: `layer_${layer.number}_residual`,
    shape: [layer.input, layer.width],
    kernel: weights(`${path}/kernel/ConcatPartitions/concat`, layer.input * layer.width),
    bias: weights(`${path}/bias/ConcatPartitions/concat`, layer.width),
  });
}

function feedForward(site: Site, hidden: Value): Value {
  const { graph, weights, layer } = site;
  const dense = (input: Value, number: 1 | 2, shape: readonly [number, number]) =>
    linear(graph, input, {
      name: `layer_${layer.number}_feed_forward_${number}`,
      shape,
      kernel: weights(`${reshaped(site)}/FFN/conv${number}/Tensordot/Reshape_1`, shape[0] * shape[1]),
      bias: weights(`${joined(site)}/FFN/conv${number}/bias/ConcatPartitions/concat`, shape[1]),
    });
  const inner = graph.op("Relu", [dense(hidden, 1, [layer.width, FEED_FORWARD])]);
  return dense(inner, 2, [FEED_FORWARD, layer.width]);
}
