/** Tokens that models took, and what they cost. */

function shortNumber(number) {
  for (const [unit, size] of [["M", 1_000_000], ["k", 1_000]]) {
    if (number >= size) return (number / size).toFixed(1).replace(/\.0$/, "") + unit;
  }
  return String(number);
}

function usageText({ total, cost }) {
  const known = (value) => value !== null && value !== undefined;
  const parts = [known(total) && `${shortNumber(total)} tokens`, known(cost) && `$${cost.toFixed(2)}`];
  return parts.filter(Boolean).join(" · ");
}

/** The sum of what steps report; null if none does. */
function totalUsage(steps) {
  let found = null;
  const sum = (one, other) => (one === null ? other : other === null ? one : one + other);
  for (const { usage, reused } of steps) {
    if (!usage || reused) continue;
    found ??= { total: null, cost: null };
    found = { total: sum(found.total, usage.total), cost: sum(found.cost, usage.cost) };
  }
  return found;
}
