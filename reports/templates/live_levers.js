// The policy levers of the live page: a slider each, in groups that fold.
const LatecomerLevers = (() => {
  "use strict";
  const { make } = LatecomerDom;
  const { capital, fixed, plain, ends } = LatecomerWords;
  const State = LatecomerState;

  const lever = ({ name, note: words }, place, { now, set, levelOf }) => {
    const id = `live-lever-${place}`;
    const { about, none, full } = ends(plain(words));
    const input = make("input", { type: "range", min: "0", max: "1", step: "0.01", id, "aria-describedby": `${id}-about`, autocomplete: "off" });
    const said = make("output", { for: id });
    const mark = make("span", { class: "live-mark", "aria-hidden": "true" }, "▲");
    const record = make("p", { class: "live-record" });
    const back = make("button", { type: "button", class: "live-back", "aria-label": `Reset ${name}` }, "Reset");
    const box = make("div", { class: "live-lever", "data-lever": name },
      make("p", { class: "live-about", id: `${id}-about` }, about, ...(none ? [make("span", { class: "live-hidden" }, `: 0 ${none}, 1 ${full}`)] : [])),
      make("div", { class: "live-track" }, input, mark),
      ...(none ? [make("div", { class: "live-ends", "aria-hidden": "true" }, make("span", {}, `0: ${none}`), make("span", {}, `1: ${full}`))] : []),
      make("div", { class: "live-moved" }, record, back));
    box.prepend(make("div", { class: "live-slider" }, make("label", { for: id }, capital(name)), said));
    input.addEventListener("input", () => set(State.withLever(now(), name, Number(input.value)), name));
    back.addEventListener("click", () => {
      set(State.withLever(now(), name, null));
      input.focus();
    });
    const update = (state) => {
      const [base, last] = [state.start, state.last].map((year) => levelOf(state, name, year));
      const moved = name in state.levers;
      const level = moved ? state.levers[name] : base;
      if (Number(input.value) !== level) input.value = String(level);
      said.textContent = fixed(level);
      const unchanged = fixed(base) === fixed(last) ? `${fixed(base)}, ${state.start}–${state.last}` : `${fixed(base)} in ${state.start}, ${fixed(last)} in ${state.last}`;
      record.textContent = moved ? `Without your change: ${unchanged}` : `As it is: ${unchanged}`;
      mark.style.left = `calc(8px + (100% - 16px) * ${base})`;
      box.classList.toggle("moved", moved);
      back.hidden = !moved;
      input.setAttribute("aria-valuetext", moved
        ? `${fixed(level)} of 1 from ${state.start}; without your change ${fixed(base)}` : `${fixed(base)} of 1 in ${state.start}, not changed`);
      return moved;
    };
    return { box, update };
  };

  // The levers in their groups; those that no group names come last. `page`: {now(), set(state, key), levelOf}.
  const groups = (engine, settings, page) => {
    const known = new Set(settings.groups.flatMap(([, names]) => names));
    const others = engine.levers.filter((one) => !known.has(one.name)).map((one) => one.name);
    const all = [...settings.groups, ["Other policies", others]];
    let count = 0;
    return all.map(([title, names]) => {
      const found = names.map((name) => engine.levers.find((one) => one.name === name)).filter(Boolean);
      if (!found.length) return null;
      const levers = found.map((one) => lever(one, (count += 1), page));
      const told = make("span", { class: "live-count" });
      const box = make("details", {}, make("summary", {}, `${title} `, told), ...levers.map((one) => one.box));
      const update = (state) => {
        const moved = levers.map((one) => one.update(state)).filter(Boolean).length;
        told.textContent = moved ? `(${moved} of ${levers.length} changed)` : `(${levers.length})`;
        told.classList.toggle("some", moved > 0);
      };
      return { box, update };
    }).filter(Boolean);
  };

  return { groups };
})();
