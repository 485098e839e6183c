import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Refusal } from "./port.ts";

/** An error as a result of a batch has it. */
export function refusalOf({ code, message, violations }: ServiceError): Refusal {
  return { code, message, field: violations[0]?.field ?? "" };
}

/** ALREADY_EXISTS on `id`: another event has the name. */
export function taken(): ServiceError {
  const message = "names another event of this source";
  return new ServiceError("ALREADY_EXISTS", `id ${message}`, [{ field: "id", message }]);
}
