import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { ForbiddenAddress, type Post, post } from "./post.ts";

let calls = 0;
let answer: RequestListener = (_request, response) => response.end();
const server = createServer((request, response) => {
  calls += 1;
  answer(request, response);
});
/** Takes connections and says nothing. */
const sockets: Socket[] = [];
const mute = createTcpServer((socket) => sockets.push(socket));

async function listen(on: Server | typeof server): Promise<number> {
  await new Promise<void>((resolve) => on.listen(0, "127.0.0.1", resolve));
  return (on.address() as AddressInfo).port;
}

let port = 0;
let mutePort = 0;
before(async () => {
  [port, mutePort] = [await listen(server), await listen(mute)];
});
after(() => {
  server.closeAllConnections();
  server.close();
  for (const socket of sockets) socket.destroy();
  mute.close();
});

function send(url: string, known: Partial<Post> = {}) {
  const { signal } = new AbortController();
  const permits = () => true;
  return post({ url: new URL(url), headers: {}, body: "{}", timeoutMs: 60_000, signal, permits, ...known });
}

test("an address that is not permitted is not connected to, however it is spelled and whatever it is called", async () => {
  calls = 0;
  const seen: string[] = [];
  const permits = (address: string) => {
    seen.push(address);
    return false;
  };
  for (const host of [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
  ])
    await assert.rejects(send(`http://${host}:${port}/`, { permits }), ForbiddenAddress, host);
  assert.equal(calls, 0);
  assert.ok(seen.includes("127.0.0.1") && seen.includes("::1"));
});

test("a name is refused when one of its addresses is", async () => {
  calls = 0;
  const permits = (address: string) => address !== "127.0.0.1";
  await assert.rejects(send(`http://localhost:${port}/`, { permits }), ForbiddenAddress);
  assert.equal(calls, 0);
});

test("an answer is its status and headers, and a redirect is one", async () => {
  calls = 0;
  answer = (_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
  const { status, headers } = await send(`http://127.0.0.1:${port}/`);
  assert.deepEqual([status, headers.location, calls], [307, `http://127.0.0.1:${port}/`, 1]);
});

test("an answer that never ends is read to its limit only", async () => {
  const closed = Promise.withResolvers<void>();
  answer = (_request, response) => {
    response.on("close", closed.resolve).writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(16_384)));
    };
    response.on("drain", more);
    more();
  };
  assert.equal((await send(`http://127.0.0.1:${port}/`)).status, 200);
  await closed.promise;
});

test("an answer whose body drips for ever is cut when its time is up, and stands", async () => {
  const closed = Promise.withResolvers<void>();
  answer = (_request, response) => {
    response.on("close", closed.resolve).writeHead(200);
    response.write("x");
  };
  assert.equal((await send(`http://127.0.0.1:${port}/`, { timeoutMs: 1500 })).status, 200);
  await closed.promise;
});

test("no answer in time is a failure, and so is no connection, and a stop", async () => {
  answer = () => {};
  await assert.rejects(send(`http://127.0.0.1:${port}/`, { timeoutMs: 50 }), /no answer within 50 ms/);
  // Over TLS there is no connection before the other side has said something.
  await assert.rejects(
    send(`https://127.0.0.1:${mutePort}/`, { connectMs: 50 }),
    /no connection within 50 ms/,
  );
  await assert.rejects(send(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort() }));
});
