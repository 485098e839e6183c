import type { Deliveries } from "./deliveries.ts";
import type { Parking } from "./parking.ts";
import { Overtaken, type Sink } from "./sink.ts";

type Parked = { readonly sink: Sink; readonly parking: Parking; readonly deliveries: Deliveries };
type Spot = { readonly sequence: number; readonly n: number };

/** Delivers a parked entry; when that fails it stays, and says why. Overtaken: it was not tried. */
export async function replay({ sink, parking, deliveries }: Parked, spot: Spot): Promise<void> {
  try {
    const entry = await parking.entry(sink, spot);
    const failure = await deliveries.attempt([entry], "parked");
    if (failure) throw failure;
    await parking.remove(spot);
  } catch (error) {
    if (error instanceof Overtaken) throw error;
    await parking.failed(spot, error instanceof Error ? error.message : String(error));
  }
}

/** What waits behind nothing any more goes out. */
export async function drain(parked: Parked): Promise<void> {
  const { parking } = parked;
  for (let freed = parking.freed(); freed.length > 0; freed = parking.freed())
    for (const spot of freed) await replay(parked, spot);
}
