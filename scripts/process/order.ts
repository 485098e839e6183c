type Node = { readonly name: string; readonly needs: readonly string[] };

/**
 * `nodes` in an order in which each comes after what it needs; otherwise as given. Needs that are not among
 * `nodes` are ignored. Throws on a repeated name and on a circle, naming it.
 */
export function inOrder<T extends Node>(nodes: readonly T[]): T[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  if (byName.size < nodes.length)
    throw new Error(`a name is given twice: ${nodes.map((n) => n.name).join(", ")}`);
  const ordered = new Set<T>();
  const visit = (node: T, path: readonly string[]): void => {
    if (ordered.has(node)) return;
    if (path.includes(node.name)) throw new Error(`a circle of needs: ${[...path, node.name].join(" → ")}`);
    for (const name of node.needs) {
      const need = byName.get(name);
      if (need) visit(need, [...path, node.name]);
    }
    ordered.add(node);
  };
  for (const node of nodes) visit(node, []);
  return [...ordered];
}
