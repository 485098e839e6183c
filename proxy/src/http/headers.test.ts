import assert from "node:assert/strict";
import { test } from "node:test";
import { answerHeaders, requestHeaders } from "./headers.ts";

const internal = (header: string) => header.startsWith("oms-");

test("a request tells the service what the caller says, under the context of the call", () => {
  const said = {
    host: "oms.example",
    "accept-encoding": "gzip",
    expect: "100-continue",
    connection: "Close, X-Mine",
    "x-mine": "1",
    "transfer-encoding": "chunked",
    upgrade: "h2c",
    "oms-author": "mallory@oms",
    "oms-shadow": "true",
    "idempotency-key": "theirs",
    "content-type": "application/json",
    "content-length": "4",
    "user-agent": "curl",
  };
  const context = { "oms-author": "alice@oms", "idempotency-key": "ours" };
  assert.deepEqual(requestHeaders(said, context, internal), {
    "oms-author": "alice@oms",
    "idempotency-key": "ours",
    "content-type": "application/json",
    "content-length": "4",
    "user-agent": "curl",
  });
});

test("an answer tells the caller everything but what is between our processes or of one connection", () => {
  const said = {
    "oms-reads": "main=c1",
    "keep-alive": "timeout=5",
    trailer: "x",
    "set-cookie": ["a=1", "b=2"],
    "content-type": "application/json",
  };
  const { "set-cookie": cookies, "content-type": type } = said;
  assert.deepEqual(answerHeaders(said, internal), { "set-cookie": cookies, "content-type": type });
});
