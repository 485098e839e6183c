import type { ServiceImplementation } from "nice-grpc";
import { type HealthDefinition, HealthServiceImpl, HealthState } from "nice-grpc-server-health";
import type { Readiness } from "../readiness.ts";

const REFRESH_MS = 5000;

export type Health = {
  readonly implementation: ServiceImplementation<typeof HealthDefinition>;
  /** Answers NOT_SERVING from now on and ends every watch. */
  stop(): void;
};

/** grpc.health.v1 from `readiness`, for the process as a whole and for each of `services`. */
export function createHealth(readiness: Readiness, services: readonly string[]): Health {
  const state = HealthState();
  const stopping = new AbortController();
  const set = (healthy: boolean) => {
    for (const service of ["", ...services]) state.setStatus(healthy ? "healthy" : "unhealthy", service);
  };
  const refresh = async () => {
    const { ready } = await readiness.check();
    set(ready && !stopping.signal.aborted);
  };
  set(false);
  const timer = setInterval(refresh, REFRESH_MS).unref();
  const known = HealthServiceImpl(state);
  return {
    implementation: {
      async check(request, call) {
        await refresh();
        return known.check(request, call);
      },
      async *watch(request, call) {
        await refresh();
        const signal = AbortSignal.any([call.signal, stopping.signal]);
        try {
          yield* known.watch(request, { ...call, signal });
        } catch (error) {
          if (!stopping.signal.aborted) throw error;
        }
      },
    },
    stop() {
      clearInterval(timer);
      set(false);
      stopping.abort();
    },
  };
}
