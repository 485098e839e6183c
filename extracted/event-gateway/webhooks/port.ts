import type { Webhook, WebhookInput } from "./webhook.ts";

/** What is asked of webhooks, over gRPC and REST alike. NOT_FOUND on `id`: there is no such endpoint. */
export type Webhooks = {
  /**
   * Creates or replaces an endpoint. A new one is sent what comes from now on. INVALID_ARGUMENT with the field, `url`
   * where it leads to where none may; FAILED_PRECONDITION on `domain` that no stream has.
   */
  readonly put: (webhook: WebhookInput) => Promise<PutReply>;
  readonly get: (name: WebhookName) => Promise<WebhookStatus>;
  /** By id. */
  readonly list: () => Promise<readonly WebhookStatus[]>;
  /** One that is not there stays away. */
  readonly delete: (name: WebhookName) => Promise<void>;
  readonly pause: (name: WebhookName) => Promise<Webhook>;
  readonly resume: (name: WebhookName) => Promise<Webhook>;
  /** Begins again from a time or a sequence of its stream: what is stored since is sent, once more where it was before. */
  readonly replay: (request: ReplayRequest) => Promise<Webhook>;
  readonly rotate: (name: WebhookName) => Promise<{ readonly secret: string }>;
  /** The attempts, newest first. `pageSize` 1 to 1000, absent: 100. */
  readonly deliveries: (request: DeliveriesRequest) => Promise<DeliveriesPage>;
};

export type WebhookName = { readonly id: string };

/** `secret` of a new endpoint alone. */
export type PutReply = { readonly webhook: Webhook; readonly secret?: string };

export type WebhookStatus = {
  readonly webhook: Webhook;
  /** Events of its domain that it has not been through yet; absent while NATS is away. */
  readonly pending?: number;
  readonly breaker: BreakerState;
};

export type BreakerState = "closed" | "open" | "half-open";

/** Unix milliseconds. Exactly one of the two. */
export type ReplayRequest = WebhookName & { readonly timeMs?: number; readonly sequence?: number };

export type DeliveriesRequest = WebhookName & { readonly pageSize?: number; readonly pageToken?: string };

export type DeliveriesPage = {
  readonly deliveries: readonly WebhookDelivery[];
  readonly nextPageToken?: string;
};

/** One attempt. */
export type WebhookDelivery = {
  readonly eventId: string;
  readonly eventSource: string;
  /** In the endpoint's stream. */
  readonly sequence: number;
  /** From 1. */
  readonly attempt: number;
  readonly atMs: number;
  readonly durationMs: number;
  /** Of the answer; 0: there was none. */
  readonly status: number;
  /** Empty when it was delivered. */
  readonly error: string;
  readonly outcome: DeliveryOutcome;
};

export type DeliveryOutcome = "delivered" | "retried" | "dead";
