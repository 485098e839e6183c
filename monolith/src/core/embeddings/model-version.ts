import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

/**
 * The version of the model in `dir`: what its file `version` says; where there is none, the folder's name and a
 * digest of the model. Throws when the folder holds no model.
 */
export async function modelVersionOf(dir: string): Promise<string> {
  const written = await readFile(join(dir, "version"), "utf8").catch(() => "");
  if (written.trim() !== "") return written.trim();
  const hash = createHash("sha256");
  for (const name of ["model.onnx", "tokenizer.json"]) hash.update(await readFile(join(dir, name)));
  return `${basename(resolve(dir))}-${hash.digest("hex").slice(0, 12)}`;
}
