/** What an error is called where its text may not be shown: its code, else its name. */
export function nameOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  const { code, name } = error as Readonly<Record<string, unknown>>;
  return typeof code === "string" ? code : String(name);
}
