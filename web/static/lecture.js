// While the need is written, the themes read in it show on their chips, with the words that prove them.
(function () {
  "use strict";
  const text = document.getElementById("besoin");
  const help = document.getElementById("theme-aide");
  if (!text || !help) return;
  const chips = new Map();
  for (const box of document.querySelectorAll("input[name='theme']")) {
    const proof = document.createElement("small");
    box.parentElement.append(proof);
    chips.set(box.value, { label: box.parentElement, proof, name: box.parentElement.textContent.trim() });
  }
  const start = help.textContent;
  let waiting = 0;
  let last = 0;
  async function read() {
    const turn = ++last;
    let found = [];
    if (text.value.trim().length > 2) {
      try {
        const answer = await fetch(`${text.dataset.url}?besoin=${encodeURIComponent(text.value)}`);
        if (answer.ok) found = await answer.json();
      } catch {
        return; // the text is read again with the answer
      }
    }
    if (turn !== last) return;
    for (const { label, proof } of chips.values()) {
      label.classList.remove("read");
      proof.textContent = "";
    }
    for (const { code, mots } of found) {
      const { label, proof } = chips.get(code);
      label.classList.add("read");
      proof.textContent = mots.length ? `« ${mots.join(" », « ")} »` : "";
    }
    help.textContent = found.length
      ? `Lu dans votre texte : ${found.map(({ code }) => chips.get(code).name).join(", ")}. Vous pouvez préciser plus bas.`
      : start;
  }
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(read, 400);
  });
  if (text.value) read();
})();
