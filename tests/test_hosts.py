"""The names that the site answers to: another one is not written into what people copy."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from matcher import Matcher
from web import create_app

PAGES = ("/integrer", "/api", "/robots.txt", "/sitemap.xml", "/", "/nulle-part", "/api/v1/themes")


def client(matcher: Matcher, folder: Path, hosts: str) -> FlaskClient:
    """A site with its names."""
    app: Flask = create_app(
        matcher,
        {
            "HOSTS": hosts,
            "DATABASE_URL": f"sqlite:///{folder / 'b.sqlite'}",
            "KEYS": folder / "cles.json",
        },
    )
    return app.test_client()


@pytest.mark.parametrize("page", PAGES)
def test_another_name_is_refused_in_french_and_told_nowhere(
    matcher: Matcher, tmp_path: Path, page: str
) -> None:
    site = client(matcher, tmp_path, "maillage.exemple.fr, www.exemple.fr")
    for name in ("pirate.exemple", "maillage.exemple.fr.pirate.exemple", "pirate.exemple:80"):
        answer = site.get(page, base_url=f"http://{name}/")
        assert answer.status_code == 400
        assert "pirate" not in answer.text
        assert "sous ce nom" in answer.text


@pytest.mark.parametrize(
    "name", ["maillage.exemple.fr", "www.exemple.fr", "127.0.0.1:8000", "localhost"]
)
def test_its_names_and_its_own_machine_are_answered(
    matcher: Matcher, tmp_path: Path, name: str
) -> None:
    site = client(matcher, tmp_path, "maillage.exemple.fr, www.exemple.fr")
    answer = site.get("/robots.txt", base_url=f"http://{name}/")
    assert answer.status_code == 200 and f"http://{name}/" in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_without_the_setting_only_its_own_machine_is_answered(
    matcher: Matcher, tmp_path: Path, page: str
) -> None:
    site = client(matcher, tmp_path, "")
    answer = site.get(page, base_url="http://pirate.exemple/")
    assert answer.status_code == 400 and "pirate" not in answer.text
    assert site.get(page, base_url="http://localhost:8000/").status_code != 400
