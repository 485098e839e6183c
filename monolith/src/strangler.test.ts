import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Call } from "@oms/proxy/model/call.ts";
import { host } from "./strangler.ts";

const call = (more: Partial<Call> = {}): Call => ({ key: "k", shadow: false, ...more });
const seen = (of: Call) => host.enter(of, async () => currentContext());

describe("the host of the strangler", () => {
  it("tells a flag who calls, on which branch, and for which tenant when there is one", () => {
    const context = newContext({ author: "alice@oms", branch: "draft" });
    assert.deepEqual(runInContext(context, host.fields), { author: "alice@oms", branch: "draft" });
    assert.deepEqual(runInContext({ ...context, tenant: "t" }, host.fields), {
      author: "alice@oms",
      branch: "draft",
      tenant: "t",
    });
  });

  it("runs a side as the caller, with the call's key and the sooner deadline", async () => {
    const context = newContext({ author: "alice@oms", key: "mine", deadline: 2000 });
    const inside = await runInContext(context, () => seen(call({ deadline: 3000 })));
    assert.deepEqual(
      [inside.author, inside.key, inside.deadline, inside.shadow],
      ["alice@oms", "k", 2000, false],
    );
    assert.equal(inside.traceparent, context.traceparent);
    const sooner = await runInContext(context, () => seen(call({ deadline: 1000 })));
    assert.equal(sooner.deadline, 1000);
  });

  it("notes what a call reads for that call alone", async () => {
    const context = newContext({ reads: new Map([["b", "old"]]) });
    const inside = await runInContext(context, () => seen(call()));
    assert.equal(inside.reads.size, 0);
    inside.reads.set("b", "new");
    assert.equal(context.reads.get("b"), "old");
  });

  it("runs a shadow call as its authority's caller, as of what the authority read, wherever it runs", async () => {
    const authority = call({ watched: true });
    await runInContext(newContext({ author: "alice@oms", deadline: 1 }), () =>
      host.enter(authority, async () => {
        currentContext().reads.set("dev/oms/main", "c1");
      }),
    );
    const shadow = await seen(call({ shadow: true, of: authority, deadline: 9 }));
    assert.deepEqual([shadow.author, shadow.shadow, shadow.deadline], ["alice@oms", true, 9]);
    assert.deepEqual([...shadow.reads], [["dev/oms/main", "c1"]]);
    shadow.reads.set("more", "c2");
    const again = await seen(call({ shadow: true, of: authority }));
    assert.deepEqual([...again.reads], [["dev/oms/main", "c1"]]);
  });

  it("asks for evidence of a call that is compared, and of no other", async () => {
    const asked = async (of: Call) => (await seen(of)).evidence;
    assert.equal(await asked(call()), undefined);
    const watched = call({ watched: true });
    assert.equal(await asked(watched), true);
    assert.equal(await asked(call({ shadow: true, of: watched })), true);
    const within = () => host.enter(watched, () => seen(call({ key: "another" })));
    assert.equal((await within()).evidence, undefined);
  });

  it("knows an answer from a failure, and names a failure in the callers' type", () => {
    assert.equal(host.isAnswer(new ServiceError("NOT_FOUND", "x")), true);
    assert.equal(host.isAnswer(new ServiceError("UNAVAILABLE", "x")), false);
    assert.equal(host.isAnswer(new Error("x")), false);
    const late = host.unavailable("deadline", "embedding");
    assert.ok(late instanceof ServiceError && late.code === "DEADLINE_EXCEEDED");
    const open = host.unavailable("breaker open", "embedding");
    assert.ok(open instanceof ServiceError && open.code === "UNAVAILABLE");
  });
});
