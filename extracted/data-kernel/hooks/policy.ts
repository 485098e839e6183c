import { expression } from "@oms/chassis/json-schema/expression.ts";
import { z } from "zod";
import { POINTER } from "./pointer.ts";

/** Names of what the kernel knows; `*` stands for any text. */
const names = z.array(z.string().min(1)).min(1);

const pattern = z
  .string()
  .refine(isExpression, "must be a regular expression, of RE2 too: no look-around, no back-references");

function isExpression(text: string): boolean {
  try {
    return Boolean(expression(text));
  } catch {
    return false;
  }
}

/** Who may write what. What no rule names is open to all; what rules name, only to the services they name. */
const branchRule = z.strictObject({ branches: names, services: names });
const ownerRule = z
  .strictObject({ types: names.default([]), ids: names.default([]), services: names })
  .refine(({ types, ids }) => types.length + ids.length > 0, "must name types or ids");

const piiRule = z.strictObject({
  /** What the pattern finds, as a sentence has it: `an e-mail address`. */
  name: z.string().min(1),
  pattern,
  /** Whether it is looked for in the messages of commits. */
  messages: z.boolean().default(false),
  /** Kernel types in whose documents it is looked for, and where: in all texts, or in those of these pointers. */
  types: names.default([]),
  fields: z.array(z.string().regex(POINTER, "must be a JSON pointer")).default([]),
});

const JOB_BRANCHES = ["*/scheduler/main"];

const HOOKS = ["schema", "references", "policy", "jobs"] as const;
const hookName = z.enum(HOOKS);

/** What the sync phase is to look at: data, so that it is read, reviewed and changed without touching code. */
export const policySchema = z.strictObject({
  /** The hooks that look, in this order. */
  hooks: z.array(hookName).default([...HOOKS]),
  branches: z.array(branchRule).default([]),
  owners: z.array(ownerRule).default([]),
  pii: z.array(piiRule).default([]),
  /** Branches with documents of jobs. */
  jobs: names.default([...JOB_BRANCHES]),
  /** Kernel types whose changes on these branches are neither audited nor published. */
  passedOver: z
    .array(z.strictObject({ branches: names, types: names }))
    .default([{ branches: [...JOB_BRANCHES], types: ["Execution", "Checkpoint"] }]),
});

export type Policy = z.infer<typeof policySchema>;
export type HookName = z.infer<typeof hookName>;

/** Messages, which outlive every document, name no mailbox. */
export const DEFAULT_POLICY: Policy = policySchema.parse({
  pii: [{ name: "an e-mail address", pattern: "[^\\s@]{1,64}@[^\\s@]+\\.[^\\s@]{2,}", messages: true }],
});
