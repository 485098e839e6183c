import { createHash } from "node:crypto";
import type { Write } from "./store/port.ts";

/**
 * SHA-256 of what `writes` say, hex. Their order does not matter, for each document is written once; bodies count
 * byte for byte, so that no two numbers are mistaken for one.
 */
export function fingerprintOf(writes: readonly Write[]): string {
  const lines = writes.map((write) =>
    JSON.stringify("put" in write ? [write.put.id, write.put.type, write.put.body] : [write.delete]),
  );
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex");
}
