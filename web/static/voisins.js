// Once the commune is typed, its dossiers show beside the form. Without this file they show later.
(function () {
  "use strict";
  const place = document.getElementById("voisins");
  const holder = document.getElementById("commune-champ");
  if (!place || !holder) return;
  let last = "";
  holder.addEventListener("focusout", async () => {
    const typed = (document.getElementById("commune") || {}).value || "";
    const code = typed.match(/, (\w{5})\)$/);
    const asked = code ? code[1] : typed.trim();
    if (asked.length < 2 || asked === last) return;
    last = asked;
    try {
      const answer = await fetch(`${place.dataset.url}?commune=${encodeURIComponent(asked)}`);
      if (answer.ok && asked === last) place.innerHTML = await answer.text(); // made by this site
    } catch {
      place.textContent = "";
    }
  });
})();
