import { join } from "node:path";
import { loadStranglerConfig } from "@oms/proxy/cli/config.ts";
import type { Opened } from "@oms/proxy/replay/replay.ts";
import { ROOT } from "../root.ts";

/** Embedding as OMS strangles it, its call context included, without OMS around it: what `strangler` opens. */
export async function openEmbedding(env: NodeJS.ProcessEnv): Promise<Opened> {
  const { capabilities } = await loadStranglerConfig(join(ROOT, "monolith/strangler.config.ts"));
  const opened = await capabilities.find(({ name }) => name === "embedding")?.open?.(env);
  if (!opened) throw new Error("OMS's strangler config does not open embedding");
  return opened;
}
