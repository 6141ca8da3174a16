// The live page: controls, charts and words. It simulates at most once a frame, and writes text as text only.
(() => {
  "use strict";
  const { chart, number } = LatecomerCharts;
  const { get, read, make, note, showTip, hideTip, whatButton } = LatecomerDom;
  const { amount, difference, capital, meaning, plain } = LatecomerWords;
  const State = LatecomerState;
  const settings = read("settings");
  let engine;
  try {
    engine = LatecomerEngine.create(read("data"), LATECOMER_MODEL);
  } catch (error) {
    note(`The live model could not start: ${error.message}`);
    return;
  }
  const variables = new Map(engine.variables.map((one) => [one.name, one]));
  const outcomes = (() => {
    const known = settings.outcomes.filter((one) => variables.has(one.name));
    if (known.length) return known;
    return engine.variables.filter((one) => one.kind === "stock").slice(0, 8).map((one) => described(one.name));
  })();

  function described(name) {
    const known = settings.outcomes.find((one) => one.name === name);
    const { unit } = variables.get(name);
    return known || { name, title: capital(name), unit: unit || "pure number", times: 1, made_of: [] };
  }

  // ---- the state and its runs

  const start = State.initial(engine, variables.has(settings.show) ? settings.show : engine.variables[0].name);
  const steps = State.steps(start);
  let held = false;
  let move = 0;
  let due = false;
  const bases = new Map();

  const apply = (next, key = null) => {
    steps.set(next, key === null ? null : `${key} ${move}`);
    note("");
    refresh();
  };
  const refresh = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      show(steps.now);
    });
  };

  const simulate = (state, scenario, levers) => {
    const asked = {};
    for (const [name, level] of Object.entries(levers)) asked[name] = { year: state.start, level };
    const run = engine.simulate({ country: state.country, scenario, last: state.last, levers: asked });
    const kept = new Map();
    const values = (name) => {
      if (!kept.has(name)) kept.set(name, run.values(name));
      return kept.get(name);
    };
    return { time: run.time, stopped: run.stopped, values };
  };
  const levels = new Map();
  const levelOf = (state, name, year) => {
    const key = `${state.country} ${state.scenario} ${name} ${year}`;
    if (!levels.has(key)) {
      if (levels.size > 20000) levels.clear();
      levels.set(key, engine.lever(state.country, state.scenario, name, year));
    }
    return levels.get(key);
  };
  const baseOf = (state) => {
    const key = `${state.country} ${state.last}`;
    if (!bases.has(key)) {
      if (bases.size > 40) bases.clear();
      bases.set(key, simulate(state, State.BASELINE, {}));
    }
    return bases.get(key);
  };
  const runsOf = (state) => {
    const base = baseOf(state);
    const changed = State.isBase(state) ? base : simulate(state, state.scenario, state.levers);
    const years = [];
    for (let year = State.countryOf(engine, state.country).first; year <= state.last; year += 1) years.push(year);
    return { base, changed, years };
  };

  // A variable of a run at each year, none after the run has stopped.
  const path = (run, name, years, times = 1) => {
    const values = run.values(name);
    const from = Math.round(run.time[0]);
    const until = run.stopped ? run.stopped.year : Infinity;
    return years.map((year) => {
      const value = values[year - from];
      return year < until && Number.isFinite(value) ? value * times : NaN;
    });
  };

  const figuresOf = (state, outcome, base, years) => {
    const all = engine.figures(state.country);
    const own = all.filter((one) => one.variable === outcome.name && one.years.length);
    const best = own.find((one) => one.series.includes("one denominator")) || own[0];
    if (best) return { years: best.years, values: best.values.map((value) => value * outcome.times) };
    const parts = outcome.made_of.map(([name, power]) => {
      const found = all.find((one) => one.variable === name);
      const driver = found ? null : path(base, name, years);
      const at = (year) => (found ? found.values[found.years.indexOf(year)] : driver[years.indexOf(year)]);
      return { found, at, power };
    });
    const lead = parts.find((one) => one.found);
    if (!lead) return { years: [], values: [] };
    const value = (year) => parts.reduce((made, one) => made * (one.at(year) ?? NaN) ** one.power, outcome.times);
    const kept = lead.found.years.filter((year) => Number.isFinite(value(year)));
    return { years: kept, values: kept.map(value) };
  };

  // The last year of which there is any figure.
  const recordEnd = (iso3) => Math.max(State.countryOf(engine, iso3).last, ...engine.figures(iso3).map((one) => one.years[one.years.length - 1]));

  const { sentence, inShort } = LatecomerWords.sentences({ engine, settings, variables, outcomes, path });

  // ---- charts

  const card = (outcomeOf, picker = null) => {
    const drawn = chart();
    const heading = make("h3");
    const unit = make("p", { class: "unit" });
    const end = make("p", { class: "live-end" });
    const what = whatButton(() => meaning(variables.get(outcomeOf().name)));
    const head = make("div", { class: "live-head" }, heading, what);
    const figure = make("figure", { class: `card${picker ? " live-pick" : ""}` }, head, ...(picker ? [picker] : []), unit, drawn.svg, end);
    let at = null;
    const tell = (k, x, y) => {
      const { years, base, changed, figures } = drawn.data;
      at = k;
      drawn.read(k);
      const found = figures.years.indexOf(years[k]);
      const rows = [`${years[k]}`, `baseline  ${number(base[k], 4)}`, `with your changes  ${number(changed[k], 4)}`];
      if (found >= 0) rows.push(`figure on record  ${number(figures.values[found], 4)}`);
      rows.push(`in ${outcomeOf().unit}`);
      showTip(rows.join("\n"), x, y);
      return rows;
    };
    const leave = () => { at = null; drawn.read(null); hideTip(); };
    for (const kind of ["pointermove", "pointerdown"]) {
      drawn.svg.addEventListener(kind, (event) => tell(drawn.nearest(event.clientX), event.clientX, event.clientY));
    }
    for (const kind of ["pointerleave", "blur"]) drawn.svg.addEventListener(kind, leave);
    drawn.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const many = drawn.data.years.length;
      const from = at === null ? (step < 0 ? many : -1) : at;
      const frame = drawn.svg.getBoundingClientRect();
      const k = Math.max(0, Math.min(many - 1, from + step));
      announce(tell(k, frame.left + frame.width / 2, frame.top + 20).join(", "), 0);
    });
    const update = (state, runs) => {
      const outcome = outcomeOf();
      const base = path(runs.base, outcome.name, runs.years, outcome.times);
      const changed = runs.changed === runs.base ? base : path(runs.changed, outcome.name, runs.years, outcome.times);
      heading.textContent = picker ? "Any other variable" : outcome.title;
      what.setAttribute("aria-label", `What is ${outcome.title.toLowerCase()}?`);
      unit.textContent = outcome.unit;
      drawn.draw({
        years: runs.years, base, changed, figures: figuresOf(state, outcome, runs.base, runs.years),
        start: Object.keys(state.levers).length ? state.start : null, record: recordEnd(state.country),
        level: outcome.level ?? null, ends: outcome.ends, levelWords: outcome.level_words, stopped: runs.changed.stopped,
      });
      const k = runs.years.length - 1;
      const [gap, share] = difference(outcome, base[k], changed[k]);
      const [a, b] = [amount(outcome, base[k]), amount(outcome, changed[k])];
      const said = `${state.last}: baseline ${a}, with your changes ${b}, difference ${gap}${share ? ` (${share})` : ""}`;
      drawn.svg.setAttribute("aria-label", `${outcome.title}, ${outcome.unit}. ${said}. Arrow keys read the years.`);
      if (State.isBase(state)) end.replaceChildren(`${state.last}: ${a}`);
      else end.replaceChildren(`${state.last}: ${a} → `, make("b", {}, b), gap === "–" ? "" : ` (${share || gap})`);
    };
    return { figure, update };
  };

  const picker = make("input", { type: "text", list: "live-variables", "aria-label": "Variable to draw: type a part of its name", autocomplete: "off" });
  const cards = [...outcomes.map((one) => card(() => one)), card(() => described(steps.now.show), picker)];
  get("charts").append(...cards.map((one) => one.figure));
  cards[cards.length - 1].figure.append(make("datalist", { id: "live-variables" },
    ...engine.variables.map((one) => make("option", { value: one.name }))));
  picker.addEventListener("focus", () => picker.select());
  picker.addEventListener("change", () => {
    const name = picker.value.trim().toLowerCase();
    const names = engine.variables.map((one) => one.name);
    const found = names.find((one) => one.toLowerCase() === name) || (name && names.find((one) => one.toLowerCase().includes(name)));
    if (found) apply({ ...steps.now, show: found });
    else note(`The model has no variable “${picker.value}”. Type a part of a name and choose one of the list.`);
    picker.value = found || steps.now.show;
  });

  // ---- the table

  const rows = [...outcomes, null].map((one) => {
    const cells = [make("th", { scope: "row" }), make("td"), make("td"), make("td")];
    const row = make("tr", {}, ...cells);
    get("rows").append(row);
    return (state, { base, changed, years }) => {
      // the variable that the reader chose stands last, unless it stands there already
      row.hidden = !one && outcomes.some((other) => other.name === state.show);
      const outcome = one || described(state.show);
      const at = years.length - 1;
      const [a, b] = [base, changed].map((run) => path(run, outcome.name, years, outcome.times)[at]);
      const [gap, share] = difference(outcome, a, b);
      cells[0].replaceChildren(outcome.title, make("small", {}, outcome.unit));
      cells[1].textContent = amount(outcome, a);
      cells[2].textContent = amount(outcome, b);
      cells[3].replaceChildren(gap, ...(share ? [make("small", {}, ` (${share})`)] : []));
    };
  });

  const groups = LatecomerLevers.groups(engine, settings, { now: () => steps.now, set: apply, levelOf });
  get("groups").append(...groups.map((one) => one.box));
  if (groups.length) groups[0].box.open = true;

  // ---- country, scenario, years, steps

  const fill = (select, entries, chosen) => {
    const now = [...select.options].map((one) => `${one.value} ${one.text}`).join();
    if (now !== entries.map(([value, text]) => `${value} ${text}`).join()) {
      select.replaceChildren(...entries.map(([value, text]) => make("option", { value }, text)));
    }
    select.value = chosen;
  };
  const changedYears = () => State.withYears(engine, steps.now, Number(get("start").value), Number(get("last").value));
  // the slider that is moved pushes the other before it
  const moveStart = () => {
    const from = Number(get("start").value);
    return State.withYears(engine, steps.now, from, Math.max(from, steps.now.last));
  };
  get("country").addEventListener("change", (event) => apply(State.withCountry(engine, steps.now, event.target.value)));
  get("scenario").addEventListener("change", (event) => apply(State.withScenario(engine, steps.now, event.target.value)));
  get("start").addEventListener("input", () => apply(moveStart(), "start"));
  get("last").addEventListener("input", () => apply(changedYears(), "last"));

  const past = (country) => State.pastYears(engine, country);
  const future = (country) => ({ start: Math.min(engine.horizon, 5 * Math.ceil((country.last + 1) / 5)), last: engine.horizon });
  const years = (of) => () => {
    const { start: from, last } = of(State.countryOf(engine, steps.now.country));
    apply(State.withYears(engine, steps.now, from, last));
  };
  get("past").addEventListener("click", years(past));
  get("future").addEventListener("click", years(future));

  const example = engine.levers[0];
  const exampleLevel = (state) => (levelOf(state, example.name, state.start) < 0.5 ? 1 : 0);
  if (example) {
    get("example").addEventListener("click", () => apply(State.withLever(steps.now, example.name, exampleLevel(steps.now))));
  } else get("example").hidden = true;

  const back = () => { if (steps.undo()) refresh(); };
  const forth = () => { if (steps.redo()) refresh(); };
  get("undo").addEventListener("click", back);
  get("redo").addEventListener("click", forth);
  get("reset").addEventListener("click", () => apply({ ...start, country: steps.now.country, ...past(State.countryOf(engine, steps.now.country)), show: steps.now.show }));

  const writing = (node) => node.matches?.("textarea, input[type='text'], [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      hideTip();
      note("");
    }
    if (event.target.matches?.("input[type='range']")) held = true;
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || writing(event.target)) return;
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) forth();
    else back();
  });
  // one drag, and one key held down, is one step
  const release = () => { held = false; move += 1; };
  document.addEventListener("keyup", release);
  get("app").addEventListener("change", () => { if (!held) move += 1; });
  get("app").addEventListener("focusout", release);

  get("note-close").addEventListener("click", () => note(""));

  // ---- taking it along

  const copied = async (text, what, rows_) => {
    get("copied").hidden = false;
    get("copied-text").value = text;
    get("copied-text").rows = rows_;
    try {
      await navigator.clipboard.writeText(text);
      get("copied-said").textContent = `Copied: ${what}`;
    } catch {
      get("copied-said").textContent = `To copy, press Ctrl+C: ${what}`;
      get("copied-text").focus();
      get("copied-text").select();
    }
    announce(get("copied-said").textContent, 0);
  };
  get("copy-link").addEventListener("click", () => {
    const fragment = State.toFragment(steps.now);
    history.replaceState(null, "", `#${fragment}`);
    copied(`${location.href.split("#")[0]}#${fragment}`, "a link to this page as it stands", 3);
  });
  get("copy-file").addEventListener("click", () => {
    copied(State.toToml(engine, steps.now), "a scenario file that repeats it", 11);
  });

  const restore = () => {
    const fragment = location.hash.slice(1);
    if (!fragment || document.getElementById(fragment)) return;
    const found = State.isOurs(fragment) ? State.fromFragment(engine, fragment) : { fault: "it is not one of this page" };
    if (found.state) apply(found.state);
    else note(`The link was not followed: ${found.fault}. The page stands as it was.`);
  };
  window.addEventListener("hashchange", restore);

  // ---- all of it

  let waiting = null;
  const announce = (words, after = 600) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { get("announce").textContent = words; }, after);
  };

  const showControls = (state) => {
    const country = State.countryOf(engine, state.country);
    const scenario = State.presetOf(engine, state.scenario);
    fill(get("country"), engine.countries.map((one) => [one.iso3, one.name]), state.country);
    fill(get("scenario"), State.presetsOf(engine, state.country).map((one) => [one.name, one.name === State.BASELINE ? "The record (baseline)" : one.title]), state.scenario);
    get("scenario-note").textContent = plain(scenario.note);
    for (const [name, least, value] of [["start", State.firstStart(country), state.start], ["last", State.firstStart(country), state.last]]) {
      const input = get(name);
      Object.assign(input, { min: least, max: engine.horizon });
      input.value = value;
      input.setAttribute("aria-valuetext", String(value));
      get(`${name}-said`).textContent = value;
    }
    const [then, ahead] = [past(country), future(country)];
    get("past").textContent = `Past: ${then.start}–${then.last}`;
    get("future").textContent = `Ahead: ${ahead.start}–${ahead.last}`;
    get("future").hidden = ahead.start >= ahead.last;
    if (example) get("example").textContent = `Show me: ${example.name} at ${exampleLevel(state)}`;
    get("undo").setAttribute("aria-disabled", String(!steps.canUndo));
    get("redo").setAttribute("aria-disabled", String(!steps.canRedo));
    get("legend-ahead").hidden = state.last <= recordEnd(state.country);
    if (document.activeElement !== picker) picker.value = state.show;
    for (const one of groups) one.update(state);
  };

  const show = (state) => {
    showControls(state);
    let runs;
    try {
      runs = runsOf(state);
    } catch (error) {
      note(`The model could not run: ${error.message}`);
      return;
    }
    for (const one of cards) one.update(state, runs);
    for (const one of rows) one(state, runs);
    const said = sentence(state, runs);
    get("table-caption").textContent = `${State.countryOf(engine, state.country).name} in ${state.last}, the last year shown`;
    get("result").textContent = said;
    get("strip").textContent = State.isBase(state) ? "" : inShort(state, runs);
    announce(said);
  };

  get("app").hidden = false;
  restore();
  show(steps.now);
})();
