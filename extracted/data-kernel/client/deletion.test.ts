import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type ErrorCode, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { KernelServiceDefinition } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { connectKernel, type Kernel } from "../client.ts";

/** A client of two kernels that answer deletions, whichever of them is asked, with `outcomes`, one after the other. */
async function twinsThatAnswer(t: TestContext, ...outcomes: ErrorCode[]): Promise<Kernel> {
  const { deleteBranch } = KernelServiceDefinition.methods;
  const definition = { ...KernelServiceDefinition, methods: { deleteBranch } };
  const implementation = {
    async deleteBranch() {
      const outcome = outcomes.shift();
      if (outcome) throw new ServiceError(outcome, "as the test has it");
      return {};
    },
  };
  const service = "data-kernel";
  const options = {
    service,
    host: "127.0.0.1",
    port: 0,
    build: "test",
    logger: createLogger(service, "silent"),
    metrics: createMetrics(service),
    readiness: createReadiness(),
  };
  const start = () => startGrpcServer(options, (server) => server.add(definition, implementation));
  const twins = [await start(), await start()];
  const kernel = connectKernel({ address: twins.map(({ port }) => `127.0.0.1:${port}`).join(",") });
  t.after(async () => {
    kernel.close();
    for (const twin of twins) await twin.stop();
  });
  return kernel;
}

test("a deletion whose answer was lost is done, though the other kernel finds nothing to delete", async (t) => {
  const kernel = await twinsThatAnswer(t, "UNAVAILABLE", "NOT_FOUND");
  await kernel.deleteBranch({ name: "test/gone/main" });
});

test("a deletion of what is not there says so", async (t) => {
  const kernel = await twinsThatAnswer(t, "NOT_FOUND");
  await assert.rejects(kernel.deleteBranch({ name: "test/gone/main" }), { code: "NOT_FOUND" });
});
