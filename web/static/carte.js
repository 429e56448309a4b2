// The map of an answer: outlines from this site only, no tile. The table says the same.
(function () {
  "use strict";
  const block = document.getElementById("bloc-carte");
  const data = document.getElementById("carte-donnees");
  if (!block || !data || !window.L) return;
  const { fond, commune, structures } = JSON.parse(data.textContent);
  const help = document.getElementById("carte-aide");
  block.hidden = false;

  const NEAR = 150000; // metres: beyond, a seat is named below the map
  const LEAST = 60000; // metres: what the map shows at least, side to side
  const MAINLAND = [[41.3, -5.2], [51.2, 9.7]];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map("carte", {
    zoomSnap: 0.25, zoomControl: false, attributionControl: false, scrollWheelZoom: false,
    dragging: !L.Browser.mobile, // one finger scrolls the page, two move the map
    zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm,
  });
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  map.createPane("fond").style.zIndex = 200;
  map.createPane("couverture").style.zIndex = 300;
  // Outlines, of which the page says in words what they show.
  for (const drawn of ["overlayPane", "fond", "couverture"]) map.getPane(drawn).setAttribute("aria-hidden", "true");

  // A seat in the commune itself stands beside its point.
  const same = (place) => commune && place !== commune && place.lat === commune.lat && place.lon === commune.lon;
  const half = (text) => Math.max(14, 4 * text.length + 8); // about half of the width of a pin
  const anchor = (kind, place, text) => (kind ? [9, 9] : same(place) ? [-12, 14] : [half(text), 14]);
  const pin = (text, kind, place, title) => {
    const label = document.createElement("span");
    label.textContent = text;
    return L.marker([place.lat, place.lon], {
      icon: L.divIcon({ className: `pin ${kind}`, html: label, iconAnchor: anchor(kind, place, text) }),
      title, alt: title, keyboard: true, zIndexOffset: kind ? 1000 : 0,
    }).addTo(map);
  };
  const seats = new Map(); // several structures may have their seat in one commune
  for (const s of structures.filter((one) => one.lat !== undefined)) {
    const key = `${s.lat},${s.lon}`;
    seats.set(key, [...(seats.get(key) || []), s]);
  }
  const here = commune && [commune.lat, commune.lon];
  const places = [];
  for (const group of seats.values()) {
    const names = group.map((s) => `${s.rang ? `${s.rang}. ` : ""}${s.nom}`).join(" ; ");
    const marker = pin(group.map((s) => s.rang || "•").join(" · "), "", group[0], `${names} (${group[0].siege})`);
    let turn = 0;
    marker.on("click", () => show(group[turn++ % group.length]));
    places.push(marker.getLatLng());
  }
  if (here) {
    pin("", "here", commune, `Votre commune : ${commune.nom}`)
      .bindTooltip(commune.nom, { permanent: true, direction: "top", offset: [0, -8] });
    // The commune and what is near it; the seats of national structures would show all of France.
    const margins = { paddingTopLeft: [60, 40], paddingBottomRight: [50, 30] }; // room for pins and buttons
    const isNear = (place) => map.distance(here, place) < NEAR;
    map.fitBounds(L.latLng(here).toBounds(LEAST).extend(L.latLngBounds([here, ...places.filter(isNear)])), margins);
    const far = structures.filter((s) => s.lat !== undefined && !isNear([s.lat, s.lon]));
    const beyond = document.getElementById("carte-loin");
    if (beyond && far.length) {
      beyond.hidden = false;
      beyond.querySelector("span").textContent = `Hors de la carte : ${far.map((s) => `${s.rang}. ${s.nom} (${s.siege})`).join(", ")}.`;
      let all = false;
      const button = beyond.querySelector("button");
      const start = map.getBounds();
      button.addEventListener("click", () => {
        all = !all;
        map.fitBounds(all ? [here, ...places] : start, all ? margins : {});
        button.textContent = all ? "Revenir près de la commune" : "Voir aussi les sièges lointains";
      });
    }
  } else {
    map.fitBounds(places.length && !structures[0].entiere ? places : MAINLAND, { maxZoom: 7 });
  }

  fetch(fond).then((answer) => answer.json()).then((all) => {
    L.geoJSON(all, { pane: "fond", interactive: false, style: { className: "outline" } }).addTo(map);
  }).catch(() => {}); // without outlines the places are still right

  let covered = null;
  async function show(structure) {
    if (covered) covered.remove();
    const style = { className: "covered" };
    const layer = L.featureGroup().addTo(map);
    covered = layer;
    if (structure.rayon_km && structure.lat !== undefined) {
      L.circle([structure.lat, structure.lon], { pane: "couverture", radius: structure.rayon_km * 1000, interactive: false, ...style }).addTo(layer);
    }
    const found = await Promise.all(structure.contours.map((address) => fetch(address).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null)));
    if (covered !== layer) return; // another one was chosen meanwhile
    for (const outline of found.filter(Boolean)) {
      L.geoJSON(outline, { pane: "couverture", interactive: false, style }).addTo(layer);
    }
    const bounds = layer.getBounds();
    if (bounds.isValid()) map.fitBounds(here ? bounds.extend(here) : bounds, { padding: [20, 20], maxZoom: 10 });
    const name = structure.rang ? `${structure.rang}. ${structure.nom}` : structure.nom;
    help.textContent = bounds.isValid()
      ? `${name} : sa zone d’intervention est colorée.`
      : `${name} intervient dans ${structure.entiere ? "toute la France" : "des communes qui ne sont pas dessinées ici"}.`;
  }
  if (!here) show(structures[0]);
  for (const button of document.querySelectorAll("[data-show]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      show(structures.find((one) => String(one.rang) === button.dataset.show));
      block.scrollIntoView({ block: "nearest" });
    });
  }
})();
