import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What keeps two folders from holding the same files: one line for each path, empty when they do. */
export async function differences(ours: string, wanted: string): Promise<string[]> {
  const [have, want] = await Promise.all([filesIn(ours), filesIn(wanted)]);
  const lines = [...want.keys()]
    .filter((path) => !have.has(path))
    .map((path) => `${join(ours, path)} is missing`);
  for (const [path, content] of have) {
    if (!want.has(path)) lines.push(`${join(ours, path)} should not be there`);
    else if (want.get(path) !== content) lines.push(`${join(ours, path)} is out of date`);
  }
  return lines.toSorted((a, b) => a.localeCompare(b));
}

async function filesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = paths.map(
    async (path) => [path.slice(folder.length + 1), await readFile(path, "latin1")] as const,
  );
  return new Map(await Promise.all(read));
}
