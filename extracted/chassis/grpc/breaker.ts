import CircuitBreaker from "opossum";
import { isAnswer, ServiceError } from "../errors/service-error.ts";

export type Breaker = {
  /** Runs `attempt`, or throws UNAVAILABLE at once while the breaker is open. */
  run<R>(attempt: () => Promise<R>): Promise<R>;
  close(): void;
};

/**
 * Opens when half of at least five calls within ten seconds failed; a second later one call may try. What a service
 * has to say, a call its caller gave up, and a message over the size limit are no failures of the service.
 */
export function createBreaker(service: string): Breaker {
  const circuit = new CircuitBreaker((attempt: () => Promise<unknown>) => attempt(), {
    name: service,
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 5,
    resetTimeout: 1000,
    rollingPercentilesEnabled: false,
    errorFilter: (error: unknown) => !isFailure(error),
  });
  return {
    async run<R>(attempt: () => Promise<R>): Promise<R> {
      try {
        let value: { of: R } | undefined;
        await circuit.fire(async () => {
          value = { of: await attempt() };
        });
        if (value === undefined) throw new TypeError("the breaker answered without running the attempt");
        return value.of;
      } catch (error) {
        if (error instanceof Error && CircuitBreaker.isOurError(error)) {
          throw new ServiceError("UNAVAILABLE", `${service} is unavailable`, [], error);
        }
        throw error;
      }
    },
    close() {
      circuit.shutdown();
    },
  };
}

function isFailure(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return true;
  return !isAnswer(error) && error.code !== "CANCELLED" && error.code !== "RESOURCE_EXHAUSTED";
}
