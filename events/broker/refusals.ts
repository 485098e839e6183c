import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { ServiceError, tooLarge } from "@oms/chassis/errors/service-error.ts";
import { away } from "./connection.ts";

const MESSAGE_TOO_LARGE = 10054;
/** The last sequence, or the last message's id, is not what the message expects. */
const GONE_ON: ReadonlySet<number> = new Set([JetStreamApiCodes.StreamWrongLastSequence, 10070]);

/** What NATS threw, as a client may read it. Whatever else it may be: nobody has taken what was sent. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isTooLarge(error)) return tooLarge("data", "is larger than NATS takes");
  if (error instanceof JetStreamApiError) {
    if (GONE_ON.has(error.code)) return goneOn();
    return new ServiceError("UNAVAILABLE", "JetStream refuses at present", [], error);
  }
  return away(error);
}

/** Rejects with what a client may read. */
export async function asked<R>(ask: () => Promise<R>): Promise<R> {
  try {
    return await ask();
  } catch (error) {
    throw toServiceError(error);
  }
}

/** No stream took it, or the one that would has no leader now: the client cannot tell. */
export function isWithoutResponder(error: unknown): boolean {
  return error instanceof errors.NoRespondersError;
}

export function isWithoutStream(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

/** By the stream's own limit, or by the server's, which the client knows. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === MESSAGE_TOO_LARGE;
  return error instanceof errors.InvalidArgumentError;
}

function goneOn(): ServiceError {
  const message = "is not the stream's: it has gone on";
  return new ServiceError("ABORTED", `lastSequence ${message}`, [{ field: "lastSequence", message }]);
}
