import { Mode } from "@oms/protos/oms/kernel/v1/kernel.ts";

export function modeOf(context: { readonly shadow: boolean }): Mode {
  return context.shadow ? Mode.MODE_SHADOW : Mode.MODE_LIVE;
}

/** "" on the wire is no next page. */
export function nextPage(reply: { readonly nextPageToken: string }): { nextPageToken?: string } {
  return reply.nextPageToken ? { nextPageToken: reply.nextPageToken } : {};
}
