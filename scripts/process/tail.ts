import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BYTES_PER_LINE = 2_000;

/** The last `count` lines of a log, with two spaces before each; empty when there is no log. */
export function lastLines(path: string, count: number): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const length = Math.min(size, count * BYTES_PER_LINE);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    const lines = bytes.toString("utf8").trimEnd().split("\n").slice(-count);
    return lines.map((line) => `  ${line}`).join("\n");
  } finally {
    closeSync(file);
  }
}
