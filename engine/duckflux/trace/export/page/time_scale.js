/** From times to places on the axis. Times in which nothing ran can be made short. Knows nothing of the page. */

const LEAST_GAP = 0.05;
const LEFT_OF_GAP = 0.02;

/** The times in which no step ran but a `wait`, if they are long: [{begin, end}], in order. */
function idleGaps(root) {
  const busy = [];
  for (const node of everyNode(root)) {
    if (node.step && !node.children.length && node.kind !== "wait" && node.status !== "skipped") busy.push(node);
  }
  busy.sort((one, other) => one.begin - other.begin);
  const least = Math.max(root.end * LEAST_GAP, 1);
  const gaps = [];
  let idleFrom = 0;
  for (const { begin, end } of [...busy, { begin: root.end, end: root.end }]) {
    if (begin - idleFrom >= least) gaps.push({ begin: idleFrom, end: begin });
    idleFrom = Math.max(idleFrom, end);
  }
  return gaps;
}

/**
 * Shortens each gap to a part of the rest. `warp` is the place of a time, `unwarp` the time at a place; without gaps
 * they are the same.
 */
function timeScale(length, gaps) {
  const active = length - gaps.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const kept = Math.max(active, length * LEFT_OF_GAP) * LEFT_OF_GAP;
  const pieces = gaps.map(({ begin, end }) => ({ begin, end, kept: Math.min(kept, end - begin) }));
  const warp = (time) => {
    let place = time;
    for (const { begin, end, kept } of pieces) {
      if (time <= begin) break;
      const inside = Math.min(time, end) - begin;
      place -= inside * (1 - kept / (end - begin));
    }
    return place;
  };
  const unwarp = (place) => {
    let time = place;
    for (const { begin, end, kept } of pieces) {
      if (time <= begin) break;
      const inside = Math.min(time - begin, kept);
      time += inside * ((end - begin) / kept - 1);
    }
    return time;
  };
  return { warp, unwarp, gaps: pieces };
}

function gapsBetween(scale, begin, end) {
  return scale.gaps.filter((gap) => gap.end > begin && gap.begin < end);
}

/** Plain times between two places, about `count` of them; none inside a gap. */
function ticksBetween(scale, begin, end, count) {
  const step = plainStep(Math.max((scale.warp(end) - scale.warp(begin)) / count, 1));
  const ticks = [];
  let from = begin;
  for (const gap of [...gapsBetween(scale, begin, end), { begin: end + 1, end }]) {
    for (let at = Math.ceil(from / step) * step; at <= end && at < gap.begin; at += step) ticks.push(at);
    from = Math.max(from, gap.end);
  }
  return ticks;
}

/** The least duration of at least `rough` milliseconds by which people count. */
function plainStep(rough) {
  const unit = [UNITS.d, UNITS.h, UNITS.m, UNITS.s].find((size) => rough > size / 2) ?? 1;
  const counts = unit === UNITS.h ? [1, 2, 3, 6, 12, 24] : [UNITS.m, UNITS.s].includes(unit) ? [1, 2, 5, 10, 15, 30, 60] : [];
  const found = counts.find((factor) => factor * unit >= rough);
  if (found) return found * unit;
  const power = 10 ** Math.floor(Math.log10(rough / unit));
  return [1, 2, 5, 10].map((factor) => factor * Math.max(power, 1) * unit).find((size) => size >= rough);
}
