import { startGrpcServer } from "../grpc-server.ts";
import { createLogger } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createReadiness } from "../readiness.ts";
import { runUntilSignal } from "../shutdown.ts";
import { EchoDefinition, type Text } from "./echo.fixture.ts";

/** An echo server in a process of its own, for tests that stop or kill one; argv: its port. Its build is its pid. */
const logger = createLogger("echo");
const port = Number(process.argv[2] ?? 0);
const options = {
  service: "echo",
  host: "127.0.0.1",
  port,
  logger,
  metrics: createMetrics("echo"),
  build: `${process.pid}`,
};
const server = await startGrpcServer({ ...options, readiness: createReadiness() }, (register) =>
  register.add(EchoDefinition, {
    async say(request: Text) {
      return request;
    },
    async *list(request: Text) {
      yield request;
      await new Promise(() => {});
    },
    async collect() {
      return { text: "" };
    },
  }),
);
runUntilSignal("echo", logger, [() => server.stop(0)]);
