import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectKernel, type Kernel } from "../client.ts";

export type KernelProcess = { readonly child: ChildProcess; readonly kernel: Kernel };

/** Kernels as processes of the test's own, of which none is left at its end. */
export class KernelProcesses {
  readonly #env: Readonly<Record<string, string>>;
  readonly #children = new Set<ChildProcess>();

  /** `env` names their DATA_DIR. */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  async start(): Promise<KernelProcess> {
    const main = join(import.meta.dirname, "..", "main.ts");
    const env = { ...process.env, PORT: "0", GRPC_PORT: "0", ...this.#env };
    const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    for await (const line of createInterface({ input: child.stdout })) {
      const { grpcPort } = JSON.parse(line) as { grpcPort?: number };
      if (!grpcPort) continue;
      child.stdout.resume();
      return { child, kernel: connectKernel({ address: `127.0.0.1:${grpcPort}`, breaker: false }) };
    }
    return assert.fail("the kernel ended before it was ready");
  }

  async kill({ child, kernel }: KernelProcess): Promise<void> {
    kernel.close();
    if (!this.#children.has(child)) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  killAll(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
