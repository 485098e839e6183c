import { randomInt } from "node:crypto";
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
  const server = await listenUnlessTaken(host, port);
  if (server) await close(server);
  return server !== undefined;
}

async function listenUnlessTaken(host: string, port: number): Promise<Server | undefined> {
  try {
    return await listen(host, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

// Below the range that the kernel gives outgoing connections from: one of those would take a port before its owner does.
const FIRST = 10_000;
const LAST = 32_767;

/** `count` different ports that were free a moment ago. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const servers: Server[] = [];
  while (servers.length < count) {
    const server = await listenUnlessTaken(host, randomInt(FIRST, LAST + 1));
    if (server) servers.push(server);
  }
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
