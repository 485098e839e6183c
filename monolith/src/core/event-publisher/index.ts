import { strangle } from "@oms/proxy/strangle.ts";
import { strangler } from "../../strangler.ts";
import { openDoor } from "./door.ts";
import { keepInOutbox } from "./keep.ts";
import { counted } from "./metrics.ts";
import { migration } from "./migration.ts";
import type { Events } from "./port.ts";
import { configured } from "./sides.ts";

const door = openDoor({
  publisher: strangle(migration, strangler),
  env: () => configured().env,
  commit: keepInOutbox,
});

/** Publishing for all of OMS; each call goes where the flag `oms.events` sends its author's. */
export const events: Events = counted(door, (...told) => configured().metrics?.answered(...told));
