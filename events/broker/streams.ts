import type { StreamDefinition } from "../streams.ts";
import type { Broker } from "./broker.ts";

export type StreamStatus = {
  readonly definition: StreamDefinition;
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
};

/** Makes or changes the stream that keeps a domain's events. INVALID_ARGUMENT on `domain` for one that is reserved. */
export declare function putStream(broker: Broker, definition: StreamDefinition): Promise<StreamDefinition>;

/** The streams of domains, by name: the system's own and others. */
export declare function listStreams(broker: Broker): Promise<readonly StreamStatus[]>;

/** FAILED_PRECONDITION on `domain` for one of the system's own. Does nothing where there is none. */
export declare function deleteStream(broker: Broker, domain: string): Promise<void>;
