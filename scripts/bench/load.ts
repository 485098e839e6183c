import { setTimeout as wait } from "node:timers/promises";

/** One call of client number `client`; the answer is its own affair. */
export type Call = (client: number) => Promise<unknown>;

/** Milliseconds each call took, and how long all of it took, in seconds. */
export type Load = { readonly latencies: readonly number[]; readonly seconds: number };

/** `clients` call again as soon as they are answered, until `seconds` are over; the last calls are waited for. */
export async function closedLoop(clients: number, seconds: number, call: Call): Promise<Load> {
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const client = async (number: number) => {
    while (performance.now() < end) {
      const sent = performance.now();
      await call(number);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return { latencies, seconds: (performance.now() - began) / 1000 };
}

export type Arrivals = {
  readonly perSecond: number;
  readonly seconds: number;
  readonly random: () => number;
};

/**
 * Calls come as they do from many who know nothing of each other, at random with a steady mean. A call's time counts
 * from when it was due: one that cannot even be sent in time is late too.
 */
export async function openLoop({ perSecond, seconds, random }: Arrivals, call: Call): Promise<Load> {
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const began = performance.now();
  let due = began;
  for (let number = 0; due < began + seconds * 1000; number++) {
    const arrival = due;
    const early = arrival - performance.now();
    if (early > 0) await wait(early);
    const timed = async () => {
      await call(number);
      latencies.push(performance.now() - arrival);
    };
    const answered = timed();
    // One that fails ends the load when all have begun, not the process before.
    answered.catch(() => {});
    running.push(answered);
    due += (-Math.log(1 - random()) / perSecond) * 1000;
  }
  await Promise.all(running);
  return { latencies, seconds: (performance.now() - began) / 1000 };
}
