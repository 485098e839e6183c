import type { Change, Commit, Kernel } from "@oms/data-kernel/client.ts";

export type Entry = { readonly commit: Commit; readonly changes: readonly Change[] };

/** Every commit of a branch with what it changed, oldest first. */
export async function wholeLog(kernel: Kernel, branch: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const after = entries.at(-1)?.commit.id;
    const { commits, head } = await kernel.changes({ branch, ...(after !== undefined && { after }) });
    entries.push(...commits);
    if (commits.length === 0 || commits.at(-1)?.commit.id === head) return entries;
  }
}

/** All documents of a type as they now are. */
export async function documents<T>(kernel: Kernel, branch: string, type: string): Promise<T[]> {
  const bodies: T[] = [];
  for await (const { body } of kernel.stream<T>({ branch, type })) bodies.push(body);
  return bodies;
}

/** What occurs more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...Map.groupBy(names, (name) => name)].filter(([, all]) => all.length > 1).map(([name]) => name);
}
