"""Pictures of the main pages: `python tests/browser/screenshots.py FOLDER` writes them as PNG."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from waitress.server import create_server

from web import create_app

NEED = (
    "Un collectif d’habitants veut ouvrir une recyclerie avec un café dans une halle inoccupée, "
    "mais la commune ne peut pas acheter les murs."
)
ASKED = urlencode({"commune": "34142", "besoin": NEED})
PAGES = {
    "accueil": "/",
    "suggestions": f"/suggestions?{ASKED}",
    "liste": f"/suggestions/liste?{ASKED}#liste",
    "ailleurs": "/suggestions?commune=34142&besoin=Refaire+la+chauss%C3%A9e+et+les+trottoirs",
    "structure": "/structures/villages-vivants",
    "gardees": "/gardees?structure=villages-vivants&structure=avise",
    "suivi": "/suivi",
    "methode": "/methode",
    "mise-en-relation": f"/mise-en-relation?{ASKED}&structure=villages-vivants",
}
WIDTHS = {"telephone": 360, "tablette": 768, "bureau": 1280}
HEIGHTS = {"telephone": 780, "tablette": 1000, "bureau": 900}
"""Pixels shown of a long page: about a screen."""
THEMES = {"clair": "light", "sombre": "dark"}
SHOWN = (
    *(("accueil", device, "clair") for device in WIDTHS),
    ("accueil", "bureau", "sombre"),
    ("suggestions", "telephone", "clair"),
    ("suggestions", "bureau", "clair"),
    *(("liste", device, "clair") for device in WIDTHS),
    ("liste", "bureau", "sombre"),
    ("ailleurs", "telephone", "clair"),
    ("structure", "tablette", "clair"),
    ("structure", "bureau", "sombre"),
    ("gardees", "telephone", "clair"),
    ("suivi", "telephone", "clair"),
    ("methode", "bureau", "clair"),
    ("mise-en-relation", "telephone", "sombre"),
    ("mise-en-relation", "tablette", "clair"),
)
"""Page, device and theme of each picture."""
COLOURS = 128
"""Enough for flat colours and smooth letters; a picture stays under 300 kB."""


def main(folder: Path) -> None:
    """Serve the site and picture the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as kept:
        settings = {"DATABASE_URL": f"sqlite:///{kept}/base.sqlite", "KEYS": f"{kept}/cles.json"}
        server = create_server(create_app(config=settings), host="127.0.0.1", port=0)
        threading.Thread(target=server.run, daemon=True).start()
        site = f"http://127.0.0.1:{server.effective_port}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox"]
            )
            for name, device, theme in SHOWN:
                path = folder / f"{name}-{device}-{theme}.png"
                keep(browser, site + PAGES[name], device, theme, path)
            browser.close()


def keep(browser: Browser, address: str, device: str, theme: str, path: Path) -> None:
    """Picture a page on a device in a theme."""
    page = browser.new_context(
        viewport={"width": WIDTHS[device], "height": HEIGHTS[device]},
        color_scheme=THEMES[theme],  # type: ignore[arg-type]
        locale="fr-FR",
    ).new_page()
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=path)
    page.context.close()
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
