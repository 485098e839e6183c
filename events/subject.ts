import type { Event } from "./event.ts";

/** `oms.ontology.released` is of the domain `ontology`: the second part of its type. */
export function domainOf(type: string): string {
  return type.split(".", 2)[1] ?? "";
}

/** `${env}.<domain>.<type>`. A valid type has nothing in it that NATS would read as a wildcard. */
export function subjectOf(env: string, { type }: Pick<Event, "type">): string {
  return `${env}.${domainOf(type)}.${type}`;
}
