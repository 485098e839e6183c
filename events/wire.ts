import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import * as wire from "@oms/protos/oms/events/v1/events.ts";
import type { z } from "zod";
import type { Outcome, PublishResult, Receipt, Refusal, Sent } from "./port.ts";
import { publishResult, receipt, refusal, sent } from "./replies.ts";

const OUTCOMES: Readonly<Record<Outcome, wire.Outcome>> = {
  stored: wire.Outcome.OUTCOME_STORED,
  queued: wire.Outcome.OUTCOME_QUEUED,
  recorded: wire.Outcome.OUTCOME_RECORDED,
  // OMS's door alone says it.
  committed: wire.Outcome.OUTCOME_UNSPECIFIED,
};

/** A receipt as oms.events.v1 spells it. */
export function receiptToWire({ outcome, ...receipt }: Receipt): wire.DeepPartial<wire.Receipt> {
  return { ...receipt, outcome: OUTCOMES[outcome] };
}

export function resultToWire(result: PublishResult): wire.DeepPartial<wire.PublishResult> {
  return "receipt" in result
    ? { result: { $case: "receipt", value: receiptToWire(result.receipt) } }
    : { result: { $case: "refusal", value: result.refusal } };
}

/** UNAVAILABLE, as all that is read here, when it is not what the port says: whoever answered is no gateway. */
export function receiptFromWire(given: wire.Receipt | undefined): Receipt {
  return checked(receipt, plainReceipt(given));
}

/** `asked`: how many events there were, each of which has a result. */
export function resultsFromWire(results: readonly wire.PublishResult[], asked: number): PublishResult[] {
  if (results.length !== asked) throw garbage("another number of results than events");
  return results.map(({ result }) =>
    checked(
      publishResult,
      result?.$case === "refusal" ? { refusal: result.value } : { receipt: plainReceipt(result?.value) },
    ),
  );
}

export function refusalFromWire(given: wire.Refusal): Refusal {
  return checked(refusal, given);
}

export function envelopeFromWire(given: wire.Envelope): Sent {
  return checked(sent, given);
}

/** The wire has "" and 0 for where something is that is not stored. */
function plainReceipt(given: wire.Receipt | undefined): unknown {
  if (!given) return undefined;
  const { source, id, outcome, stream, sequence, duplicate, envelope } = given;
  return {
    source,
    id,
    outcome: READ[outcome],
    ...(outcome === wire.Outcome.OUTCOME_STORED && { stream, sequence, duplicate }),
    ...(envelope && { envelope }),
  };
}

const READ: Readonly<Record<number, Outcome>> = {
  [wire.Outcome.OUTCOME_STORED]: "stored",
  [wire.Outcome.OUTCOME_QUEUED]: "queued",
  [wire.Outcome.OUTCOME_RECORDED]: "recorded",
};

function checked<S extends z.ZodType>(schema: S, given: unknown): z.infer<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw garbage("what it may not answer", parsed.error);
}

function garbage(what: string, cause?: unknown): ServiceError {
  return new ServiceError("UNAVAILABLE", `the event gateway answered ${what}`, [], cause);
}
