const MIB = 1024 * 1024;

/** UTF-8 bytes of one document's body. */
export const MAX_BODY_BYTES = 4 * MIB;

/** UTF-8 bytes of all bodies a commit puts: one transaction, which others wait for, is on disk within seconds. */
export const MAX_COMMIT_BYTES = 256 * MIB;

/**
 * A page, an answer or a frame ends before it would hold more than this; what is larger by itself is in one alone.
 * The streams of gRPC hold sixteen messages: larger ones would be felt in memory, and are no faster.
 */
export const PAGE_BYTES = MIB;

/** A gRPC message, either way: one body at its limit with ids and framing. */
export const MAX_MESSAGE_BYTES = MAX_BODY_BYTES + 64 * 1024;

/** JSON over HTTP: a message whose bodies, as JSON text in a JSON string, have every other character escaped. */
export const MAX_HTTP_BYTES = 2 * MAX_MESSAGE_BYTES;

/** Writes in one message. */
export const MAX_WRITES = 10_000;

/** Writes, and preconditions, of a commit that comes in frames. */
export const MAX_COMMIT_WRITES = 100_000;

export const MAX_ID_LENGTH = 512;
export const MAX_PAGE_SIZE = 1000;
export const DEFAULT_PAGE_SIZE = 100;

/** Names, where a commit is asked for, the state of a branch before its first. */
export const BEGINNING = "beginning";
