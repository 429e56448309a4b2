"""Pictures of the main pages: `python tests/browser/screenshots.py FOLDER` writes them as PNG."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright
from waitress.server import create_server

from web import create_app

NEED = (
    "Un collectif d’habitants veut ouvrir une recyclerie avec un café dans une halle inoccupée, "
    "mais la commune ne peut pas acheter les murs."
)
ANSWER = "/suggestions?" + urlencode({"commune": "34142", "besoin": NEED})
PAGES = {
    "accueil": "/",
    "suggestions": ANSWER,
    "structure": "/structures/villages-vivants",
    "annuaire": "/annuaire",
    "methode": "/methode",
}
WIDTHS = {"telephone": 360, "tablette": 768, "bureau": 1280}
HEIGHT = 1600
"""Pixels shown of a long page."""


def main(folder: Path) -> None:
    """Serve the site and picture each page at each width, in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    server = create_server(create_app(), host="127.0.0.1", port=0)
    threading.Thread(target=server.run, daemon=True).start()
    site = f"http://127.0.0.1:{server.effective_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for device, width in WIDTHS.items():
            for theme, scheme in (("clair", "light"), ("sombre", "dark")):
                keep(browser, site, folder, (device, width), (theme, scheme))
        browser.close()


def keep(
    browser: Browser, site: str, folder: Path, device: tuple[str, int], theme: tuple[str, str]
) -> None:
    """Picture all pages on one device in one theme."""
    page = browser.new_context(
        viewport={"width": device[1], "height": HEIGHT},
        color_scheme=theme[1],  # type: ignore[arg-type]
        locale="fr-FR",
    ).new_page()
    for name, path in PAGES.items():
        page.goto(site + path, wait_until="networkidle")
        page.screenshot(path=folder / f"{name}-{device[0]}-{theme[0]}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
