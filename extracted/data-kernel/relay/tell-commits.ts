import type { Committed, Store } from "../store/port.ts";

/** `store`, which tells of every branch that a commit was stored on. */
export function tellCommits(store: Store, tell: (branch: string) => void): Store {
  const told = async (making: Promise<Committed>): Promise<Committed> => {
    const made = await making;
    if (made.commit && !made.repeated) tell(made.commit.branch);
    return made;
  };
  return {
    ...store,
    commit: (request) => told(store.commit(request)),
    stage(mode) {
      const staging = store.stage(mode);
      return { ...staging, commit: (terms) => told(staging.commit(terms)) };
    },
  };
}
