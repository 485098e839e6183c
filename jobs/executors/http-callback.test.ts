import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Tools } from "../executor.ts";
import { failureOf } from "../failure.ts";
import type { JsonObject } from "../json.ts";
import { addressRules } from "./address.ts";
import { httpCallback } from "./http-callback.ts";
import { createRegistry } from "./registry.ts";
import { taskOf } from "./task.fixture.ts";

type Seen = {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

let seen: Seen[] = [];
let answer: RequestListener = () => {};
const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => {
    seen.push({ method: request.method, headers: request.headers, body });
    answer(request, response);
  });
});
let port = 0;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => server.close());

/** A callback with the loopback allowed unless `allow` says otherwise; what became of it. */
async function call(payload: JsonObject, allow = "127.0.0.1,::1", signal = new AbortController().signal) {
  seen = [];
  const registry = createRegistry([httpCallback(addressRules(allow))]);
  const task = taskOf({ url: `http://127.0.0.1:${port}/hook`, ...payload }, { attempt: 3 });
  return registry.run("http-callback", task, { signal } as Tools).catch(failureOf);
}

const status =
  (code: number, headers = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(code, headers).end("so it is");

test("the body is posted with the execution's id, the attempt and the trace", async () => {
  answer = status(204);
  assert.deepEqual(await call({ body: { a: ["1"] } }), { status: 204 });
  const [{ method, headers, body } = assert.fail()] = seen;
  assert.deepEqual([method, body], ["POST", '{"a":["1"]}']);
  assert.equal(headers["idempotency-key"], taskOf({}).id);
  assert.equal(headers["oms-attempt"], "3");
  assert.match(String(headers["traceparent"]), /^00-[0-9a-f]{32}-/);
});

test("a refusal is final; trouble at the other end, and 408 or 429, are tried again", async () => {
  for (const [code, final] of [
    [400, true],
    [404, true],
    [410, true],
    [408, false],
    [429, false],
    [500, false],
    [503, false],
  ] as const) {
    answer = status(code);
    assert.partialDeepStrictEqual(await call({}), { message: `was answered with ${code}`, final });
  }
});

test("a redirect is not followed", async () => {
  answer = status(302, { location: `http://127.0.0.1:${port}/elsewhere` });
  assert.partialDeepStrictEqual(await call({}), { code: "refused", final: true });
  assert.equal(seen.length, 1);
});

test("an answer that never ends is read to its limit only", async () => {
  answer = (_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(16_384)));
    };
    response.on("drain", more);
    more();
  };
  assert.deepEqual(await call({}), { status: 200 });
});

test("no answer in time is a failure, and so is a stop", async () => {
  answer = () => {};
  assert.partialDeepStrictEqual(await call({ timeoutMs: 50 }), {
    message: "no answer within 50 ms",
    final: false,
  });
  const stopped = AbortSignal.abort(new Error("told to stop"));
  assert.partialDeepStrictEqual(await call({}, "127.0.0.1", stopped), { final: false });
});

test("what is not publicly routed is refused where it is connected to, however it is spelled", async () => {
  answer = status(200);
  for (const host of [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "0.0.0.0",
  ])
    assert.partialDeepStrictEqual(await call({ url: `http://${host}:${port}/` }, ""), {
      code: "refused",
      final: true,
    });
  assert.deepEqual(seen, []);
  assert.deepEqual(await call({ url: `http://localhost:${port}/` }), { status: 200 });
});

test("private, shared, link-local and translated networks are not permitted, unless they are named", () => {
  const none = addressRules(undefined);
  const closed =
    "10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 " +
    "::1 :: fe80::1 fd00::1 ff02::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: nonsense";
  for (const address of closed.split(" ")) assert.equal(none.permits(address), false, address);
  for (const address of ["93.184.216.34", "2606:2800:220:1::1"]) assert.equal(none.permits(address), true);
  const some = addressRules("10.0.0.0/8, fd00::/8");
  assert.deepEqual(["10.9.9.9", "::ffff:10.9.9.9", "fd12::1", "192.168.0.1"].map(some.permits), [
    true,
    true,
    true,
    false,
  ]);
  assert.throws(() => addressRules("localhost"), /SCHEDULER_CALLBACK_ALLOW: localhost/);
});
