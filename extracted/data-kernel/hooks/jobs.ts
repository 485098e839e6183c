import { LRUCache } from "lru-cache";
import type { ProposedDocument } from "./hook.ts";
import { type JobBody, readJob } from "./job-documents.ts";

/** Texts that are remembered, in characters. */
const MOST_CHARACTERS = 16_000_000;

/** What documents of jobs say, remembered by their text: a job is looked at with each of its ticks. */
export class Jobs {
  readonly #known = new LRUCache<string, { readonly body: JobBody | undefined }>({
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (_known, text) => text.length,
  });

  /** Undefined: there is no document, or it says no job. */
  readonly in = (document: ProposedDocument | undefined): JobBody | undefined => {
    if (!document) return undefined;
    const known = this.#known.get(document.body);
    if (known) return known.body;
    const read = readJob(JSON.parse(document.body));
    const body = "body" in read ? read.body : undefined;
    this.#known.set(document.body, { body });
    return body;
  };
}
