import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ServiceError } from "../errors/service-error.ts";
import { newContext } from "./context.ts";
import { type Edge, readContext, writeContext } from "./headers.ts";
import { traceIdOf } from "./traceparent.ts";

const read = (headers: Record<string, string>, edge: Edge = "internal") =>
  readContext((name) => headers[name], edge);

const text = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
    fc.constantFrom("한국어 가지", "a%20b", "%", "é\u{1F680}"),
  )
  .filter((value) => !/\p{Cc}/u.test(value) && value.length <= 200);
const subject = text.filter((value) => !/[\s@]/u.test(value));

describe("context headers", () => {
  it("carry any text in printable ASCII and give it back", () => {
    fc.assert(
      fc.property(subject, text, text, text, fc.boolean(), (who, branch, tenant, key, shadow) => {
        const reads = new Map(shadow ? [[branch, key]] : []);
        const context = newContext({
          author: `${who}@oms`,
          branch,
          tenant,
          key,
          shadow,
          reads,
          deadline: 123,
          ...(shadow && { evidence: true }),
        });
        const headers = writeContext(context);
        for (const value of Object.values(headers)) assert.match(value, /^[\x21-\x7e]+$/);
        const { traceparent, ...rest } = read(headers);
        const { traceparent: sent, ...expected } = context;
        assert.deepEqual(rest, expected);
        assert.equal(traceIdOf(traceparent), traceIdOf(sent));
      }),
    );
  });

  it("never throw anything but a named header, whatever they hold", () => {
    const names = Object.keys(writeContext(newContext({ tenant: "t", key: "k", deadline: 1, shadow: true })));
    fc.assert(
      fc.property(
        fc.constantFrom(...names, "oms-reads", "oms-evidence"),
        fc.string({ unit: "binary" }),
        (name, value) => {
          try {
            read({ [name]: value });
          } catch (error) {
            assert.ok(error instanceof ServiceError);
            assert.equal(error.code, "INVALID_ARGUMENT");
            assert.deepEqual(
              error.violations.map(({ field }) => field),
              [name],
            );
          }
        },
      ),
    );
  });

  it("are anonymous, on the main branch and live when absent", () => {
    const { traceparent, reads, ...rest } = read({});
    assert.deepEqual(rest, { author: "anonymous@oms", branch: "main", shadow: false });
    assert.ok(traceIdOf(traceparent));
    assert.equal(reads.size, 0);
  });

  it("keep plain names as they are", () => {
    const headers = writeContext(newContext({ author: "alice@oms", branch: "feature/x" }));
    assert.equal(headers["oms-author"], "alice@oms");
    assert.equal(headers["oms-branch"], "feature/x");
  });

  it("say nothing of what a live call read", () => {
    const headers = writeContext(newContext({ reads: new Map([["main", "c1"]]) }));
    assert.equal(headers["oms-reads"], undefined);
  });

  it("from outside cannot make a call a shadow, ask for evidence, pin its reads or set its deadline", () => {
    const headers = {
      "oms-shadow": "true",
      "oms-evidence": "true",
      "oms-reads": "main=c1",
      "oms-deadline": "1",
    };
    const context = read(headers, "public");
    assert.equal(context.shadow, false);
    assert.equal(context.evidence, undefined);
    assert.equal(context.reads.size, 0);
    assert.equal(context.deadline, undefined);
  });

  const refused: [string, string, RegExp][] = [
    ["oms-author", "alice", /must look like subject@service/],
    ["oms-author", "a@b@oms", /must look like subject@service/],
    ["oms-author", "alice@", /must look like subject@service/],
    ["oms-author", "alice@oms, bob@oms", /must look like subject@service/],
    ["oms-author", "", /must be 1 to 200 characters/],
    ["oms-author", "김@oms", /percent-encoded/],
    ["oms-author", "%zz@oms", /percent-encoded/],
    ["oms-author", "a%0d%0ab@oms", /control characters/],
    ["oms-tenant", "a%00", /control characters/],
    ["oms-branch", "b".repeat(201), /must be 1 to 200 characters/],
    ["idempotency-key", "k".repeat(10_240), /must be 1 to 200 characters/],
    ["oms-deadline", "-1", /Unix milliseconds/],
    ["oms-deadline", "1e3", /Unix milliseconds/],
    ["oms-deadline", "9".repeat(16), /Unix milliseconds/],
    ["oms-shadow", "TRUE", /true or false/],
    ["oms-evidence", "1", /true or false/],
  ];
  for (const [name, value, message] of refused) {
    it(`refuse ${name}: ${value.slice(0, 24)}`, () => {
      assert.throws(() => read({ [name]: value }), { code: "INVALID_ARGUMENT", message });
    });
  }
});
