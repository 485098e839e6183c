import { convertModel } from "../model/convert.ts";
import type { Settings } from "../settings.ts";
import { findServers, type Servers } from "./servers.ts";

/**
 * Everything a system needs beside npm's packages: Redis, NATS and the embedding model. Says what it does and how
 * long that took; the second time there is nothing to do.
 */
export async function setUp(settings: Settings, report: (line: string) => void): Promise<Servers> {
  const servers = await findServers(settings, report);
  if (settings.convertsModel) await convert(settings.modelDirectory, report);
  return servers;
}

async function convert(directory: string, report: (line: string) => void): Promise<void> {
  const began = performance.now();
  let worked = false;
  const version = await convertModel(directory, (step) => {
    worked = true;
    report(`embedding model: ${step}`);
  });
  if (worked) report(`embedding model: ${version}, ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
