import { freePorts } from "../../process/ports.ts";
import { startMeasured } from "../measured-process.ts";

/** An OMS in stage live for events, and the gateway that it publishes by. */
export type Dying = {
  /** Base of OMS. */
  readonly oms: string;
  /** With SIGKILL; resolves when the gateway is ready again, where it was. */
  readonly killGateway: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const HOST = "127.0.0.1";
/** Nothing else of OMS is anywhere but in its process. */
const ALONE = {
  USE_EVENT_GATEWAY: "true",
  USE_EMBEDDING_MS: "false",
  USE_SCHEDULER_MS: "false",
  UNLEASH_URL: "",
  REDIS_URL: "",
};

/** `env` names kernel and NATS for both, and what each needs for itself. */
export async function startDying(env: Readonly<Record<string, string>>): Promise<Dying> {
  await using starting = new AsyncDisposableStack();
  const ports = await freePorts(HOST, 2);
  const start = () => startMeasured(["extracted/event-gateway/main.ts"], env, ports);
  let gateway = await start();
  starting.defer(() => gateway.stop());
  const at = { EVENT_GATEWAY_URL: gateway.address };
  const oms = await startMeasured(["monolith/src/main.ts"], { ...env, ...ALONE, ...at });
  starting.defer(oms.stop);
  const started = starting.move();
  return {
    oms: oms.url,
    async killGateway() {
      await gateway.kill();
      gateway = await start();
    },
    stop: () => started.disposeAsync(),
  };
}
