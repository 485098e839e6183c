import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { Digesting } from "../../backup/digest.ts";
import type { Exported } from "../../store/port.ts";
import { type Beginning, beginning, Checksum, type End, end, part } from "./format.ts";

export type Whole = Omit<Beginning, "format"> & Pick<End, "commits" | "digest">;

/**
 * Reads all of an archive, giving each part to `take`, and says what it is. Throws when it is damaged or not whole,
 * which is known only at its end: whoever acts on the parts reads it once before.
 */
export async function readArchive(
  file: string,
  take: (exported: Exported) => void | Promise<void> = () => undefined,
): Promise<Whole> {
  const lines = linesOf(file);
  const first = await lines.next();
  if (first.done) throw new Error(`${file} is empty`);
  const checksum = new Checksum();
  checksum.add(first.value);
  const { branch, archivedMs } = beginning.parse(JSON.parse(first.value));
  const digesting = new Digesting(branch);
  let last: string | undefined;
  for await (const line of lines) {
    if (last !== undefined) {
      checksum.add(last);
      const exported = part.parse(JSON.parse(last));
      digesting.add(exported.commit, exported.changes);
      await take(exported);
    }
    last = line;
  }
  const said = end.safeParse(JSON.parse(last ?? "null"));
  const { commits, sha256 } = digesting.end();
  const agree =
    said.success &&
    said.data.sha256 === checksum.end() &&
    said.data.digest === sha256 &&
    said.data.commits === commits;
  if (!agree) throw new Error(`${file} is no whole archive: its end does not agree with its lines`);
  return { branch, archivedMs, commits, digest: sha256 };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const gunzip = createGunzip();
  // What fails in the file destroys the gunzip; readline would end as if all had been read.
  const failed = new Promise<Error | undefined>((resolve) => {
    pipeline(createReadStream(file), gunzip, (error) => resolve(error ?? undefined));
  });
  try {
    for await (const line of createInterface({ input: gunzip, crlfDelay: Number.POSITIVE_INFINITY }))
      yield line;
  } finally {
    // Whoever stops in the middle leaves no file open.
    gunzip.destroy();
  }
  const error = await failed;
  if (error) throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
}
