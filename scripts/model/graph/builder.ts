import type { Attribute, Graph, Node, Port, Tensor } from "../onnx-file.ts";

/** The name of a tensor in the graph. */
export type Value = string;

/** Collects an ONNX graph node by node; names are counted, so that the same calls make the same bytes. */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];

  input(port: Port): Value {
    this.#inputs.push(port);
    return port.name;
  }

  /** Gives `value` the port's public name. */
  output(port: Port, value: Value): void {
    this.#nodes.push({ type: "Identity", inputs: [value], output: port.name, attributes: {} });
    this.#outputs.push(port);
  }

  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    const output = `${type}_${this.#nodes.length}`;
    this.#nodes.push({ type, inputs, output, attributes });
    return output;
  }

  floats(name: string, shape: readonly number[], data: Float32Array): Value {
    return this.#constant({ name, shape, data });
  }

  scalar(value: number): Value {
    return this.#constant({ name: `scalar_${value}`, shape: [], data: Float32Array.of(value) });
  }

  /** An int64 vector: axes, shapes, slice bounds. */
  ints(...values: readonly number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant({ name: `ints_${values.join("_")}`, shape: [values.length], data });
  }

  /** An int64 scalar: an index that takes its dimension away. */
  index(value: number): Value {
    return this.#constant({ name: `index_${value}`, shape: [], data: BigInt64Array.of(BigInt(value)) });
  }

  build(name: string): Graph {
    return {
      name,
      nodes: this.#nodes,
      constants: [...this.#constants.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #constant(tensor: Tensor): Value {
    this.#constants.set(tensor.name, tensor);
    return tensor.name;
  }
}
