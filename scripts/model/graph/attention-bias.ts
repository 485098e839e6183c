import type { GraphBuilder, Value } from "./builder.ts";

/** Added to the attention score of a padded position: its share after the softmax is 0. */
const MASKED = -1e9;

/** From the mask (float32, batch × sequence) to batch × 1 × 1 × sequence: 0 for a token, MASKED for padding. */
export function attentionBias(graph: GraphBuilder, mask: Value): Value {
  const padding = graph.op("Sub", [graph.scalar(1), mask]);
  return graph.op("Unsqueeze", [graph.op("Mul", [padding, graph.scalar(MASKED)]), graph.ints(1, 2)]);
}
