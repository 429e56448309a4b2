// « Copier »: a draft goes to the clipboard, where the browser allows it.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(copied.value ?? copied.textContent);
    button.textContent = "Copié";
  });
}
// A link to what is inside a closed drawer opens it, where the browser does not by itself.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const drawer = link && document.getElementById(link.hash.slice(1))?.closest("details");
  if (drawer) drawer.open = true;
});
