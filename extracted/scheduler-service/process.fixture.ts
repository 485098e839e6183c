import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type Started = {
  readonly child: ChildProcess;
  /** The first log line that names one of the ports asked for. */
  readonly ports: Readonly<Record<string, number>>;
  /** Exit code; null after a signal. */
  readonly exited: Promise<number | null>;
};

/** Starts `command` of extracted/ on free ports; resolves when its log `names` one. */
export async function startProcess(
  command: readonly string[],
  names: string,
  env: Readonly<Record<string, string>>,
): Promise<Started> {
  const [main = "", ...args] = command;
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", main), ...args], {
    env: { ...process.env, PORT: "0", GRPC_PORT: "0", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  for await (const line of createInterface({ input: child.stdout })) {
    const logged = JSON.parse(line);
    if (typeof logged[names] !== "number") continue;
    child.stdout.resume();
    return { child, ports: logged, exited };
  }
  await exited;
  throw new Error(`${command.join(" ")} ended before it named its ${names}: ${complaint}`);
}

/** A data-kernel of its own with an empty store. */
export async function startKernelProcess(): Promise<{
  readonly child: ChildProcess;
  readonly address: string;
  readonly stop: () => Promise<void>;
}> {
  const data = await mkdtemp(join(tmpdir(), "scheduler-kernel-"));
  const { child, ports, exited } = await startProcess(["data-kernel/main.ts"], "grpcPort", {
    DATA_DIR: data,
  });
  return {
    child,
    address: `127.0.0.1:${ports["grpcPort"]}`,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await rm(data, { recursive: true, force: true });
    },
  };
}
