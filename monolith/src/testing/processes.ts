import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "../../..");

export type Started = {
  /** The first log line that names ports. */
  readonly ports: Readonly<Record<string, number>>;
  /** Tells it to stop and resolves with its exit code. */
  readonly stop: () => Promise<number>;
};

/** Starts a process of the system by its entry file and waits for the log line that `names` a port. */
export async function startProcess(
  entry: string,
  env: Readonly<Record<string, string>>,
  names: string,
  args: readonly string[] = [],
): Promise<Started> {
  const child = spawn(process.execPath, [join(ROOT, entry), ...args], {
    cwd: ROOT,
    env: { ...process.env, PORT: "0", GRPC_PORT: "0", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = await exited;
    return Number(code);
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const logged = JSON.parse(line) as Record<string, unknown>;
    if (typeof logged[names] !== "number") continue;
    child.stdout.resume();
    return { ports: logged as Record<string, number>, stop };
  }
  throw new Error(`${entry} ended before it named its ${names}`);
}

/** A data-kernel of its own, with an empty store. */
export async function startKernel(): Promise<{
  readonly address: string;
  readonly stop: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "oms-kernel-"));
  const { ports, stop } = await startProcess(
    "extracted/data-kernel/main.ts",
    { DATA_DIR: folder },
    "grpcPort",
  );
  return {
    address: `127.0.0.1:${ports["grpcPort"]}`,
    async stop() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}
