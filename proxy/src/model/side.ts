/** Where a call can run: the module inside OMS, or the service it became. */
export type Side = "in-process" | "extracted";

/** The build each side runs; evidence belongs to the pair. */
export type Builds = { readonly inProcess: string; readonly extracted: string };
