import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectKernel, type Kernel } from "./client.ts";

const MAIN = join(import.meta.dirname, "main.ts");

export type TestKernel = {
  readonly kernel: Kernel;
  /** Of its gRPC. */
  readonly address: string;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
};

/** A kernel in a process of its own on SQLite, with an empty store. */
export async function startTestKernel(env: Readonly<Record<string, string>> = {}): Promise<TestKernel> {
  const folder = await mkdtemp(join(tmpdir(), "test-kernel-"));
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, PORT: "0", GRPC_PORT: "0", LOG_LEVEL: "info", DATA_DIR: folder, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const { grpcPort } = JSON.parse(line) as { grpcPort?: number };
    if (grpcPort === undefined) continue;
    child.stdout.resume();
    const address = `127.0.0.1:${grpcPort}`;
    const kernel = connectKernel({ address });
    return {
      kernel,
      address,
      signal: (signal) => void child.kill(signal),
      async stop() {
        kernel.close();
        child.kill("SIGKILL");
        await exited;
        await rm(folder, { recursive: true });
      },
    };
  }
  throw new Error("the kernel ended before it listened");
}
