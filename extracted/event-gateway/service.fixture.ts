import assert from "node:assert/strict";
import { scheduler } from "node:timers/promises";
import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { EventGatewayServiceDefinition } from "@oms/protos/oms/events/v1/events.ts";
import { gatewayConfig } from "./config.ts";
import { startGateway } from "./service.ts";

export type Answer = { readonly status: number; readonly body: unknown };

/** The gateway in this process, with a gRPC client and a way to ask its REST; `env` names its NATS_URL and KERNEL_URL. */
export async function startService(env: Readonly<Record<string, string>>) {
  const config = gatewayConfig.parse({
    PORT: "0",
    GRPC_PORT: "0",
    OMS_ENV: "test",
    OMS_BUILD: "build-1",
    ...env,
  });
  const gateway = await startGateway(config, createLogger("event-gateway", "silent"));
  const address = `127.0.0.1:${gateway.grpcPort}`;
  const channel = openChannel(EventGatewayServiceDefinition, {
    address,
    breaker: false,
    maxMessageBytes: 32 * 1024 * 1024,
    deadlineMs: 60_000,
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  return {
    ...gateway,
    client: channel.client,
    address,
    url,
    ask: (method: string, path: string, body?: object) => ask(`${url}${path}`, method, body),
    async stop() {
      channel.close();
      await gateway.stop();
    },
  };
}

/** Looks until it is; the test's own timeout bounds it. */
export async function untilReady(url: string): Promise<void> {
  while ((await fetch(`${url}/ready`)).status !== 200) await scheduler.wait(20);
}

async function ask(url: string, method: string, body?: object): Promise<Answer> {
  const response = await fetch(url, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** What a call was refused with, whichever way it went. */
export type Refused = {
  readonly code: string;
  readonly detail: string;
  readonly violations: readonly Violation[];
};

export function refusalIn({ status, body }: Answer): Refused {
  const problem = body as { status: number; title: string; detail: string; errors: Violation[] };
  assert.equal(problem.status, status);
  return { code: problem.title, detail: problem.detail, violations: problem.errors };
}

export async function refusalOf(call: Promise<unknown>): Promise<Refused> {
  const error = await call.then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return { code: error.code, detail: error.message, violations: error.violations };
}

/** Runs a call as a caller with this context. */
export function as<R>(known: Partial<CallContext>, run: () => Promise<R>): Promise<R> {
  return runInContext(newContext({ author: "alice@oms", ...known }), run);
}
