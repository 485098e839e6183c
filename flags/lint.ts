import type { ContextField, Definitions, Flag, Step, Strategy } from "./flag.ts";

/** One thing wrong with the data: where, and what it must be. */
export type Finding = { readonly flag: string; readonly message: string };

const NAME = /^oms\.[a-z]+$/;
const OWNER = /^[a-z][a-z-]*@[a-z][a-z-]*$/;
const WHOLE = 1000;

/** Everything wrong with the definitions; none means they may be pushed. */
export function lint(definitions: Definitions): Finding[] {
  return [
    ...namesOf(definitions),
    ...definitions.flags.flatMap((flag) =>
      [...identity(flag), ...everyoneIn(flag, definitions.contextFields), ...ladder(flag.ladder)].map(
        (message) => ({ flag: flag.name, message }),
      ),
    ),
  ];
}

function namesOf({ flags, retired }: Definitions): Finding[] {
  const seen = new Set<string>();
  return flags.flatMap(({ name }) => {
    const messages = [
      ...(seen.has(name) ? ["name is used twice"] : []),
      ...(retired.includes(name) ? ["name belonged to a deleted flag and must not be used again"] : []),
    ];
    seen.add(name);
    return messages.map((message) => ({ flag: name, message }));
  });
}

function identity({ name, description, owner }: Flag): string[] {
  return [
    ...(NAME.test(name) ? [] : ["name must be oms.<capability> in lower case"]),
    ...(description.trim() === "" ? ["description must say what the flag decides"] : []),
    ...(OWNER.test(owner) ? [] : ["owner must be a name@service"]),
  ];
}

function everyoneIn({ name, strategies }: Flag, fields: readonly ContextField[]): string[] {
  const [strategy, ...others] = strategies;
  if (!strategy || others.length > 0) return [`must have one strategy, not ${strategies.length}`];
  return [
    ...(strategy.title === "everyone" ? [] : ["the strategy's title must be everyone"]),
    ...(strategy.name === "flexibleRollout" ? [] : ["the strategy must be a flexibleRollout"]),
    ...(strategy.rollout === 100 ? [] : ["the strategy must let in 100 %: the share is the weight of live"]),
    ...stickiness(strategy, fields),
    ...jobs(name, strategy),
    ...weights(strategy),
  ];
}

function stickiness({ stickiness: by }: Strategy, fields: readonly ContextField[]): string[] {
  if (by === "default" || by === "random") return [`stickiness ${by} re-rolls callers: name a context field`];
  if (fields.some((field) => field.name === by && field.stickiness)) return [];
  return [`stickiness ${by} is no context field that allows stickiness`];
}

/** Who keeps a job's time must be told by the job alone: one that moved with its callers would have two owners. */
function jobs(name: string, { stickiness: by }: Strategy): string[] {
  if (name === "oms.scheduler") {
    return by === "jobId" ? [] : [`stickiness must be jobId, not ${by}: a job has one owner, whoever calls`];
  }
  return by === "jobId" ? ["stickiness jobId is the scheduler's: no other call is about a job"] : [];
}

function weights({ variants }: Strategy): string[] {
  const names = variants.map(({ name }) => name).join(", ");
  if (names === "complete") {
    return variants[0]?.weight === WHOLE ? [] : ["complete is only ever 100 %: its weight must be 1000"];
  }
  if (names !== "live, shadow") return [`variants must be live, shadow or complete alone, not ${names}`];
  const [live, shadow] = variants;
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  return [
    ...(live?.weightType === "fix" ? [] : ["the weight of live must be fixed: it is the number people edit"]),
    ...(shadow?.weightType === "variable" ? [] : ["the weight of shadow must be variable: it is the rest"]),
    ...(variants.every(({ weight }) => isShare(weight)) ? [] : ["weights must be whole, from 0 to 1000"]),
    ...(total === WHOLE ? [] : [`weights must sum to 1000, not ${total}`]),
  ];
}

function isShare(weight: number): boolean {
  return Number.isInteger(weight) && weight >= 0 && weight <= WHOLE;
}

const ORDER = ["shadow", "live", "complete"] as const;

function ladder(steps: readonly Step[]): string[] {
  const stages = steps.map(({ stage }) => stage);
  return [
    ...(stages[0] === "shadow" ? [] : ["the ladder must start in shadow"]),
    ...(stages.includes("live") ? [] : ["the ladder must pass through live"]),
    ...(stages.at(-1) === "complete" ? [] : ["the ladder must end in complete"]),
    ...steps
      .filter(({ planned }) => !isDay(planned))
      .map((step) => `${named(step)}: planned must be a YYYY-MM-DD`),
    ...steps.flatMap((step) => share(step)),
    ...steps.slice(1).flatMap((step, index) => climb(steps[index] as Step, step)),
  ];
}

function share(step: Step): string[] {
  if (step.stage !== "live") {
    return step.percent === 100 ? [] : [`${named(step)}: ${step.stage} is only ever 100 %`];
  }
  const fits = Number.isInteger(step.percent) && step.percent >= 1 && step.percent <= 100;
  return fits ? [] : [`${named(step)}: percent must be whole, from 1 to 100`];
}

function climb(from: Step, to: Step): string[] {
  const up = ORDER.indexOf(to.stage) - ORDER.indexOf(from.stage);
  const climbs = up > 0 || (up === 0 && to.stage === "live" && to.percent > from.percent);
  return [
    ...(climbs ? [] : [`${named(to)} must be above ${named(from)}`]),
    ...(to.planned >= from.planned ? [] : [`${named(to)} is planned before ${named(from)}`]),
  ];
}

function isDay(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function named({ stage, percent }: Step): string {
  return stage === "live" ? `live ${percent} %` : stage;
}
