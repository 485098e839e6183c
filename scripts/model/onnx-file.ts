import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A dense tensor; `data` is row-major. */
export type Tensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
};

/** A graph input or output; a dimension given by name may differ from call to call. */
export type Port = {
  readonly name: string;
  readonly type: "float32" | "int64";
  readonly shape: readonly (number | string)[];
};

export type Attribute = number | readonly number[] | { readonly float: number };

export type Node = {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
};

export type Graph = {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly constants: readonly Tensor[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
};

const IR_VERSION = 8;
const OPSET = 17;
const DATA_TYPE = { float32: 1, int64: 7 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;

type Encode = (writer: BinaryWriter) => void;

/** A model file as onnx.proto defines it; field numbers below are that file's. */
export function encodeModel(graph: Graph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const writer = new BinaryWriter();
  int(writer, 1, IR_VERSION);
  text(writer, 2, "oms");
  message(writer, 7, (inner) => encodeGraph(inner, graph));
  message(writer, 8, (opset) => int(text(opset, 1, ""), 2, OPSET));
  for (const [key, value] of Object.entries(metadata)) {
    message(writer, 14, (entry) => text(text(entry, 1, key), 2, value));
  }
  return writer.finish();
}

function encodeGraph(writer: BinaryWriter, graph: Graph): void {
  for (const node of graph.nodes) message(writer, 1, (inner) => encodeNode(inner, node));
  text(writer, 2, graph.name);
  for (const tensor of graph.constants) message(writer, 5, (inner) => encodeTensor(inner, tensor));
  for (const port of graph.inputs) message(writer, 11, (inner) => encodePort(inner, port));
  for (const port of graph.outputs) message(writer, 12, (inner) => encodePort(inner, port));
}

function encodeNode(writer: BinaryWriter, node: Node): void {
  for (const input of node.inputs) text(writer, 1, input);
  text(writer, 2, node.output);
  text(writer, 3, node.output);
  text(writer, 4, node.type);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, (inner) => encodeAttribute(text(inner, 1, name), value));
  }
}

function encodeAttribute(writer: BinaryWriter, value: Attribute): void {
  if (typeof value === "number") {
    int(int(writer, 3, value), 20, ATTRIBUTE_TYPE.int);
  } else if ("float" in value) {
    int(writer.tag(2, WireType.Bit32).float(value.float), 20, ATTRIBUTE_TYPE.float);
  } else {
    for (const item of value) int(writer, 8, item);
    int(writer, 20, ATTRIBUTE_TYPE.ints);
  }
}

function encodeTensor(writer: BinaryWriter, { name, shape, data }: Tensor): void {
  for (const size of shape) int(writer, 1, size);
  int(writer, 2, data instanceof Float32Array ? DATA_TYPE.float32 : DATA_TYPE.int64);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(littleEndian(data));
}

function encodePort(writer: BinaryWriter, { name, type, shape }: Port): void {
  const dimension = (size: number | string): Encode =>
    typeof size === "string" ? (inner) => text(inner, 2, size) : (inner) => int(inner, 1, size);
  text(writer, 1, name);
  message(writer, 2, (typeProto) =>
    message(typeProto, 1, (tensorType) => {
      int(tensorType, 1, DATA_TYPE[type]);
      message(tensorType, 2, (shapeProto) => {
        for (const size of shape) message(shapeProto, 1, dimension(size));
      });
    }),
  );
}

/** The bytes of raw_data, which ONNX fixes as little-endian whatever the machine's order is. */
function littleEndian(data: Float32Array | BigInt64Array): Uint8Array {
  const bytes = Buffer.alloc(data.byteLength);
  if (data instanceof Float32Array) data.forEach((value, index) => void bytes.writeFloatLE(value, index * 4));
  else data.forEach((value, index) => void bytes.writeBigInt64LE(value, index * 8));
  return bytes;
}

function message(writer: BinaryWriter, field: number, encode: Encode): BinaryWriter {
  encode(writer.tag(field, WireType.LengthDelimited).fork());
  return writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).string(value);
}

function int(writer: BinaryWriter, field: number, value: number): BinaryWriter {
  return writer.tag(field, WireType.Varint).int64(value);
}
