const MIB = 1024 * 1024;

/** UTF-8 bytes of one document's body. */
export const MAX_BODY_BYTES = 4 * MIB;

/** UTF-8 bytes of all bodies a commit writes or removes: its changes fit one message. */
export const MAX_COMMIT_BYTES = 32 * MIB;

/** A gRPC message, either way: a commit at its limit with room for ids and framing. */
export const MAX_MESSAGE_BYTES = 64 * MIB;

/** A page of documents or of changes ends once it holds this many bytes of bodies. */
export const PAGE_BYTES = 4 * MIB;

export const MAX_WRITES = 10_000;
export const MAX_ID_LENGTH = 512;
export const MAX_PAGE_SIZE = 1000;
export const DEFAULT_PAGE_SIZE = 100;

/** Names, where a commit is asked for, the state of a branch before its first. */
export const BEGINNING = "beginning";
