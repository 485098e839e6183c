import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { http } from "./http.ts";

const server = createServer(async (request, response) => {
  if (request.url === "/text") return response.end("plain");
  if (request.url === "/silence") return undefined;
  const body = request.method === "POST" ? await json(request) : null;
  response.writeHead(400, { "content-type": "application/problem+json" });
  return response.end(JSON.stringify({ body, author: request.headers["oms-author"] }));
});
let base = "";
before(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test("a body goes out and an error's body comes back as JSON", async () => {
  const answer = await http("POST", base, { body: { a: 1 }, headers: { "oms-author": "ada@oms" } });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.body, { body: { a: 1 }, author: "ada@oms" });
});

test("what is not JSON comes back as text", async () => {
  assert.equal((await http("GET", `${base}/text`)).body, "plain");
});

test("a call without an answer is given up", async () => {
  await assert.rejects(http("GET", `${base}/silence`, { timeoutMs: 100 }), { name: "TimeoutError" });
});
