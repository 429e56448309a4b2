// « Garder »: ids of structures in this browser only; the page of the list has them in its address.
// One that was but a trail has why after its id: « villages-vivants:besoin_large ».
const NAME = "maillage-gardees";
const MOST = 40;

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(NAME) || "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function write(list) {
  try {
    localStorage.setItem(NAME, JSON.stringify(list.slice(-MOST)));
    return true;
  } catch {
    return false; // a browser that keeps nothing: no button is shown
  }
}

function idOf(one) {
  return one.split(":")[0];
}

function show() {
  const list = read();
  for (const button of document.querySelectorAll("[data-keep]")) {
    const kept = list.some((one) => idOf(one) === button.dataset.keep);
    button.hidden = false;
    button.setAttribute("aria-pressed", String(kept));
    button.firstChild.textContent = kept ? "Gardée" : "Garder";
  }
  for (const link of document.querySelectorAll("[data-kept]")) {
    link.parentElement.hidden = list.length === 0;
    link.href = `/gardees?${new URLSearchParams(list.map((one) => ["structure", one]))}`;
    link.textContent = `Ma liste (${list.length})`;
  }
}

if (write(read())) {
  show();
  addEventListener("storage", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep]");
    if (!button) return;
    const id = button.dataset.keep;
    const list = read();
    const left = list.filter((one) => idOf(one) !== id);
    const entry = [id, button.dataset.trail].filter(Boolean).join(":");
    write(left.length < list.length ? left : [...list, entry]);
    show();
  });
  for (const button of document.querySelectorAll("[data-forget]")) {
    button.hidden = read().length === 0;
    button.addEventListener("click", () => {
      write([]);
      location.href = location.pathname;
    });
  }
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
