/** How often something happened in a number of trials. */
export type Count = { readonly hits: number; readonly trials: number };

/** Between these the rate lies. */
export type Bounds = { readonly lower: number; readonly upper: number };

/** Where the bets are placed: a Beta distribution around one in a hundred, where tolerances are. */
const BETA = { a: 0.5, b: 50 };
/** Halvings of an interval until it is narrower than a double can tell. */
const HALVINGS = 52;

/**
 * Bounds that hold at every moment at once, with probability 1 - alpha, however often and whenever one looks.
 *
 * For each rate p the wealth of a gambler who bets against p by a Beta mixture is a martingale if p is true; by
 * Ville's inequality it ever reaches 1 / alpha with probability at most alpha. The bounds are the rates it has not
 * reached it for. H. Robbins, "Statistical methods related to the law of the iterated logarithm" (1970); in its
 * modern form S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic
 * confidence sequences" (2021).
 */
export function rateBounds(count: Count, alpha: number): Bounds {
  const { hits, trials } = count;
  if (trials === 0) return { lower: 0, upper: 1 };
  const wealth = logWealth(count);
  const limit = -Math.log(alpha);
  const seen = hits / trials;
  const edge = (outside: number) => {
    let [inner, outer] = [seen, outside];
    for (let i = 0; i < HALVINGS; i += 1) {
      const middle = (inner + outer) / 2;
      if (wealth(middle) < limit) inner = middle;
      else outer = middle;
    }
    return outer;
  };
  return { lower: hits === 0 ? 0 : edge(0), upper: hits === trials ? 1 : edge(1) };
}

function logWealth({ hits, trials }: Count): (rate: number) => number {
  const misses = trials - hits;
  const mixture = logBeta(hits + BETA.a, misses + BETA.b) - logBeta(BETA.a, BETA.b);
  return (rate) => mixture - times(hits, Math.log(rate)) - times(misses, Math.log1p(-rate));
}

// Zero times the logarithm of zero is zero here: what never happened says nothing against its rate.
function times(count: number, log: number): number {
  return count === 0 ? 0 : count * log;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Below this the series is not exact to a double; the recurrence lifts the argument above it. */
const STIRLING_FROM = 10;

/** Stirling's series, NIST Digital Library of Mathematical Functions 5.11.1. */
function logGamma(x: number): number {
  if (x < STIRLING_FROM) return logGamma(x + 1) - Math.log(x);
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series;
}
