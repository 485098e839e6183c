import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const manifestSchema = z.object({
  weightsManifest: z.tuple([
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.string() })),
    }),
  ]),
});

/** The float32 values of the weight called `name`, row-major. Throws when the model has none of that size. */
export type Weights = (name: string, size: number) => Float32Array;

/** Reads a TensorFlow.js graph model's weights: the shards joined hold one tensor after another, 4 bytes a value. */
export async function readWeights(directory: string): Promise<Weights> {
  const model = JSON.parse(await readFile(join(directory, "model.json"), "utf8"));
  const [{ paths, weights }] = manifestSchema.parse(model).weightsManifest;
  const shards = await Promise.all(paths.map((path) => readFile(join(directory, path))));
  const bytes = Buffer.concat(shards);
  const spans = new Map<string, { start: number; count: number }>();
  let start = 0;
  for (const { name, shape, dtype } of weights) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (dtype === "float32") spans.set(name, { start, count });
    start += count * 4;
  }
  if (start !== bytes.length) throw new Error(`the weight shards hold ${bytes.length} bytes, not ${start}`);
  return (name, size) => {
    const span = spans.get(name);
    if (span?.count !== size) throw new Error(`${name} has ${span?.count ?? "no"} values, not ${size}`);
    return Float32Array.from({ length: size }, (_, index) => bytes.readFloatLE(span.start + index * 4));
  };
}
