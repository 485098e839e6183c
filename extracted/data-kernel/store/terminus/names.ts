const UNSAFE = /[^A-Za-z0-9-]/gu;
const ESCAPED = /(?:_[0-9a-f]{2})+/g;

/** `text` in letters, digits, `-` and `_` alone: safe in a URL, in an IRI and in a resource path. */
export function encodeName(text: string): string {
  return text.replace(UNSAFE, (character) =>
    [...Buffer.from(character)].map((byte) => `_${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

export function decodeName(encoded: string): string {
  return encoded.replace(ESCAPED, (bytes) => Buffer.from(bytes.replaceAll("_", ""), "hex").toString());
}

/** Kernel branches are kept apart by this from `main`, and from the two that the adapter needs for itself. */
const PREFIX = "b-";

export function storeBranchOf(branch: string): string {
  return PREFIX + encodeName(branch);
}

/** The kernel's name of a TerminusDB branch; undefined when it is none of the kernel's. */
export function kernelBranchOf(storeBranch: string): string | undefined {
  return storeBranch.startsWith(PREFIX) ? decodeName(storeBranch.slice(PREFIX.length)) : undefined;
}

/** What the server calls a document, short or as a full IRI, as we do: `Class/name`. */
export function shortId(iri: string): string {
  return decodeURIComponent(iri).split("/").slice(-2).join("/");
}
