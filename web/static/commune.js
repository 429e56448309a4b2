// The commune field with suggestions. Without this file it is a plain text field.
(function () {
  "use strict";
  const holder = document.getElementById("commune-champ");
  const plain = document.getElementById("commune");
  if (!holder || !plain || !window.accessibleAutocomplete) return;

  // The form sends the code of the commune chosen, or the text as typed.
  const sent = document.createElement("input");
  sent.type = "hidden";
  sent.name = plain.name;
  sent.value = plain.value;

  const label = (found) => (found ? `${found.nom} (${found.niveau || `${found.departement}, ${found.code}`})` : "");
  // Back in the history, the browser restores the fields of the page but not this one, made later:
  // what it held is kept with the entry of the history.
  const kept = (history.state && history.state.commune) || null;
  const start = kept ? kept.text : plain.value;
  const invalid = plain.getAttribute("aria-invalid");
  let waiting = 0;
  let chosen = kept && kept.chosen;
  holder.replaceChildren();
  window.accessibleAutocomplete({
    element: holder,
    id: "commune",
    name: "",
    defaultValue: start,
    minLength: 2,
    required: true,
    confirmOnBlur: false,
    displayMenu: "overlay",
    source(query, populate) {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        try {
          const answer = await fetch(`${holder.dataset.url}?q=${encodeURIComponent(query)}`);
          const found = answer.ok ? await answer.json() : [];
          if (query === typed.value) populate(found); // else it is late: more was typed meanwhile
        } catch {
          populate([]); // the text as typed is still sent
        }
      }, 120);
    },
    templates: {
      inputValue: label,
      suggestion: (found) => {
        const item = document.createElement("span"); // the library takes HTML: never trust a name
        item.textContent = typeof found === "string" ? found : `${label(found)}${found.label ? ` · ${found.label}` : ""}`;
        return item.innerHTML;
      },
    },
    onConfirm(found) {
      if (found) chosen = found;
    },
    tNoResults: () => "Aucune commune ni intercommunalité de ce nom",
    tStatusQueryTooShort: (least) => `Tapez au moins ${least} caractères`,
    tStatusNoResults: () => "Aucune commune ni intercommunalité trouvée",
    tStatusSelectedOption: (option, length, index) => `${option}, ${index + 1} sur ${length}, choisie`,
    tStatusResults: (length, option) => `${length} nom${length > 1 ? "s" : ""} trouvé${length > 1 ? "s" : ""}. ${option}`,
    tAssistiveHint: () => "Des noms sont proposés pendant la saisie : flèches haut et bas pour choisir, Entrée pour valider.",
  });
  holder.append(sent);

  const typed = holder.querySelector("input.autocomplete__input:not(.autocomplete__hint)");
  typed.maxLength = 100;
  typed.required = true;
  typed.setAttribute("aria-describedby", `commune-aide ${typed.getAttribute("aria-describedby") || ""}`.trim());
  if (invalid) typed.setAttribute("aria-invalid", invalid);
  const keep = () => {
    history.replaceState({ ...history.state, commune: { text: typed.value, chosen } }, "");
  };
  typed.addEventListener("blur", keep);
  addEventListener("pagehide", keep);
  holder.closest("form").addEventListener("submit", () => {
    keep();
    sent.value = chosen && typed.value === label(chosen) ? chosen.envoi || chosen.code : typed.value;
  });
})();
