import type { Embedding } from "../port.ts";

/** First byte of a value; another layout takes another number. */
const LAYOUT = 1;
const HEADER = 4;
const FLAGS = { poorlyCovered: 1, truncated: 2 } as const;

/** An embedding as bytes: the layout, flags, two bytes of nothing, then the vector as little-endian float32. */
export function encodeValue({ vector, poorlyCovered, truncated }: Embedding): Buffer {
  const bytes = Buffer.alloc(HEADER + vector.length * 4);
  bytes[0] = LAYOUT;
  bytes[1] = (poorlyCovered ? FLAGS.poorlyCovered : 0) | (truncated ? FLAGS.truncated : 0);
  vector.forEach((value, index) => void bytes.writeFloatLE(value, HEADER + index * 4));
  return bytes;
}

/** The embedding of `dimensions` numbers in `bytes`; undefined when they hold anything else. */
export function decodeValue(bytes: Buffer, dimensions: number): Embedding | undefined {
  const [layout, flags = 0] = bytes;
  if (layout !== LAYOUT || bytes.length !== HEADER + dimensions * 4) return undefined;
  const vector = new Float32Array(dimensions);
  for (let index = 0; index < dimensions; index++) vector[index] = bytes.readFloatLE(HEADER + index * 4);
  return {
    vector,
    poorlyCovered: (flags & FLAGS.poorlyCovered) !== 0,
    truncated: (flags & FLAGS.truncated) !== 0,
  };
}
