/**
 * Lets one after the other do what only one can do at a time anyway: writers of one head. It saves tries that would
 * lose; the fence in the data is what keeps writers apart, those of other processes too.
 */
export type Turns = <R>(name: string, turn: () => Promise<R>) => Promise<R>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (name, turn) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(turn, turn);
    const settled = mine.then(
      () => {},
      () => {},
    );
    last.set(name, settled);
    void settled.then(() => {
      if (last.get(name) === settled) last.delete(name);
    });
    return mine;
  };
}
