import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

const HOST = "127.0.0.1";

type Server = {
  readonly port: number;
  readonly child: ChildProcess;
  /** Resolves when the log says so after this was called. */
  readonly says: (text: string) => Promise<void>;
};

/** A master called `jobs`, with a password, its replica, and a sentinel that soon replaces it. All are gone after the test. */
export async function startSentinel(t: TestContext, password: string) {
  const folder = await mkdtemp(join(tmpdir(), "sentinel-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const own = ["--save", "", "--dir", folder, "--requirepass", password, "--masterauth", password];
  const master = await startServer(t, own, "Ready to accept");
  const replica = ["--replicaof", `${HOST} ${master.port}`];
  await startServer(t, [...own, ...replica], "sync: Finished with success");
  const file = join(folder, "sentinel.conf");
  const settings = [
    `dir ${folder}`,
    `sentinel monitor jobs ${HOST} ${master.port} 1`,
    `sentinel auth-pass jobs ${password}`,
    "sentinel down-after-milliseconds jobs 500",
  ];
  await writeFile(file, settings.join("\n"));
  return { master, sentinel: await startServer(t, [file, "--sentinel"], "+slave") };
}

/** Another way to a port. On connections that are made while it is `late`, answers come that many milliseconds later. */
export async function startDoor(t: TestContext, port: number) {
  const door = { port: 0, late: 0 };
  const server = createServer((client) => {
    const { late } = door;
    const upstream = createConnection(port, HOST);
    client.pipe(upstream);
    upstream.on("data", async (data) => {
      await delay(late);
      client.write(data);
    });
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  door.port = await listening(server.listen(0, HOST));
  t.after(() => server.close());
  return door;
}

async function startServer(t: TestContext, args: readonly string[], ready: string): Promise<Server> {
  const port = await freePort();
  const child = spawn("redis-server", [...args, "--port", `${port}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  const says = async (text: string) => {
    for await (const [line] of on(lines, "line", { close: ["close"] })) if (line.includes(text)) return;
    throw new Error(`redis-server ended, and never said ${text}`);
  };
  await says(ready);
  return { port, child, says };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server.listen(0, HOST));
  server.close();
  await once(server, "close");
  return port;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
