// Small charts that are drawn anew while a slider moves: the look and the ticks of latecomer/report/charts/svg.py.
const LatecomerCharts = (() => {
  "use strict";
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [250, 160, 42, 14, 9, 21];
  const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  const SIZES = [[1e12, 1e12, "tn"], [1e9, 1e9, "bn"], [1e6, 1e6, "M"], [1e4, 1e3, "k"]];

  const digitsOf = (value, digits) => String(Number(value.toPrecision(digits)));

  // As `number` of latecomer/report/charts/svg.py, with a true minus sign.
  const number = (value, digits = 3) => {
    if (!Number.isFinite(value)) return "none";
    if (value < 0) return `−${number(-value, digits)}`;
    if (value === 0) return "0";
    if (value < 1e-4) {
      const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
      const power = `10${[...String(Number(exponent))].map((one) => SUPERSCRIPT[one]).join("")}`;
      return Number(mantissa) === 1 ? power : `${Number(mantissa)}×${power}`;
    }
    for (const [least, size, sign] of SIZES) {
      if (value >= least) return `${digitsOf(value / size, digits)} ${sign}`;
    }
    return digitsOf(value, value >= 1000 ? Math.max(digits, 4) : digits);
  };

  const ticks = (low, high, count) => {
    const power = 10 ** Math.floor(Math.log10((high - low) / count));
    const step = [1, 2, 5, 10, 20].map((m) => m * power).find((s) => s * count >= (high - low) * (1 - 1e-9));
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) {
      found.push(Number((k * step).toPrecision(12)));
    }
    return found;
  };

  // The ends of an axis that shows all `lists`, and at least what lies between `ends`.
  const limits = (lists, ends) => {
    let [low, high] = ends || [Infinity, -Infinity];
    for (const list of lists) {
      for (const value of list) {
        if (!Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (!(low <= high)) return [-1, 1];
    const margin = 0.06 * (high - low);
    // a line that hardly moves is drawn as one: its axis spans at least a hundredth of its size
    const least = Math.max(0.005 * Math.max(Math.abs(low), Math.abs(high)), 1e-9);
    return high - low < least ? [low - least, high + least] : [low - margin, high + margin];
  };

  // the legend's own drawing lends its namespace: this file names no address, not even one that nobody visits
  const element = (tag, attributes = {}) => {
    const made = document.createElementNS(document.querySelector("#live svg").namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  const path = (years, values, x, y) => {
    let [text, open] = ["", false];
    for (let k = 0; k < years.length; k += 1) {
      if (Number.isFinite(values[k])) {
        text += `${open ? "L" : "M"}${x(years[k]).toFixed(1)},${y(values[k]).toFixed(1)}`;
        open = true;
      } else open = false;
    }
    return text;
  };

  const circles = (years, values, x, y) => years.map((year, k) => (Number.isFinite(values[k])
    ? `M${(x(year) - 2.1).toFixed(1)},${y(values[k]).toFixed(1)}a2.1,2.1 0 1,0 4.2,0a2.1,2.1 0 1,0 -4.2,0`
    : "")).join("");

  const cross = (years, values, x, y) => {
    let k = values.length - 1;
    while (k >= 0 && !Number.isFinite(values[k])) k -= 1;
    if (k < 0) return "";
    const [a, b] = [x(years[k]), y(values[k])];
    return `M${a - 4},${b - 4}L${a + 4},${b + 4}M${a - 4},${b + 4}L${a + 4},${b - 4}`;
  };

  // A chart: `draw` takes {years, base, changed, figures: {years, values}, start, record, level, ends, stopped} and draws
  // them; `read(k)` shows the cursor at the k-th year. Nothing is made anew but ticks.
  const chart = () => {
    const svg = element("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: "0" });
    const part = {};
    const layers = [
      ["ahead", "rect", "live-ahead"], ["ticks", "g", ""], ["level", "line", "level"], ["levelWords", "text", "tick"],
      ["start", "line", "live-start"], ["figures", "path", "points data"], ["changed", "path", "line model"],
      ["base", "path", "line base"], ["stop", "path", "live-stop"], ["cursor", "line", "cursor"],
    ];
    for (const [name, tag, style] of layers) {
      part[name] = element(tag, { class: style });
      svg.append(part[name]);
    }
    const [foot, top, right] = [HEIGHT - BOTTOM, TOP, WIDTH - RIGHT];
    let seen = null;

    const draw = (data) => {
      const { years } = data;
      const [first, last] = [years[0], years[years.length - 1]];
      const shown = data.figures.values.filter((_, k) => data.figures.years[k] >= first && data.figures.years[k] <= last);
      const [low, high] = limits([data.base, data.changed, shown], data.ends);
      const x = (year) => LEFT + ((right - LEFT) * (year - first)) / Math.max(1, last - first);
      const y = (value) => foot + ((top - foot) * (value - low)) / (high - low);
      seen = { data, x };
      drawTicks(part.ticks, x, y, [first, last], [low, high]);
      place(part.ahead, { x: x(Math.min(last, data.record)), y: top, height: foot - top });
      part.ahead.setAttribute("width", Math.max(0, right - x(Math.min(last, data.record))));
      stand(part.start, data.start === null ? -9 : x(data.start));
      drawLevel(data.level, data.levelWords, y);
      const inside = data.figures.years.map((year) => year >= first && year <= last);
      const points = data.figures.years.filter((_, k) => inside[k]);
      part.figures.setAttribute("d", circles(points, shown, x, y));
      part.base.setAttribute("d", path(years, data.base, x, y));
      part.changed.setAttribute("d", path(years, data.changed, x, y));
      part.stop.setAttribute("d", data.stopped ? cross(years, data.changed, x, y) : "");
    };

    const place = (node, attributes) => {
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    };
    const stand = (node, at) => place(node, { x1: at, x2: at, y1: top, y2: foot });
    const drawLevel = (level, words, y) => {
      const there = level !== null;
      const at = there ? y(level) : -9;
      place(part.level, { x1: LEFT, x2: there ? right : LEFT, y1: at, y2: at });
      place(part.levelWords, { x: LEFT + 4, y: at + 12 });
      part.levelWords.textContent = there ? words : "";
    };

    const read = (k) => {
      if (!seen || k === null) {
        part.cursor.classList.remove("on");
        return;
      }
      stand(part.cursor, seen.x(seen.data.years[k]));
      part.cursor.classList.add("on");
    };
    const nearest = (clientX) => {
      const frame = svg.getBoundingClientRect();
      const at = ((clientX - frame.left) * WIDTH) / frame.width;
      const share = (at - LEFT) / (right - LEFT);
      const many = seen.data.years.length;
      return Math.max(0, Math.min(many - 1, Math.round(share * (many - 1))));
    };
    return { svg, draw, read, nearest, get data() { return seen && seen.data; } };
  };

  const drawTicks = (group, x, y, [first, last], [low, high]) => {
    const made = [];
    for (const value of ticks(low, high, 5)) {
      const at = y(value);
      made.push(element("line", { class: "hair", x1: LEFT, x2: WIDTH - RIGHT, y1: at.toFixed(1), y2: at.toFixed(1) }));
      made.push(words(LEFT - 5, at + 3.5, number(value, 4), "end"));
    }
    for (const year of ticks(first, last, 6)) {
      if (Number.isInteger(year)) made.push(words(x(year), HEIGHT - BOTTOM + 15, String(year), "middle"));
    }
    group.replaceChildren(...made);
  };

  const words = (x, y, said, anchor) => {
    const made = element("text", { class: "tick", "text-anchor": anchor, x: x.toFixed(1), y: y.toFixed(1) });
    made.textContent = said;
    return made;
  };

  // A value as it stands in a sentence or a table: with `digits`, or with one digit after the point.
  const exact = (value, digits = 3) => {
    const whole = number(value, digits);
    return /^−?\d+(\.\d+)?$/.test(whole) && Math.abs(value) < 10 ** digits ? value.toPrecision(digits).replace("-", "−") : whole;
  };
  const tenth = (value) => (Number.isFinite(value) ? value.toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−") : "none");

  return { chart, number, exact, tenth, ticks, limits };
})();
