import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { FaultProxy } from "./fault-proxy.ts";

let echo: Server;
let proxy: FaultProxy;

before(async () => {
  echo = createServer((socket) => void socket.pipe(socket).on("error", () => {})).listen(0, "127.0.0.1");
  await once(echo, "listening");
  proxy = await FaultProxy.open(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
});
after(async () => {
  await proxy.close();
  echo.close();
});

async function connected(): Promise<Socket> {
  const [host = "", port = ""] = proxy.address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function said(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = await once(socket, "data");
  return String(bytes);
}

test("bytes pass while there is no fault", async () => {
  proxy.set("none");
  const socket = await connected();
  assert.equal(await said(socket, "hello"), "hello");
  socket.destroy();
});

test("garbage has the length of the answer and nothing else of it", async () => {
  proxy.set("garbage");
  const socket = await connected();
  const answer = "a text long enough not to be met by chance";
  socket.write(answer);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  assert.equal(bytes.length, answer.length);
  assert.notEqual(String(bytes), answer);
  socket.destroy();
});

test("a slow answer comes whole", async () => {
  proxy.set({ slow: 20 });
  const socket = await connected();
  assert.equal(await said(socket, "hello"), "hello");
  socket.destroy();
});

test("a cut ends open connections and refuses new ones", async () => {
  proxy.set("none");
  const socket = await connected();
  assert.equal(await said(socket, "hello"), "hello");
  const ended = once(socket, "close");
  proxy.set("cut");
  await ended;
  const refused = await connected();
  refused.resume();
  await once(refused, "close");
});

test("a hole swallows what is sent until it is gone", async () => {
  proxy.set("none");
  const socket = await connected();
  assert.equal(await said(socket, "before"), "before");
  proxy.set("hole");
  await new Promise<void>((resolve) => socket.write("lost", () => resolve()));
  const other = await connected();
  proxy.set("none");
  assert.equal(await said(other, "after"), "after");
  other.destroy();
  socket.destroy();
});
