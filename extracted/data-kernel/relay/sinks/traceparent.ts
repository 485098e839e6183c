import { createHash } from "node:crypto";
import type { Commit } from "../../store/port.ts";

/** W3C Trace Context: the commit's trace, with a span that is the commit's own; undefined when it has no trace. */
export function traceparentOf({ id, traceId }: Pick<Commit, "id" | "traceId">): string | undefined {
  if (!/^(?!0{32})[0-9a-f]{32}$/.test(traceId)) return undefined;
  const span = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return `00-${traceId}-${span}-01`;
}
