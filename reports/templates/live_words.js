// What the live page says: numbers as they are read, and sentences made from two runs.
const LatecomerWords = (() => {
  "use strict";
  const { exact, tenth } = LatecomerCharts;
  const State = LatecomerState;
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const fixed = (level) => level.toFixed(2);
  // rows of the mechanisms, such as (A3, N1), are for those who read the equations
  const plain = (note) => note.replace(/\s*\((?:[ABCN]\d(?:, )?)+\)/g, "").trim();

  const isShare = (outcome) => outcome.unit.startsWith("%");
  const amount = (outcome, value) => (isShare(outcome) ? tenth(value) : exact(value));
  const signed = (said, value) => (/[1-9]/.test(said) ? `${value > 0 ? "+" : "−"}${said}` : "0");
  const percent = (base, changed) => (100 * (changed - base)) / Math.abs(base);
  const rough = (value) => (Math.abs(value) >= 9.95 ? String(Math.round(Math.abs(value))) : tenth(Math.abs(value)));

  // How far two values lie apart: in the unit of the outcome, and in per cent where that has a meaning.
  const difference = (outcome, base, changed) => {
    if (!Number.isFinite(base) || !Number.isFinite(changed)) return ["–", ""];
    const gap = Math.abs(changed - base) < 1e-9 * Math.max(1, Math.abs(base)) ? 0 : changed - base;
    if (isShare(outcome)) return [`${signed(tenth(Math.abs(gap)), gap)} points`, ""];
    const share = percent(base, changed);
    return [signed(exact(Math.abs(gap)), gap), base > 0 && changed > 0 ? `${signed(rough(share), share)}\u00a0%` : ""];
  };

  // The first year of the study's event: its variable falls under its level from above.
  const eventYear = (event, years, path) => {
    const at = years.findIndex((_, k) => k > 0 && path[k] < event.below && path[k - 1] >= event.below);
    return at < 0 ? null : years[at];
  };
  const eventSentence = (event, years, base, changed) => {
    const [was, now] = [eventYear(event, years, base), eventYear(event, years, changed)];
    const happens = `${event.who} ${event.do}`;
    if (was === now) return was === null ? "" : `${happens} in ${was}, as in the baseline`;
    if (now === null) return `${event.who} do not ${event.do} (in the baseline they do, in ${was})`;
    return `${happens} in ${now}${was === null ? " (in the baseline they do not)" : ` instead of ${was}`}`;
  };

  const headSentence = (who, name, year, base, changed) => {
    const change = percent(base, changed);
    if (!/[1-9]/.test(rough(change))) return `${who} ${name} in ${year} stays as it is`;
    return `${who} ${name} in ${year} is ${rough(change)}\u00a0% ${change > 0 ? "higher" : "lower"}`;
  };

  // "Korea, Republic of" is for lists
  const spoken = (name) => name.split(",")[0];
  const possessive = (name) => (name.endsWith("s") ? `${name}’` : `${name}’s`);

  // "What it is: 0 this, 1 that" as its three parts; a note of another form stays whole.
  const ends = (words) => {
    const found = /^(.*?)[:;] 0 (.+?)[,;] 1 (.+)$/.exec(words);
    return found ? { about: found[1], none: found[2], full: found[3] } : { about: words, none: "", full: "" };
  };

  const KINDS = {
    stock: "A stock: it only changes over time, through its flows",
    flow: "A flow: it fills or drains a stock",
    auxiliary: "Computed from others in each moment",
    constant: "A constant: it does not change within a run",
  };
  const meaning = ({ name, note: words, kind }) => {
    return [plain(words) || capital(name), KINDS[kind]].filter(Boolean).join("\n");
  };

  // The sentences of a page; `path`: the values of a variable of a run, year by year.
  const sentences = ({ engine, settings, variables, outcomes, path }) => {
    const changesInWords = (state) => {
      const levers = Object.entries(state.levers);
      const own = levers.length === 1
        ? `${levers[0][0]} at ${fixed(levers[0][1])} from ${state.start}` : `these ${levers.length} changes from ${state.start}`;
      const scenario = `the scenario “${State.presetOf(engine, state.scenario).title}”`;
      if (state.scenario === State.BASELINE) return own;
      return levers.length ? `${scenario} and ${own}` : scenario;
    };

    const sentence = (state, { base, changed, years }) => {
      const halted = halt(base, "The baseline");
      if (State.isBase(state)) return `Nothing is changed yet, so both lines are one. Move a policy and watch them part.${halted}`;
      const last = Math.min(...[base, changed].map((run) => (run.stopped ? lastYear(years, run) : state.last)));
      const at = years.indexOf(last);
      const lived = years.slice(0, at + 1);
      const both = (name) => [base, changed].map((run) => path(run, name, lived));
      const who = possessive(spoken(State.countryOf(engine, state.country).name));
      const said = [];
      if (variables.has(settings.head)) said.push(headSentence(who, settings.head, last, ...both(settings.head).map((one) => one[at])));
      const { event } = settings;
      if (event && variables.has(event.variable)) said.push(eventSentence(event, lived, ...both(event.variable)));
      said.push(widest(at, base, changed, years));
      return `With ${changesInWords(state)}, ${said.filter(Boolean).join("; ")}.${halted}${halt(changed, "The run with your changes")}`;
    };

    // The first outcome at the horizon, for the strip that stays in sight on a phone.
    const inShort = (state, { base, changed, years }) => {
      const [one] = outcomes;
      const [a, b] = [base, changed].map((run) => path(run, one.name, years, one.times)[years.length - 1]);
      const [gap, share] = difference(one, a, b);
      return `${one.title}, ${state.last}: ${amount(one, a)} → ${amount(one, b)} (${share || gap})`;
    };

    const lastYear = (years, run) => Math.max(years[0], Math.min(years[years.length - 1], Math.ceil(run.stopped.year) - 1));
    const halt = (run, which) => (run.stopped
      ? ` ${which} stops in ${Math.floor(run.stopped.year)}: ${run.stopped.words.replace(/\.$/, "")}. Its line goes up to there.` : "");

    // The outcome that differs most, besides those that have a sentence of their own.
    const widest = (at, base, changed, years) => {
      let [best, size] = [null, 0.02];
      for (const one of outcomes) {
        if (one.name === settings.head || one.name === settings.event?.variable) continue;
        const [a, b] = [path(base, one.name, years, one.times)[at], path(changed, one.name, years, one.times)[at]];
        const relative = Math.abs(b - a) / Math.max(Math.abs(a), 1e-12);
        if (Number.isFinite(relative) && relative > size) [best, size] = [{ one, a, b }, relative];
      }
      if (!best) return "";
      const { one, a, b } = best;
      const way = b > a ? "higher" : "lower";
      const much = isShare(one) ? `${rough(b - a)} points` : `${rough(percent(a, b))}\u00a0%`;
      return `the largest other change: ${one.title.toLowerCase()} ${much} ${way}`;
    };

    return { sentence, inShort };
  };

  return { capital, fixed, plain, amount, difference, ends, meaning, sentences };
})();
