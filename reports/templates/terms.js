// Explains a word on hover, on focus and on a press; Escape closes. The sentences stand in the page's list of words.
(() => {
  const box = document.getElementById("words");
  let held = null;
  let waiting = 0;
  const hide = () => { box.hidden = true; held = null; };
  const show = (word) => {
    clearTimeout(waiting);
    const said = document.getElementById(word.hash.slice(1));
    if (!said) return;
    held = word;
    box.textContent = said.textContent;
    box.hidden = false;
    const at = word.getBoundingClientRect();
    const left = Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    const below = at.bottom + 6;
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${below + box.offsetHeight < window.innerHeight ? below : Math.max(8, at.top - box.offsetHeight - 6)}px`;
  };
  // a moment's grace, so that the pointer can move onto the sentence
  const leave = () => { waiting = setTimeout(hide, 200); };
  for (const word of document.querySelectorAll("a.term")) {
    word.addEventListener("pointerenter", () => show(word));
    word.addEventListener("pointerleave", leave);
    word.addEventListener("focus", () => show(word));
    word.addEventListener("blur", leave);
    word.addEventListener("click", (event) => { event.preventDefault(); show(word); });
  }
  box.addEventListener("pointerenter", () => clearTimeout(waiting));
  box.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && held) hide(); });
  window.addEventListener("scroll", () => { if (held && document.activeElement !== held) hide(); }, { passive: true });
})();
