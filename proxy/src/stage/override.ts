/** What the environment says of a capability: always extracted, never extracted, or nothing. */
export type Override = "live" | "in-process" | undefined;

/** Throws on anything but "true", "false" or nothing: an override that is misread does harm silently. */
export function parseOverride(capability: string, text: string | undefined): Override {
  if (text === undefined) return undefined;
  if (text === "true") return "live";
  if (text === "false") return "in-process";
  throw new Error(`the override of "${capability}" is "${text}": it must be "true" or "false"`);
}
