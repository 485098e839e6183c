/** A side took longer than it was given. */
export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
}

/** What `run` resolves or rejects with, or a DeadlinePassed after `deadlineMs`; whatever it does later is dropped. */
export async function within<R>(deadlineMs: number, run: () => Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(`no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([run(), passed]);
  } finally {
    clearTimeout(timer);
  }
}
