import { serviceOf } from "./own.ts";

/** The service that asks: the authenticated caller's, where callers are authenticated; else the one its author names. */
export function askingService(asking: {
  readonly author: string;
  readonly caller?: string | undefined;
}): string {
  return asking.caller ?? serviceOf(asking.author);
}
