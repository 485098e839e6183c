import { Socket } from "node:net";
import { LIFELINE_FD } from "./messages.ts";

/*
 * Runs on a thread of its own in a child, so that one that loops notices as well: when the worker is gone, so is the
 * child.
 */
const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
const end = () => process.kill(process.pid, "SIGKILL");
lifeline.on("close", end).on("error", end).resume();
