import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Provider } from "@oms/embeddings-in-process/remote.ts";
import type { HttpService } from "@oms/proxy/http/service.ts";
import { unattended } from "../../unattended.ts";
import { modelVersionOf } from "./model-version.ts";
import type { Embeddings } from "./port.ts";

export type Settings = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly build: string;
  readonly modelDir: string;
  /** `host:port` of the embedding service's gRPC. */
  readonly serviceAddress: string;
  /** A second model beside the local one. */
  readonly provider?: Provider & {
    /** Which of them answers; the other one does when it cannot. */
    readonly first: "local" | "remote";
    /** Hears why the other one had to. */
    readonly fellBack: (error: unknown) => void;
  };
  /** Base of its REST; REST goes through the door in every stage without it. */
  readonly serviceUrl?: string;
};

let settings: Settings | undefined;
let buildOfStub = () => "unknown";
let answering = { stub: "unknown", build: "unknown" };

/** Says where the two sides find what they need; main does so once, before the first call. Does no I/O. */
export function configureEmbeddings(given: Settings): void {
  settings = given;
}

/** Loads the module into this process, its model included. */
export async function inProcess(): Promise<Embeddings> {
  const { provider } = configured();
  if (!provider) return openLocal();
  const { once, withFallback } = await import("@oms/embeddings-in-process/fallback.ts");
  const [local, remote] = [once(openLocal), once(() => openRemote(provider))];
  return provider.first === "local"
    ? withFallback(local, remote, provider.fellBack)
    : withFallback(remote, local, provider.fellBack);
}

async function openLocal(): Promise<Embeddings> {
  const { modelDir, ...place } = configured();
  const { openEmbeddings } = await import("@oms/embeddings-in-process/module.ts");
  const modelVersion = await modelVersionOf(modelDir);
  // The call that comes first may be a shadow call, or have little time left; the module is everyone's.
  return unattended("main", () => openEmbeddings({ ...place, modelDir, modelVersion }));
}

async function openRemote(provider: Provider): Promise<Embeddings> {
  const { openRemoteEmbeddings } = await import("@oms/embeddings-in-process/module.ts");
  return unattended("main", () => openRemoteEmbeddings(configured(), provider));
}

/** The service behind its stub; connects on the first call. */
export async function extracted(): Promise<Embeddings> {
  const { serviceAddress, modelDir } = configured();
  const { EmbeddingStub } = await import("../../sdk/embedding-stub.ts");
  const stub = new EmbeddingStub({ address: serviceAddress, modelVersion: await modelVersionOf(modelDir) });
  buildOfStub = () => stub.build();
  return stub;
}

/** The service's own REST, for requests that are routed to it; undefined when nobody said where it is. */
export function extractedRest(): Promise<HttpService> | undefined {
  const { serviceUrl: url, modelDir } = configured();
  return url === undefined ? undefined : openRest(url, modelDir);
}

async function openRest(url: string, modelDir: string): Promise<HttpService> {
  const { embeddingRest } = await import("../../sdk/embedding-rest.ts");
  const answeredBy = (build: string) => {
    answering = { stub: buildOfStub(), build };
  };
  return embeddingRest({ url, modelVersion: await modelVersionOf(modelDir), answeredBy });
}

/** The builds that answer now; the service's is known once it has answered. */
export function builds(): { inProcess: string; extracted: string } {
  const stub = buildOfStub();
  // The service answers the stub and over REST: the one that says something new was answered last.
  if (stub !== answering.stub) answering = { stub, build: stub };
  return { inProcess: configured().build, extracted: answering.build };
}

function configured(): Settings {
  if (!settings) throw new Error("configureEmbeddings was not called before the first call");
  return settings;
}
