// What a reader has set on the live page: a plain object, its link, its scenario file, and the steps back and forth.
// No function here touches the page.
const LatecomerState = (() => {
  "use strict";
  const BASELINE = "baseline";
  const OWN = "live page";
  const FIELDS = ["live", "country", "scenario", "start", "last", "show"];
  const LEVER = "lever.";

  const countryOf = (engine, iso3) => engine.countries.find((one) => one.iso3 === iso3);
  const presetOf = (engine, name) => engine.presets.find((one) => one.name === name);
  const presetsOf = (engine, iso3) => engine.presets.filter((one) => one.countries.includes(iso3));
  const within = (value, least, most) => Math.max(least, Math.min(most, value));

  // A change never reaches the first year of a run, which is history.
  const firstStart = (country) => country.first + 1;

  // The record as it was played, with changes from about ten years after its beginning.
  const pastYears = (engine, country) => {
    const last = Math.min(country.last, engine.horizon);
    return { start: within(Math.ceil((country.first + 5) / 10) * 10, firstStart(country), last), last };
  };

  const initial = (engine, show) => {
    const country = engine.countries[0];
    return { country: country.iso3, scenario: BASELINE, ...pastYears(engine, country), levers: {}, show };
  };

  const isBase = (state) => state.scenario === BASELINE && Object.keys(state.levers).length === 0;

  const withLever = (state, name, level) => {
    const levers = { ...state.levers };
    delete levers[name];
    if (level !== null) levers[name] = level;
    return { ...state, levers };
  };

  const withYears = (engine, state, start, last) => {
    const country = countryOf(engine, state.country);
    const end = within(last, firstStart(country), engine.horizon);
    return { ...state, last: end, start: within(start, firstStart(country), end) };
  };

  const withCountry = (engine, state, iso3) => {
    const old = countryOf(engine, state.country);
    const next = countryOf(engine, iso3);
    const last = state.last === old.last ? next.last : state.last;
    const known = presetOf(engine, state.scenario).countries.includes(iso3);
    const moved = { ...state, country: iso3, scenario: known ? state.scenario : BASELINE };
    return withYears(engine, moved, state.start, last);
  };

  const withScenario = (engine, state, name) => {
    const { horizon } = presetOf(engine, name);
    const last = name === BASELINE ? state.last : Math.max(state.last, horizon || state.last);
    return withYears(engine, { ...state, scenario: name }, state.start, last);
  };

  const toFragment = (state) => {
    const pairs = FIELDS.map((name) => [name, name === "live" ? "1" : String(state[name])]);
    for (const name of Object.keys(state.levers).sort()) pairs.push([LEVER + name, String(state.levers[name])]);
    return new URLSearchParams(pairs).toString();
  };

  const isOurs = (fragment) => fragment.startsWith("live=");
  const short = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
  const year = (text) => (/^\d{4}$/.test(text) ? Number(text) : NaN);
  const level = (text) => (/^(0|1|0?\.\d{1,17}|1\.0+)$/.test(text) ? Number(text) : NaN);

  // {state} or {fault}: a link is taken whole or not at all, and nothing of it is ever run.
  const fromFragment = (engine, fragment) => {
    const given = new Map();
    for (const [name, value] of new URLSearchParams(fragment)) {
      if (given.has(name)) return { fault: `'${short(name)}' stands in it twice` };
      given.set(name, value);
    }
    const missing = FIELDS.find((name) => !given.has(name));
    if (missing) return { fault: `it has no '${missing}'` };
    if (given.get("live") !== "1") return { fault: "it was made by another version of this page" };
    const country = countryOf(engine, given.get("country"));
    if (!country) return { fault: `the country '${short(given.get("country"))}' is not on this page` };
    const scenario = given.get("scenario");
    if (!presetsOf(engine, country.iso3).some((one) => one.name === scenario)) {
      return { fault: `${country.name} has no scenario '${short(scenario)}' on this page` };
    }
    const [start, last] = [year(given.get("start")), year(given.get("last"))];
    if (!(firstStart(country) <= start && start <= last && last <= engine.horizon)) {
      return { fault: `its years are not between ${firstStart(country)} and ${engine.horizon}, in order` };
    }
    const show = given.get("show");
    if (!engine.variables.some((one) => one.name === show)) return { fault: `the model has no '${short(show)}'` };
    const levers = leversFrom(engine, given);
    if (levers.fault) return levers;
    return { state: { country: country.iso3, scenario, start, last, levers: levers.levels, show } };
  };

  const leversFrom = (engine, given) => {
    const levels = {};
    for (const [key, text] of given) {
      if (FIELDS.includes(key)) continue;
      const name = key.startsWith(LEVER) ? key.slice(LEVER.length) : "";
      if (!engine.levers.some((one) => one.name === name)) return { fault: `there is no policy '${short(key)}'` };
      const value = level(text);
      if (Number.isNaN(value)) return { fault: `the level of '${name}' is not a number from 0 to 1` };
      levels[name] = value;
    }
    return { levels };
  };

  const quoted = (text) => JSON.stringify(text);

  // The changes as an override of a scenario file; on the baseline as a whole file.
  const toToml = (engine, state) => {
    const country = countryOf(engine, state.country);
    // a horizon before the record ends is refused; the years of the run are then asked for
    const horizon = Math.max(state.last, country.last);
    const years = horizon > state.last ? ` --years ${country.first}:${state.last}` : "";
    const command = `latecomer run ${state.country} --scenario live-page${years}`;
    const lines = state.scenario === BASELINE
      ? [
        `# Save as runs/scenarios/live-page.toml, then: ${command}`,
        `note = ${quoted(`Set by hand on the live page for ${country.name}`)}`,
        `overrides = [${quoted(OWN)}]`,
      ]
      : [
        `# Copy runs/scenarios/${state.scenario}.toml to live-page.toml beside it, write ${quoted(OWN)} as the last of`,
        `# its overrides, and add these lines; then: ${command}`,
      ];
    lines.push("", `[override.${quoted(OWN)}]`);
    lines.push(`note = ${quoted(`Policies moved on the live page, in force from ${state.start}`)}`);
    lines.push(`source = ${quoted("judgement: set by hand on the live page")}`);
    lines.push(`horizon = ${horizon}`, `countries = [${quoted(state.country)}]`);
    for (const lever of Object.keys(state.levers).sort()) {
      lines.push(`levers.${quoted(lever)} = ${leverToml(engine, state, lever)}`);
    }
    return `${lines.join("\n")}\n`;
  };

  // One level from a year on. Where the scenario has moved the lever before, its way there stands in regimes: of two
  // overrides of a lever the last counts alone.
  const leverToml = (engine, state, lever) => {
    const own = { year: state.start, level: state.levers[lever] };
    const at = (scenario, year) => engine.lever(state.country, scenario, lever, year);
    const way = [];
    for (let year = firstStart(countryOf(engine, state.country)); year < state.start; year += 1) {
      const moved = at(state.scenario, year) !== at(BASELINE, year);
      if (way.length || moved) way.push({ year, level: at(state.scenario, year) });
    }
    const straight = (k) => k > 0 && k < way.length - 1 && way[k].level === way[k - 1].level && way[k].level === way[k + 1].level;
    const kept = way.filter((_, k) => !straight(k));
    const written = (one) => `{year = ${one.year}, level = ${decimal(one.level)}}`;
    return way.length ? `{regimes = [${[...kept, own].map(written).join(", ")}]}` : written(own);
  };

  // TOML tells 1 from 1.0, and a level is a number with a point.
  const decimal = (value) => (Number.isInteger(value) ? `${value}.0` : String(value));

  // Steps back and forth. Two settings with the same key in a row are one step: a slider being dragged.
  const steps = (first) => {
    const past = [];
    const future = [];
    let now = first;
    let lastKey = null;
    const same = (a, b) => toFragment(a) === toFragment(b);
    return {
      get now() { return now; },
      get canUndo() { return past.length > 0; },
      get canRedo() { return future.length > 0; },
      set(next, key) {
        if (same(next, now)) return;
        if (key === null || key !== lastKey) past.push(now);
        future.length = 0;
        now = next;
        lastKey = key;
      },
      undo() {
        if (!past.length) return false;
        future.push(now);
        now = past.pop();
        lastKey = null;
        return true;
      },
      redo() {
        if (!future.length) return false;
        past.push(now);
        now = future.pop();
        lastKey = null;
        return true;
      },
    };
  };

  return {
    BASELINE, countryOf, presetOf, presetsOf, firstStart, pastYears, initial, isBase, withLever, withYears, withCountry,
    withScenario, toFragment, isOurs, fromFragment, toToml, steps,
  };
})();
