import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type Spawned = { readonly process: ChildProcess; readonly url: string };

/** Starts the embedded Unleash on a free port and waits until it says it is ready. Rejects when it ends before. */
export async function spawnUnleash(dataDir: string): Promise<Spawned> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "embedded-unleash.ts")], {
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  child.stderr.on("data", (text) => said.push(String(text)));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^unleash ready at (\S+)$/.exec(line) ?? [];
    if (url) {
      child.stdout.resume();
      return { process: child, url };
    }
    said.push(line);
  }
  throw new Error(`Unleash ended before it was ready:\n${said.join("\n")}`);
}

/** Resolves with the exit code when the process is gone; null when a signal ended it. */
export async function stopUnleash(
  { process: child }: Spawned,
  signal: NodeJS.Signals,
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}
