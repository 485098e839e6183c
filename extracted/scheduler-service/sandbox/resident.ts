import { readFile } from "node:fs/promises";

const PAGE_BYTES = 4096;

/** Resident memory of a process in bytes, from Linux's /proc; undefined when there is no such process. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ");
    return Number(pages) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}
