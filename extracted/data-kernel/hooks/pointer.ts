/** A text inside a JSON value, and where: an RFC 6901 pointer. */
export type Text = { readonly pointer: string; readonly text: string };

/** RFC 6901; the step `*` stands for every member or item. "" is the whole value. */
export const POINTER = /^(\/([^~/]|~[01])*)*$/u;

/** Every text that `pattern` selects in `value`. */
export function textsAt(value: unknown, pattern: string): Text[] {
  let found = [{ pointer: "", value }];
  for (const step of pattern.split("/").slice(1)) {
    found = found.flatMap((each) =>
      entriesOf(each.value)
        .filter(([name]) => step === "*" || name === nameIn(step))
        .map(([name, value]) => ({ pointer: `${each.pointer}${stepTo(name)}`, value })),
    );
  }
  return found.flatMap(({ pointer, value }) => (typeof value === "string" ? [{ pointer, text: value }] : []));
}

/** Every text in `value`, however deep. */
export function textsIn(value: unknown): Text[] {
  const found: Text[] = [];
  const open = [{ pointer: "", value }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { pointer, value } = next;
    if (typeof value === "string") found.push({ pointer, text: value });
    for (const [name, inner] of entriesOf(value).toReversed())
      open.push({ pointer: `${pointer}${stepTo(name)}`, value: inner });
  }
  return found;
}

export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((name) => stepTo(String(name))).join("");
}

/** What is added to a pointer to reach a member or an item. */
function stepTo(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function nameIn(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
