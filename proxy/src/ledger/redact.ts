import { createHash } from "node:crypto";

/** More numbers than this in a row are a vector. */
const VECTOR = 16;
const PARTS_KEPT = 50;
const DEPTH_KEPT = 8;

/**
 * What may be kept of a value for anyone to read: figures stay, texts become their length and a salted hash, so
 * that who has the original can still find it, and vectors become their length and norm.
 */
export function redact(value: unknown, seed: number, depth = 0): unknown {
  if (typeof value === "string") return redactText(value, seed);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return value;
  if (typeof value !== "object") return String(value);
  if (depth >= DEPTH_KEPT) return "…";
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (isVector(value)) return summary(value);
  if (Array.isArray(value)) return value.slice(0, PARTS_KEPT).map((part) => redact(part, seed, depth + 1));
  const entries = Object.entries(value).slice(0, PARTS_KEPT);
  return Object.fromEntries(entries.map(([key, part]) => [key, redact(part, seed, depth + 1)]));
}

function redactText(text: string, seed: number): string {
  const hash = createHash("sha256").update(`${seed}:${text}`).digest("hex").slice(0, 12);
  return `${text.length} characters ${hash}`;
}

function isVector(value: object): value is number[] {
  return Array.isArray(value) && value.length > VECTOR && value.every((part) => typeof part === "number");
}

function summary(vector: readonly number[]): string {
  const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  const first = vector.slice(0, 4).map((x) => x.toPrecision(6));
  return `${vector.length} numbers, norm ${norm.toPrecision(6)}: ${first.join(", ")} …`;
}
