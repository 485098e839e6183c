import { hash } from "node:crypto";
import type { Write } from "./store/port.ts";

/** What the writes added so far say, whatever their order, for each document is written once. */
export class Fingerprint {
  readonly #digests: string[] = [];

  /** Bodies count byte for byte, so that no two numbers are mistaken for one. */
  add(writes: readonly Write[]): void {
    for (const write of writes) {
      const said = "put" in write ? [write.put.id, write.put.type, write.put.body] : [write.delete];
      this.#digests.push(hash("sha256", JSON.stringify(said), "base64url"));
    }
  }

  /** SHA-256 of the writes' own SHA-256, hex. */
  digest(): string {
    return hash("sha256", this.#digests.sort((a, b) => (a < b ? -1 : 1)).join("\n"));
  }
}

export function fingerprintOf(writes: readonly Write[]): string {
  const fingerprint = new Fingerprint();
  fingerprint.add(writes);
  return fingerprint.digest();
}
