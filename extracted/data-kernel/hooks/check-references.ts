import type { Finding, Hook, Look, ProposedChange } from "./hook.ts";

/** What a document refers to is there, and what others refer to stays. */
export const checkReferences: Hook = {
  name: "references",
  inspectChange: (change, _proposed, look) => (change.after ? dangling(change, look) : needed(change, look)),
};

function dangling(change: ProposedChange, look: Look): Finding[] {
  const schema = change.after && look.schemaOf(change.after.type);
  if (!schema?.hasReferences) return [];
  return schema
    .referencesIn(change.value)
    .filter(({ target }) => look.find(target) === undefined)
    .map(({ pointer, target }) => {
      return {
        field: `${change.field}.body${pointer}`,
        message: `refers to ${target}, which does not exist`,
      };
    });
}

function needed({ field, id }: ProposedChange, look: Look): Finding[] {
  const [referrer] = look.referrers(id, 1);
  return referrer === undefined ? [] : [{ field, message: `is referred to by ${referrer}` }];
}
