// The functions of the model language, as latecomer/language/codegen/namespace.py has them.
const {abs, exp, log, sqrt, sin, cos, tan, sinh, cosh, tanh, trunc, floor} = Math;
const {asin: arcsin, acos: arccos, atan: arctan, min: minimum, max: maximum, pow: power} = Math;
// below this size Vensim takes a divisor for zero
const SMALL = 1e-6;
// half a step, less a hair: the middle of a step must not reach an event at its end by rounding
const LEAD = 0.5 * (1 - 1e-6);
const HAIR = 1e-6;

function interp(x, table) {
  const grid = table[0], values = table[1], last = grid.length - 1;
  if (!(x < grid[last])) return x === x ? values[last] : x;
  if (x < grid[0]) return values[0];
  let low = 0, high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (grid[middle] <= x) low = middle; else high = middle;
  }
  return values[low] + (values[high] - values[low]) / (grid[high] - grid[low]) * (x - grid[low]);
}

const log_to_base = (x, base) => log(x) / log(base);
const xidz = (a, b, otherwise) => abs(b) < SMALL ? otherwise : a / b;
const zidz = (a, b) => xidz(a, b, 0);
const safediv = (a, b, otherwise) => b === 0 ? otherwise : a / b;
const quantum = (x, size) => size < SMALL ? x : size * trunc(x / size);
const modulo = (x, size) => size >= SMALL ? x % size : NaN;
const mod = (x, size) => x < 0 ? NaN : modulo(x, size);
const within = (x, limit) => x > limit ? NaN : x;
const drained = (flow, stock, dt) => flow * dt < -stock ? -stock / dt : flow;
const unsigned = (stock) => stock < 0 ? SMALL : stock;
const lag = (time, dt) => time < dt * (1 - 1e-9) ? NaN : time;

const step = (t, dt, height, start) => t + LEAD * dt > start ? height : 0;
function pulse(t, dt, start, width) {
  const now = t + LEAD * dt;
  return now > start && now < start + maximum(width, dt) ? 1 : 0;
}
function pulse_train(t, dt, start, width, interval, end) {
  const now = t + LEAD * dt, since = now - start - interval * floor((now - start) / interval);
  const inside = now > start && since > 0 && since < maximum(width, dt);
  // programs differ on whether a pulse still holds at the end itself
  if (inside && abs(t - end) < HAIR * dt) return NaN;
  return inside && t < end ? 1 : 0;
}
const ramp = (t, dt, slope, start, finish) =>
  slope * maximum(0, (finish < start ? t : minimum(t, finish)) - start);
const step_at = (t, dt, height, start) => t + HAIR * dt >= start ? height : 0;
function pulse_of(t, dt, volume, first, interval) {
  let since = t + HAIR * dt - first;
  if (interval > 0) since -= interval * maximum(floor(since / interval), 0);
  return since >= 0 && since < dt ? volume / dt : 0;
}
