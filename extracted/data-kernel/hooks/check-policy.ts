import { type Expression, expression } from "@oms/chassis/json-schema/expression.ts";
import { isOwnBranch, OWN_SERVICE } from "../own.ts";
import type { Finding, Hook, Proposed, ProposedChange } from "./hook.ts";
import { matcher } from "./matcher.ts";
import { textsAt, textsIn } from "./pointer.ts";
import type { Policy } from "./policy.ts";

/**
 * Whether a service may write a branch: make it, commit to it, take it back, delete it. The kernel's own, of which
 * nobody is told and which no audit covers, are for the kernel alone.
 */
export type BranchAccess = (branch: string, service: string) => boolean;

export function branchAccess({ hooks, branches }: Policy): BranchAccess {
  if (!hooks.includes("policy")) return () => true;
  const access = accessOf(branches.map((rule) => ({ isNamed: matcher(rule.branches), ...rule })));
  return (branch, service) => (isOwnBranch(branch) ? service === OWN_SERVICE : access(branch, service));
}

/** Who may write where, who owns what, and what texts must not hold. A finding never repeats the text. */
export function checkPolicy(policy: Policy): Hook {
  const { owners } = policy;
  const pii = policy.pii.map((rule) => ({ ...rule, sought: expression(rule.pattern) }));
  const mayWrite = branchAccess(policy);
  const owning = ownerCheck(owners);
  const looking = pii.map(documentCheck);
  return {
    name: "policy",
    inspect: ({ branch, service, message }) => [
      ...(mayWrite(branch, service) ? [] : [notForYou("branch", service)]),
      ...pii
        .filter((rule) => rule.messages && rule.sought.test(message))
        .map((rule) => mustNotHold("message", rule)),
    ],
    inspectChange: (change, proposed) => [
      ...owning(change, proposed),
      ...looking.flatMap((lookInto) => lookInto(change)),
    ],
  };
}

type Owners = Policy["owners"];
type PiiRule = Policy["pii"][number] & { readonly sought: Expression };

function ownerCheck(rules: Owners): (change: ProposedChange, proposed: Proposed) => Finding[] {
  if (rules.length === 0) return () => [];
  const byType = accessOf(rules.map((rule) => ({ isNamed: matcher(rule.types), ...rule })));
  const byId = accessOf(rules.map((rule) => ({ isNamed: matcher(rule.ids), ...rule })));
  return ({ field, id, before, after }, { service }) => {
    const types = [before?.type, after?.type].filter((type) => type !== undefined);
    const open = byId(id, service) && types.every((type) => byType(type, service));
    return open ? [] : [notForYou(field, service)];
  };
}

function documentCheck(rule: PiiRule): (change: ProposedChange) => Finding[] {
  const isLookedInto = matcher(rule.types);
  return (change) => {
    if (!change.after || !isLookedInto(change.after.type)) return [];
    const texts =
      rule.fields.length === 0
        ? textsIn(change.value)
        : rule.fields.flatMap((field) => textsAt(change.value, field));
    return texts
      .filter(({ text }) => rule.sought.test(text))
      .map(({ pointer }) => mustNotHold(`${change.field}.body${pointer}`, rule));
  };
}

function mustNotHold(field: string, { name }: PiiRule): Finding {
  return { field, message: `must not hold ${name}` };
}

function notForYou(field: string, service: string): Finding {
  return { field, message: `is not for ${service} to write` };
}

type Rule = { readonly isNamed: (name: string) => boolean; readonly services: readonly string[] };

/** Whether a service may write what has this name. */
function accessOf(rules: readonly Rule[]): (name: string, service: string) => boolean {
  return (name, service) => {
    const naming = rules.filter(({ isNamed }) => isNamed(name));
    return naming.length === 0 || naming.some(({ services }) => services.includes(service));
  };
}
