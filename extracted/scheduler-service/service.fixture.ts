import assert from "node:assert/strict";
import { scheduler } from "node:timers/promises";
import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { SchedulerServiceDefinition } from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import { startApi } from "./api.ts";
import { apiConfig } from "./config.ts";

export type Answer = { readonly status: number; readonly body: unknown };

/** The api in this process once it is ready, with a gRPC client and a way to ask its REST. */
export async function startService(env: Readonly<Record<string, string>>) {
  const config = apiConfig.parse({
    PORT: "0",
    GRPC_PORT: "0",
    OMS_ENV: "test",
    OMS_BUILD: "build-1",
    ...env,
  });
  const api = await startApi(config, createLogger("scheduler-api", "silent"));
  const address = `127.0.0.1:${api.grpcPort}`;
  const channel = openChannel(SchedulerServiceDefinition, {
    address,
    maxMessageBytes: 32 * 1024 * 1024,
    deadlineMs: 60_000,
  });
  const url = `http://127.0.0.1:${api.port}`;
  await untilReady(url);
  return {
    ...api,
    client: channel.client,
    url,
    ask: (method: string, path: string, body?: object, key?: string) =>
      ask(`${url}${path}`, method, body, key),
    async stop() {
      channel.close();
      await api.stop();
    },
  };
}

/** Looks until it is; the test's own timeout bounds it. */
export async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/ready`)).status !== 200) await scheduler.wait(20);
}

async function ask(url: string, method: string, body?: object, key?: string): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(key !== undefined && { "idempotency-key": key }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** What a call was refused with, whichever way it went. */
export type Refusal = { readonly code: string; readonly violations: readonly Violation[] };

export function refusalIn({ status, body }: Answer): Refusal {
  const problem = body as { status: number; title: string; errors: Violation[] };
  assert.equal(problem.status, status);
  return { code: problem.title, violations: problem.errors };
}

export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return { code: error.code, violations: error.violations };
}

/** Runs a call as a caller with this context. */
export function as<R>(known: Partial<CallContext>, run: () => Promise<R>): Promise<R> {
  return runInContext(newContext({ author: "alice@oms", ...known }), run);
}
