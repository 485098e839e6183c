import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type Started = {
  readonly child: ChildProcess;
  readonly grpcPort: number;
  readonly port: number;
  /** Exit code; null after a signal. */
  readonly exited: Promise<number | null>;
};

/** Starts one of the services on free ports; resolves when its log says which. */
export async function startProcess(main: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", main)], {
    env: { ...process.env, PORT: "0", GRPC_PORT: "0", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  for await (const line of createInterface({ input: child.stdout })) {
    const { port, grpcPort } = JSON.parse(line);
    if (typeof port !== "number" || typeof grpcPort !== "number") continue;
    child.stdout.resume();
    return { child, port, grpcPort, exited };
  }
  await exited;
  throw new Error(`${main} ended before it listened: ${complaint}`);
}

/** A data-kernel of its own with an empty store. */
export async function startKernelProcess(): Promise<{ address: string; stop: () => Promise<void> }> {
  const data = await mkdtemp(join(tmpdir(), "kernel-"));
  const { child, grpcPort, exited } = await startProcess("data-kernel/main.ts", { DATA_DIR: data });
  return {
    address: `127.0.0.1:${grpcPort}`,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(data, { recursive: true, force: true });
    },
  };
}
