import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import type { AnyPort } from "@oms/proxy/model/capability.ts";
import { strangle } from "@oms/proxy/strangle.ts";
import { createStrangler } from "@oms/proxy/strangler.ts";
import { z } from "zod";
import { ROOT } from "../../root.ts";
import { readSettings } from "../../settings.ts";
import { setUp } from "../../setup/set-up.ts";
import { http } from "../../story/http.ts";
import { startMeasured } from "../measured-process.ts";
import { openEmbedding } from "../oms.ts";
import { serveStages } from "../stages.ts";
import { openRaw } from "./raw.ts";

const METHOD: string = "embed";
const DEADLINE_MS = 2000;
const WARM_UP = 500;

/** One call of `embed` by each side, all of the same service. */
export type Sides = {
  readonly embed: Readonly<Record<string, (text: string) => Promise<unknown>>>;
  readonly close: () => Promise<void>;
};

/**
 * The service in a process of its own, on the model that set-up made, and its callers in this one: what OMS's
 * callers of the door call in stage live, the stub that this ends in, and grpc-js alone.
 */
export async function openSides(progress: (text: string) => void): Promise<Sides> {
  await using opening = new AsyncDisposableStack();
  const settings = readSettings(process.env, ROOT);
  await setUp(settings, progress);
  const service = await startService(opening, settings.modelDirectory);
  const { capability, host, close } = await openEmbedding({
    EMBEDDING_MODEL_DIR: settings.modelDirectory,
    EMBEDDING_URL: service.address,
    KERNEL_URL: service.kernel,
  });
  opening.defer(close);
  const { options } = opening.use(await serveStages({ embedding: { live: 1000 } }));
  const strangler = createStrangler(host);
  opening.defer(() => strangler.stop());
  const strangled = strangle(capability, strangler);
  await strangler.start(options);
  const raw = openRaw(service.address, DEADLINE_MS);
  opening.defer(raw.close);
  const { modelVersion } = service;
  const embed: Sides["embed"] = {
    strangled: callOf(strangled),
    stub: callOf(await capability.extracted()),
    "grpc-js": (text) => raw.embed({ text, modelVersion }),
  };
  for (const call of Object.values(embed)) {
    for (let n = 0; n < WARM_UP; n++) await call("warm up");
  }
  // The first watched call loads the module.
  await strangler.idle();
  const opened = opening.move();
  return {
    embed,
    close: () => opened.disposeAsync(),
  };
}

/** As a caller in OMS makes it, within a request: making the request's context is the work of OMS's edge. */
function callOf(port: AnyPort): (text: string) => Promise<unknown> {
  const context = newContext({ author: "alice@oms" });
  return (text) => runInContext(context, async () => port[METHOD]?.({ text }));
}

type Service = { readonly address: string; readonly kernel: string; readonly modelVersion: string };

async function startService(opening: AsyncDisposableStack, modelDirectory: string): Promise<Service> {
  const data = await mkdtemp(join(tmpdir(), "bench-"));
  opening.defer(() => rm(data, { recursive: true }));
  const kernel = await startMeasured(["extracted/data-kernel/main.ts"], { DATA_DIR: data });
  opening.defer(kernel.stop);
  const env = { EMBEDDING_MODEL_DIR: modelDirectory, KERNEL_URL: kernel.address, REDIS_URL: "" };
  const service = await startMeasured(["extracted/embedding-service/main.ts"], env);
  opening.defer(service.stop);
  const { body } = await http("POST", `${service.url}/embedding`, { body: { text: "a" } });
  const { modelVersion } = z.object({ modelVersion: z.string() }).parse(body);
  return { address: service.address, kernel: kernel.address, modelVersion };
}
