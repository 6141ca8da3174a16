// The few ways in which the live page is built: elements, words in them, a tip under the pointer or a focused mark.
const LatecomerDom = (() => {
  "use strict";
  const get = (name) => document.getElementById(`live-${name}`);
  const read = (name) => JSON.parse(get(name).textContent);
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const note = (words) => {
    get("note-words").textContent = words;
    get("note").hidden = !words;
  };

  const showTip = (words, x, y) => {
    const tip = get("tip");
    tip.textContent = words;
    tip.hidden = false;
    const left = Math.min(x + 14, document.documentElement.clientWidth - tip.offsetWidth - 6);
    const above = y - tip.offsetHeight - 12;
    tip.style.left = `${Math.max(6, left)}px`;
    tip.style.top = `${above > 6 ? above : y + 18}px`;
  };
  const hideTip = () => { get("tip").hidden = true; };

  // A mark that says what something is, on hover, on focus and on a press.
  const whatButton = (words) => {
    const button = make("button", { type: "button", class: "live-what", "aria-describedby": "live-tip" }, "?");
    const open = () => {
      const frame = button.getBoundingClientRect();
      showTip(words(), frame.left, frame.top);
    };
    for (const kind of ["pointerenter", "focus", "click"]) button.addEventListener(kind, open);
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, hideTip);
    return button;
  };

  return { get, read, make, note, showTip, hideTip, whatButton };
})();
