import type { Logger } from "@oms/chassis/log.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";

export type DocumentsOptions = {
  readonly kernel: Kernel;
  readonly env: string;
  /** The kernel type; a document's id is `<type>/<name>`. */
  readonly type: string;
};

/** Documents of one type on the branch of events, by name. */
export declare class EventDocuments<T extends object> {
  constructor(options: DocumentsOptions);
  get(name: string): Promise<Doc<T> | undefined>;
  /** By name. */
  list(): Promise<readonly Doc<T>[]>;
  /** Creates or replaces. `revision`: what it must be at, "" for none; ABORTED on `revision` when it is at another. */
  put(name: string, body: T, revision?: string): Promise<Doc<T>>;
  /** False where there was none. */
  delete(name: string): Promise<boolean>;
}

export type WatchOptions = DocumentsOptions & {
  readonly log: Pick<Logger, "warn">;
  /** How often it looks for changes. Absent: 1000. */
  readonly pollMs?: number;
  /** Some have changed. */
  readonly changed?: () => void;
};

/** The documents as of the last look. While the kernel is away: as they were. */
export declare class WatchedDocuments<T extends object> {
  constructor(options: WatchOptions);
  /** By name, without the type. */
  get documents(): ReadonlyMap<string, Doc<T>>;
  /** Looks now. Rejects while the kernel is away. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}
