import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { KernelServiceDefinition } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { connectKernel } from "./client.ts";
import { kernelService } from "./grpc.ts";
import { Kernel } from "./kernel.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { REWRITES, Rewrites } from "./rewrite.ts";
import { commitOf, put } from "./store/conformance/fixture.ts";
import type { Store } from "./store/port.ts";
import { openSqliteStore } from "./store/sqlite.ts";

const BRANCH = "test/streams/main";
const IDS = Array.from({ length: 300 }, (_, n) => `d${String(n).padStart(3, "0")}`);
const CLIENTS = 5;

let folder: string;
let store: Store;
let server: Awaited<ReturnType<typeof startGrpcServer>>;
/** Streams that the server has under way. */
let open = 0;
let changed = Promise.withResolvers<void>();

/** `frames`, counted while they are under way. */
async function* counted<T>(frames: AsyncIterable<T>): AsyncGenerator<T> {
  const count = (by: number) => {
    open += by;
    changed.resolve();
    changed = Promise.withResolvers();
  };
  count(1);
  try {
    yield* frames;
  } finally {
    count(-1);
  }
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-streams-"));
  store = await openSqliteStore(join(folder, "kernel.db"));
  await store.createBranch({ name: BRANCH, origin: "", at: "", timeMs: 1 });
  const body = JSON.stringify({ text: "x".repeat(60_000) });
  await store.commit(
    commitOf(
      BRANCH,
      IDS.map((id) => put(id, body)),
    ),
  );
  const kernel = new Kernel(store, { rewrites: new Rewrites(store, REWRITES) });
  const service = kernelService(kernel);
  server = await startGrpcServer(
    {
      service: "data-kernel",
      host: "127.0.0.1",
      port: 0,
      logger: createLogger("data-kernel", "silent"),
      metrics: createMetrics("data-kernel"),
      readiness: createReadiness(),
      build: "test",
      maxMessageBytes: MAX_MESSAGE_BYTES,
      descriptors: await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb"))),
    },
    (grpc) =>
      grpc.add(KernelServiceDefinition, {
        ...service,
        streamQuery: (request) => counted(kernel.documents.stream(request)),
      }),
  );
});
after(async () => {
  await server.stop();
  await store.close();
  await rm(folder, { recursive: true });
});

async function idsThrough(port: number): Promise<string[]> {
  const kernel = connectKernel({ address: `127.0.0.1:${port}`, breaker: false });
  const seen: string[] = [];
  try {
    for await (const { id } of kernel.stream({ branch: BRANCH, type: "Note" })) seen.push(id);
    return seen;
  } finally {
    kernel.close();
  }
}

const READ_ONE = `
  import { connectKernel } from ${JSON.stringify(import.meta.resolve("./client.ts"))};
  globalThis.streams = Array.from({ length: ${CLIENTS} }, () =>
    connectKernel({ address: process.argv[1] })
      .stream({ branch: "${BRANCH}", type: "Note" })
      [Symbol.asyncIterator](),
  );
  for (const stream of streams) await stream.next();
  console.log("reading");
`;

test("clients that vanish in the middle of a stream leave nothing behind", async () => {
  const args = ["--no-warnings", "--input-type=module", "-e", READ_ONE, `127.0.0.1:${server.port}`];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  assert(open > 0);
  child.kill("SIGKILL");
  while (open > 0) await changed.promise;
  assert.deepEqual(await idsThrough(server.port), IDS);
  assert.equal(open, 0);
});

/** A way to the kernel that is cut after so many bytes of answers, once; `again`: and then goes through. */
async function cutAfter(bytes: number, again: boolean): Promise<Server> {
  let left = bytes;
  const sockets = new Set<Socket>();
  const way = createServer((caller) => {
    const kernel = connect(server.port, "127.0.0.1");
    for (const socket of [caller, kernel]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        caller.destroy();
        kernel.destroy();
      });
    }
    caller.pipe(kernel);
    kernel.on("data", (data) => {
      caller.write(data);
      if (left > 0) left -= data.length;
      else return;
      if (left > 0) return;
      if (!again) way.close();
      for (const socket of sockets) socket.destroy();
    });
  });
  way.listen(0, "127.0.0.1");
  await once(way, "listening");
  return way;
}

const portOf = (way: Server) => (way.address() as AddressInfo).port;

test("a stream that is cut goes on where it was: every document, and each once", async () => {
  const way = await cutAfter(5_000_000, true);
  assert.deepEqual(await idsThrough(portOf(way)), IDS);
  way.close();
});

test("a stream that is cut for good is an error, never a shorter list", async () => {
  const way = await cutAfter(5_000_000, false);
  await assert.rejects(idsThrough(portOf(way)), { code: "UNAVAILABLE" });
});
