import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";

/**
 * What takes from history, or from those who follow it, is for operators, where the kernel knows its callers.
 * @throws ServiceError PERMISSION_DENIED on `authorization`.
 */
export function refuseOthersThanOperators(): void {
  const { caller } = currentContext();
  if (!caller || caller.operator) return;
  const message = `must be an operator's, which ${caller.service} is not`;
  throw new ServiceError("PERMISSION_DENIED", `authorization ${message}`, [
    { field: "authorization", message },
  ]);
}

/** Before the handler of an express route. */
export function operatorsOnly(_request: unknown, _response: unknown, next: () => void): void {
  refuseOthersThanOperators();
  next();
}
