import { createServer, type Server } from "node:net";
import type { Spec } from "./spec.ts";

/** Throws, naming every port of `specs` that is taken and the variable that moves it. */
export async function refuseTakenPorts(specs: readonly Spec[], host: string): Promise<void> {
  const wanted = specs.flatMap((spec) => spec.ports.map((port) => ({ ...port, name: spec.name })));
  const taken = [];
  for (const each of wanted) if (!(await isFree(host, each.port))) taken.push(each);
  if (taken.length === 0) return;
  const lines = taken.map(({ name, port, setting }) => {
    return `port ${port} (${name}) is taken; another one: ${setting}=${port + 1000} npm start`;
  });
  throw new Error([...lines, "or move all of them at once: PORT_OFFSET=1000 npm start"].join("\n"));
}

async function isFree(host: string, port: number): Promise<boolean> {
  try {
    const server = await listen(host, port);
    await close(server);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}

/** `count` different ports that were free a moment ago. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(host, 0)));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map(close));
  return ports;
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
