import type { Outcome, PublishResult, Receipt } from "@oms/events/port.ts";
import * as wire from "@oms/protos/oms/events/v1/events.ts";

const OUTCOMES: Readonly<Record<Outcome, wire.Outcome>> = {
  stored: wire.Outcome.OUTCOME_STORED,
  queued: wire.Outcome.OUTCOME_QUEUED,
  recorded: wire.Outcome.OUTCOME_RECORDED,
  // OMS's door alone says it.
  committed: wire.Outcome.OUTCOME_UNSPECIFIED,
};

export function receiptToWire({ outcome, ...receipt }: Receipt): wire.DeepPartial<wire.Receipt> {
  return { ...receipt, outcome: OUTCOMES[outcome] };
}

export function resultToWire(result: PublishResult): wire.DeepPartial<wire.PublishResult> {
  return "receipt" in result
    ? { result: { $case: "receipt", value: receiptToWire(result.receipt) } }
    : { result: { $case: "refusal", value: result.refusal } };
}
