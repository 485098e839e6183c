import { isDate } from "./iso-date.ts";

/** What an index takes; the model reads far less. */
const MOST_TEXT = 100_000;
const TITLES = ["title", "name", "label"];

/**
 * The text an object is found by: its title, then its other strings by property name, one a line. It depends on the
 * object alone, so that a change of its type moves no index.
 */
export function textOf({ properties }: { readonly properties: Readonly<Record<string, unknown>> }): string {
  const rank = (name: string) => (TITLES.includes(name) ? TITLES.indexOf(name) : TITLES.length);
  const names = Object.keys(properties).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return names
    .flatMap((name) => properties[name] ?? [])
    .filter((value) => typeof value === "string" && value !== "" && !isDate(value))
    .join("\n")
    .slice(0, MOST_TEXT);
}
