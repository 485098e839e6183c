import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";

/** What the kernel's hooks found, in the words of the caller's request: `properties.name` of its body. */
export function inCallersWords(refused: ServiceError): ServiceError {
  const violations = refused.violations.map(({ field, message }): Violation => {
    return { field: fieldOf(field), message };
  });
  const text = violations.map(({ field, message }) => `${field} ${message}`).join("; ");
  return new ServiceError(refused.code, text, violations, refused);
}

/** The first write is what the caller asked for; the others follow from it, and so does the message from the id. */
const CALLERS_OWN: readonly (readonly [kernels: RegExp, callers: string])[] = [
  [/^writes\[0\]\.(put\.id|delete)$/u, "id"],
  [/^message$/u, "id"],
  [/^branch$/u, "branch"],
];

function fieldOf(field: string): string {
  const [, pointer] = /^writes\[0\]\.put\.body\/(.*)$/su.exec(field) ?? [];
  if (pointer !== undefined) return pointer.split("/").map(nameOf).reduce(within);
  return CALLERS_OWN.find(([kernels]) => kernels.test(field))?.[1] ?? "body";
}

/** RFC 6901, section 4. */
function nameOf(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function within(path: string, name: string): string {
  return /^\d+$/u.test(name) ? `${path}[${name}]` : `${path}.${name}`;
}
