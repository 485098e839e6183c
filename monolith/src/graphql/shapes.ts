import type { Doc, QueryPage } from "@oms/data-kernel/client.ts";
import type { Link } from "../ontology/link.ts";
import type { OntologyObject } from "../ontology/object.ts";

/** What a resolver hands to the fields below it: the document, and the commit everything below is read as of. */
export type Shown<T> = T & { readonly revision: string; readonly at: string | undefined };
export type ShownObject = Shown<OntologyObject>;
export type ShownLink = Shown<Link>;

export function shown<T extends object>({ body, revision }: Pick<Doc<T>, "body" | "revision">, at?: string) {
  return { ...body, revision, at };
}

export function shownPage<T extends object>({ documents, nextPageToken }: QueryPage<T>, at?: string) {
  return { nodes: documents.map((document) => shown(document, at)), nextPageToken };
}
