import type { Builds } from "../model/side.ts";

/** How long evidence is kept, in seconds, after it was last added to. */
export const RETENTION_S = 14 * 24 * 3600;
/** Samples kept for one pair of builds; the newest win. */
export const SAMPLES_KEPT = 100;

/** A sorted set of the page names of a capability, scored by when they were last written (Unix ms). */
export function indexKey(keyPrefix: string, capability: string): string {
  return `${keyPrefix}strangler:ledger:${capability}`;
}

/** A hash of counters: one pair of builds on one UTC day. */
export function pageKey(keyPrefix: string, capability: string, page: string): string {
  return `${indexKey(keyPrefix, capability)}:${page}`;
}

/** A list, newest first. */
export function samplesKey(keyPrefix: string, capability: string, builds: Builds): string {
  return `${keyPrefix}strangler:samples:${capability}:${pair(builds)}`;
}

/** The number of the last batch a process has added. */
export function flushedKey(keyPrefix: string, processId: string): string {
  return `${keyPrefix}strangler:flushed:${processId}`;
}

export function pageName(builds: Builds, atMs: number): string {
  return `${pair(builds)}/${new Date(atMs).toISOString().slice(0, 10)}`;
}

export function parsePageName(page: string): { builds: Builds; day: string } {
  const [inProcess = "", extracted = "", day = ""] = page.split("/");
  return {
    builds: { inProcess: decodeURIComponent(inProcess), extracted: decodeURIComponent(extracted) },
    day,
  };
}

function pair(builds: Builds): string {
  return `${encodeURIComponent(builds.inProcess)}/${encodeURIComponent(builds.extracted)}`;
}
