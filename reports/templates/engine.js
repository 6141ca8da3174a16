// Runs of the model in the page: the equations of LATECOMER_MODEL, stepped as `latecomer run` steps them.
const LatecomerEngine = (() => {
"use strict";

// the classical Runge-Kutta scheme: rates at the begin, twice in the middle, at the end of a step
function rungeKutta(model, bank, rows, steps, dt, saved) {
  const size = bank.y.length, whole = new Float64Array(size), k = [0, 1, 2, 3].map(() => new Float64Array(size));
  const rate = (row, y, out) =>
    model.derivatives(row[0], y, bank.p, bank.c, bank.f, row[1], bank.tables, out);
  let y = bank.y;
  for (let i = 0; i < steps; i++) {
    rate(rows[2 * i], y, k[0]);
    for (let j = 0; j < size; j++) whole[j] = y[j] + 0.5 * dt * k[0][j];
    rate(rows[2 * i + 1], whole, k[1]);
    for (let j = 0; j < size; j++) whole[j] = y[j] + 0.5 * dt * k[1][j];
    rate(rows[2 * i + 1], whole, k[2]);
    for (let j = 0; j < size; j++) whole[j] = y[j] + dt * k[2][j];
    rate(rows[2 * i + 2], whole, k[3]);
    const next = new Float64Array(size);
    for (let j = 0; j < size; j++)
      next[j] = y[j] + dt * ((k[0][j] + k[3][j]) / 6 + (k[1][j] + k[2][j]) / 3);
    y = next;
    saved(i + 1, y);
  }
}

// a lever's table with one level from a year on: complete in its first year, begun the year before
function changedLever(table, change, start) {
  const first = Math.max(change.year, start + 1), before = read(table, first - 1);
  const years = table[0].filter((year) => year < first - 1);
  return [[...years, first - 1, first], [...table[1].slice(0, years.length), before, change.level]];
}

// a table at a year: linear between points, constant beyond its ends
function read([years, values], year) {
  const last = years.length - 1;
  if (year <= years[0]) return values[0];
  if (year >= years[last]) return values[last];
  let k = 0;
  while (years[k + 1] <= year) k++;
  return values[k] + (values[k + 1] - values[k]) / (years[k + 1] - years[k]) * (year - years[k]);
}

function unpacked(table) {
  // an even grid is told by its first point and its step
  const [x, y] = table;
  return [x.length === y.length ? x : y.map((_, i) => x[0] + i * x[1]), y];
}

function create(payload, model) {
  const names = payload.names, place = new Map(names.tables.map((name, i) => [name, i]));
  const tables = payload.tables.map(unpacked);
  const words = new Map(payload.variables.map((one) => [one.name, one]));
  const known = Object.fromEntries(payload.countries.map((one) => [one.iso3, one]));

  const caseOf = (country, scenario) => {
    const found = payload.cases[country] && payload.cases[country][scenario];
    if (!found) throw new RangeError(`no case '${scenario}' of '${country}'`);
    return found;
  };
  const tablesOf = (country, scenario) => {
    const base = payload.bases[country].slice(), changed = caseOf(country, scenario).tables;
    for (const at of Object.keys(changed)) base[at] = changed[at];
    return base.map((at) => tables[at]);
  };
  const constantsOf = (country, scenario) => {
    const p = Float64Array.from(payload.constants[country]), changed = caseOf(country, scenario).constants;
    for (const at of Object.keys(changed)) p[at] = changed[at];
    return p;
  };
  const leverPlace = (name) => {
    const at = place.get(`${name} table`);
    if (at === undefined || !payload.levers.some((one) => one.name === name))
      throw new RangeError(`no lever '${name}'`);
    return at;
  };

  function prepared(request) {
    const {country, scenario, last, levers = {}} = request, start = known[country].first;
    const points = tablesOf(country, scenario);
    for (const [name, change] of Object.entries(levers)) {
      const at = leverPlace(name);
      points[at] = changedLever(points[at], change, start);
    }
    const p = constantsOf(country, scenario), dt = payload.step;
    const c = [start, last, dt, payload.saving], f = new Float64Array(names.fixed.length);
    model.fixed(p, c, points, f);
    const steps = Math.round((last - start) / dt), rows = [], d = [];
    for (let i = 0; i <= 2 * steps; i++) {
      const t = start + (i / 2) * dt, now = new Float64Array(names.timed.length);
      model.timed(t, p, c, f, points, now);
      d.push(now);
      rows.push([t, Float64Array.from(model.drivers, (at) => now[at])]);
    }
    const y = new Float64Array(names.states.length);
    model.initial(start, p, c, f, d[0], points, y);
    return {bank: {p, c, f, y, tables: points}, rows, d, steps, dt, start};
  }

  function simulate(request) {
    const {bank, rows, d, steps, dt, start} = prepared(request);
    const stride = Math.round(payload.saving / dt), count = Math.floor(steps / stride) + 1;
    const states = [bank.y];
    rungeKutta(model, bank, rows, steps, dt, (i, y) => { if (i % stride === 0) states.push(y); });
    const time = Float64Array.from({length: count}, (_, i) => start + i * stride * dt);
    const found = states.map((y, i) => {
      const out = new Float64Array(names.auxiliaries.length);
      model.auxiliaries(time[i], y, bank.p, bank.c, bank.f, d[2 * i * stride], bank.tables, out);
      return out;
    });
    const column = (rowsOf, at) => Float64Array.from({length: count}, (_, i) => rowsOf[i][at]);
    const columns = [
      [names.constants, (at) => new Float64Array(count).fill(bank.p[at])],
      [names.fixed, (at) => new Float64Array(count).fill(bank.f[at])],
      [names.timed, (at) => Float64Array.from({length: count}, (_, i) => d[2 * i * stride][at])],
      [names.states, (at) => column(states, at)],
      [names.auxiliaries, (at) => column(found, at)],
    ];
    const values = (name) => {
      for (const [held, of] of columns) {
        const at = held.indexOf(name);
        if (at >= 0) return of(at);
      }
      throw new RangeError(`no variable '${name}'`);
    };
    return {time, values, stopped: stopped(time, states, found)};
  }

  // the first year in which a number is no longer finite
  function stopped(time, states, found) {
    for (let i = 0; i < time.length; i++)
      for (const [held, row] of [[names.states, states[i]], [names.auxiliaries, found[i]]])
        for (let j = 0; j < row.length; j++)
          if (!Number.isFinite(row[j]) && words.has(held[j]))
            return {year: time[i], words: `'${held[j]}' has no finite value from ${time[i]} on`};
    return null;
  }

  return {
    countries: payload.countries,
    levers: payload.levers,
    presets: payload.presets,
    variables: payload.variables,
    horizon: payload.horizon,
    lever: (country, scenario, name, year) => read(tablesOf(country, scenario)[leverPlace(name)], year),
    figures: (country) => payload.figures[country] || [],
    simulate,
  };
}

return {create};
})();
