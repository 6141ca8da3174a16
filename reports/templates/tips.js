// Shows the year and the values under the pointer. Everything it needs stands in the chart's data-tip.
(() => {
  const box = document.getElementById("tip");
  const hide = (svg) => { box.hidden = true; svg.querySelector(".cursor").classList.remove("on"); };
  const show = (svg, tip, event) => {
    const frame = svg.getBoundingClientRect();
    const at = (event.clientX - frame.left) * svg.viewBox.baseVal.width / frame.width;
    let near = 0;
    tip.x.forEach((x, k) => { if (Math.abs(x - at) < Math.abs(tip.x[near] - at)) near = k; });
    const cursor = svg.querySelector(".cursor");
    cursor.setAttribute("x1", tip.x[near]);
    cursor.setAttribute("x2", tip.x[near]);
    cursor.classList.add("on");
    box.textContent = [tip.year[near], ...tip.rows.map(([name, values]) => `${name}  ${values[near]}`)].join("\n");
    box.hidden = false;
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - box.offsetWidth - 6);
    const above = event.clientY - box.offsetHeight - 12;
    box.style.left = `${Math.max(6, left)}px`;
    box.style.top = `${above > 6 ? above : event.clientY + 18}px`;
  };
  for (const svg of document.querySelectorAll("svg[data-tip]")) {
    const tip = JSON.parse(svg.dataset.tip);
    if (!tip.x.length) continue;
    svg.addEventListener("pointermove", (event) => show(svg, tip, event));
    svg.addEventListener("pointerdown", (event) => show(svg, tip, event));
    svg.addEventListener("pointerleave", () => hide(svg));
  }
})();
