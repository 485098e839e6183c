import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { addressRules } from "@oms/chassis/http/address.ts";
import type { Tools } from "../executor.ts";
import { failureOf } from "../failure.ts";
import type { JsonObject } from "../json.ts";
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
  const registry = createRegistry([httpCallback(addressRules(allow, "ALLOW"))]);
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

test("no answer in time is a failure, and so is a stop", async () => {
  answer = () => {};
  assert.partialDeepStrictEqual(await call({ timeoutMs: 50 }), {
    message: "no answer within 50 ms",
    final: false,
  });
  const stopped = AbortSignal.abort(new Error("told to stop"));
  assert.partialDeepStrictEqual(await call({}, "127.0.0.1", stopped), { final: false });
});

test("what is not publicly routed is refused, unless it is named", async () => {
  answer = status(200);
  for (const host of ["127.0.0.1", "localhost"])
    assert.partialDeepStrictEqual(await call({ url: `http://${host}:${port}/` }, ""), {
      code: "refused",
      final: true,
    });
  assert.deepEqual(seen, []);
  assert.deepEqual(await call({ url: `http://localhost:${port}/` }), { status: 200 });
});
