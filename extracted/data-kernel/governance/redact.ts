import { createHash } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { traceIdOf } from "@oms/chassis/context/traceparent.ts";
import type { Redacted, Store } from "../store/port.ts";
import { refuseLiveInShadow } from "../terms.ts";
import { parse } from "../validation.ts";
import { redactionInput } from "./input.ts";

/** What no store can take back. */
const REMAINS: readonly string[] = [
  "backups and archives made before it",
  "events published before it, in JetStream until their age ends, and whatever subscribers made of them",
  "ids of documents and messages of commits, which are no fields, and the digests of commits made before it",
  "disk blocks that the file system has given up but not overwritten",
];

type Redacting = { readonly store: Store; readonly nowMs: number };

/**
 * Masks fields across a branch's history, as `input` asks over the wire; in mode shadow only counts. The author is the
 * call's. Throws as Store.redact and redactionInput say.
 */
export async function redact(input: unknown, { store, nowMs }: Redacting): Promise<Redacted> {
  const { mode, ...asked } = parse(redactionInput, input);
  const { author, traceparent } = currentContext();
  refuseLiveInShadow(mode);
  const { reason: _, key: __, ...selection } = asked;
  const fingerprint = createHash("sha256").update(JSON.stringify(selection)).digest("hex");
  const request = { ...asked, fingerprint, author, traceId: traceIdOf(traceparent) ?? "", timeMs: nowMs };
  const redacted = await (mode === "shadow" ? store.evaluateRedaction(request) : store.redact(request));
  const elsewhere = redacted.elsewhere.map(
    (name) => `later states on ${name}, until they are redacted there`,
  );
  return { ...redacted, remains: [...elsewhere, ...redacted.remains, ...REMAINS] };
}
