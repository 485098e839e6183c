import { askKernel, KERNEL } from "./ask-kernel.ts";
import { type Command, operandsOf, UsageError } from "./command.ts";

type Redacted = {
  readonly documents: number;
  readonly versions: number;
  readonly branches: readonly string[];
  readonly elsewhere: readonly string[];
  readonly repeated: boolean;
  readonly remains: readonly string[];
};

export const redact: Command = {
  usage: "BRANCH --key K --reason TEXT --field POINTER … (--document ID … | --type T …) [--dry-run]",
  says: `masks fields of documents in every state a branch's history holds, in one transaction, and puts on record
who did it and why. Again with the same key it does nothing more. Says what can still be read elsewhere`,
  options: {
    key: { type: "string", value: "K", says: "names this redaction, as a ticket does" },
    reason: { type: "string", value: "TEXT", says: "why, for the record" },
    field: {
      type: "string",
      many: true,
      value: "POINTER",
      says: "a JSON Pointer: /contact/email; * is every element",
    },
    document: { type: "string", many: true, value: "ID", says: "a document by its id" },
    type: { type: "string", many: true, value: "T", says: "every document of a type" },
    "dry-run": { type: "boolean", says: "count, change nothing" },
    ...KERNEL,
  },
  async run(call) {
    const [branch] = operandsOf(call, ["BRANCH"]);
    const [key, reason] = [call.text("key"), call.text("reason")];
    if (!key || !reason) throw new UsageError("--key and --reason?");
    const asked = {
      key,
      reason,
      mode: call.on("dry-run") ? "shadow" : "live",
      fields: call.texts("field"),
      documents: call.texts("document"),
      types: call.texts("type"),
    };
    const path = `branches/${encodeURIComponent(branch)}/redactions`;
    const value = (await askKernel(call, { method: "POST", path, body: asked })) as Redacted;
    return { lines: linesOf(value, call.on("dry-run")), value, ok: value.elsewhere.length === 0 };
  },
};

function linesOf({ documents, versions, branches, repeated, remains }: Redacted, dry: boolean): string[] {
  const verb = dry ? "would mask" : repeated ? "masked before:" : "masked";
  return [
    `${verb} ${documents} documents in ${versions} states, shown by ${branches.join(", ") || "no branch"}`,
    ...remains.map((what) => `can still be read: ${what}`),
  ];
}
