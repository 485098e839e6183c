import { createHash, timingSafeEqual } from "node:crypto";
import type { Admit } from "@oms/chassis/context/admit.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";
import { OWN_SERVICE, serviceOf } from "./own.ts";

const service = z
  .string()
  .min(1)
  .refine((name) => name !== OWN_SERVICE);

const caller = z.strictObject({
  service,
  token: z.string().min(16),
  /** Services whose authors it may name: what follows the @ of `alice@oms`. */
  speaksFor: z.array(service).min(1),
  /** Whether it may rewrite and redact, and sees to branches and the relay; services do not. */
  operator: z.boolean().default(false),
});

const RULE = `must be a JSON list of { service, token of at least 16 characters, speaksFor: [service, …], operator?: \
true }, no service being ${OWN_SERVICE}`;

/** A variable that says who may call. What is wrong with it is said without a word of it, for tokens are secrets. */
export const callers = z.string().transform((text, context): Caller[] => {
  try {
    return z.array(caller).min(1).parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: "custom", message: RULE });
    return z.NEVER;
  }
});

export type Caller = z.infer<typeof caller>;

/**
 * Admits who shows the token of a known caller and names an author that it speaks for.
 * @throws ServiceError UNAUTHENTICATED on `authorization`, PERMISSION_DENIED on `oms-author`.
 */
export function admitting(known: readonly Caller[]): Admit {
  const digests = known.map((caller) => ({ caller, digest: digestOf(`Bearer ${caller.token}`) }));
  return (authorization = "", context) => {
    const shown = digestOf(authorization);
    // Every token is compared: how long it takes says nothing of any.
    const [found] = digests.filter(({ digest }) => timingSafeEqual(digest, shown));
    if (!found)
      throw refusal("UNAUTHENTICATED", "authorization", "must be Bearer and a known caller's token");
    const { service, speaksFor, operator } = found.caller;
    if (!speaksFor.includes(serviceOf(context.author)))
      throw refusal("PERMISSION_DENIED", "oms-author", `must be an author that ${service} speaks for`);
    return { ...context, caller: { service, operator } };
  };
}

/**
 * Admits everybody, for a kernel that does not know its callers, but lets nobody pass for the kernel.
 * @throws ServiceError PERMISSION_DENIED on `oms-author`.
 */
export const admitAll: Admit = (_authorization, context) => {
  if (serviceOf(context.author) === OWN_SERVICE)
    throw refusal("PERMISSION_DENIED", "oms-author", `must not be of ${OWN_SERVICE}, the kernel itself`);
  return context;
};

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function refusal(code: "UNAUTHENTICATED" | "PERMISSION_DENIED", field: string, message: string) {
  return new ServiceError(code, `${field} ${message}`, [{ field, message }]);
}
