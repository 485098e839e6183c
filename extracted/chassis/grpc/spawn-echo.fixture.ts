import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

/** An echo server in its own process on `port`, or a free one; it is gone after the test. */
export async function spawnEcho(t: TestContext, port = 0): Promise<{ child: ChildProcess; port: number }> {
  const file = new URL("echo-process.fixture.ts", import.meta.url);
  const child = spawn(process.execPath, [file.pathname, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, port: JSON.parse(line).port };
}

export async function killEcho(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}
