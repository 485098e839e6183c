/** 0 and "" are what the wire has for absent. */
export function pageOf({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string }) {
  return { ...(pageSize !== 0 && { pageSize }), ...(pageToken !== "" && { pageToken }) };
}
