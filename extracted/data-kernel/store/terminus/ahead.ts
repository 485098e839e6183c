import { PAGE_BYTES } from "../../limits.ts";
import type { CommitInfo, Database } from "./database.ts";
import { bodyId, storedBody } from "./records.ts";
import type { Stored } from "./woql.ts";

type Upload = { readonly storeBranch: string; readonly nonce: string; readonly info: CommitInfo };

/**
 * Bodies that go to the branch before their commit, in documents that nothing refers to until it is there. Written
 * again they are the same, so a repeated try does no harm.
 */
export class Ahead {
  readonly #database: Database;
  readonly #upload: Upload;
  #waiting: Stored[] = [];
  #bytes = 0;
  #placed = 0;

  constructor(database: Database, upload: Upload) {
    this.#database = database;
    this.#upload = upload;
  }

  /** Gives the id of the document that will hold the body. */
  async place(body: string): Promise<string> {
    this.#placed += 1;
    const at = bodyId(this.#upload.nonce, this.#placed);
    this.#waiting.push(storedBody(at, body));
    this.#bytes += body.length;
    if (this.#bytes >= PAGE_BYTES) await this.flush();
    return at;
  }

  /** Resolves when all that was placed is there. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { storeBranch, info } = this.#upload;
    const documents = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    await this.#database.put(storeBranch, documents, info);
  }
}
