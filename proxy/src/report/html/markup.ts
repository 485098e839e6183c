/** HTML that may be sent as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Writes HTML: what is put into it is text, in an element or a quoted attribute, unless it is Markup already. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = strings.map((string, i) => (i === 0 ? string : rendered(parts[i - 1] ?? "") + string));
  return new Markup(pieces.join(""));
}

function rendered(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(rendered).join("");
  return escaped(String(part));
}

/** Control characters, and those that turn the direction of what follows, show as a replacement character. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) =>
      /\s/.test(character) ? " " : "\ufffd",
    )
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
