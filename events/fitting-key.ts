import { createHash } from "node:crypto";

/** Of a call's key as well, which a header carries. */
const SENDABLE = /^\P{Cc}{1,200}$/u;

export function isSendable(key: string): boolean {
  return SENDABLE.test(key);
}

/** A name as the key of a commit: itself, or its hash where it would not do. */
export function fittingKey(name: string): string {
  return isSendable(name) ? name : sha256(name);
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
