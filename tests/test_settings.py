"""Every setting stands in one table: told, shown, refused at the start when it is wrong."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from test_architecture import MODULES

from matcher.upkeep.network.sources import SOURCES
from web.admin import main
from web.settings import HIDDEN, WrongSetting, configure, in_force, page, wrong
from web.settings.rules import shown
from web.settings.table import BY_NAME, settings

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"\bMAILLAGE_[A-Z_]*[A-Z]\b")
PASSWORD = "mot-de-passe-de-la-base"


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, arguments)


def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> Flask:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = Flask("essai")
    configure(app, {"KEYS": tmp_path / "cles.json"})
    return app


def test_the_page_of_the_docs_is_the_table():
    written = (ROOT / "docs" / "reglages.md").read_text(encoding="utf-8")
    assert written == page(), "python -m web.admin reglages --page > docs/reglages.md"
    assert run("reglages", "--page").output == page()


def test_every_setting_that_the_code_or_the_docs_name_is_in_the_table():
    texts = [
        *MODULES.values(),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests").rglob("*.py"),
        *ROOT.glob("README*.md"),
        *(ROOT / "deploy").iterdir(),
    ]
    said = {
        name: path
        for path in texts
        if path != Path(__file__)
        for name in NAME.findall(path.read_text(encoding="utf-8"))
    }
    assert {name: path for name, path in said.items() if name not in BY_NAME} == {}
    for source in SOURCES.values():
        assert {source.setting, *filter(None, [source.token])} <= BY_NAME.keys()


def test_every_setting_that_the_site_reads_is_in_the_table():
    """What Flask and its extensions call their own is set by the site, not by who runs it."""
    read = re.compile(r"config(?:\.get\(|\[)\"([A-Z_]+)\"")
    found = {
        key
        for name, path in MODULES.items()
        if name.startswith("web")
        for key in read.findall(path.read_text(encoding="utf-8"))
    }
    assert found - {one.key for one in settings()} == {"SECURITY_URL_PREFIX"}


@pytest.mark.parametrize("setting", [*settings()], ids=lambda one: one.name)
def test_a_default_is_allowed_and_said(setting):
    assert setting.usual or setting.value != "" or setting.rule.said.startswith("tenir")
    if setting.value != "":
        assert setting.rule.read(shown(setting.value)) in (setting.value, str(setting.value))
    assert setting.meaning[0].isupper() and not setting.meaning.endswith(".")
    assert "|" not in setting.meaning + setting.usual + setting.rule.said
    assert "'" not in setting.meaning + setting.usual + setting.rule.said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "80000", "PORT doit être un nombre entier de 1 à 65535 : « 80000 »."),
        ("MAILLAGE_PROXIES", "-1", "MAILLAGE_PROXIES doit être un nombre entier de 0 à 9 : « -1 »"),
        ("MAILLAGE_IMPRESSIONS", "peut-être", "doit être « oui » ou « non » : « peut-être »."),
        ("MAILLAGE_LIMIT_API", "souvent", "doit s’écrire comme « 120 per minute » : « souvent »."),
        ("MAILLAGE_HOSTS", "https://a.fr/", "sans « https:// » ni « / »"),
        ("MAILLAGE_CORS_ORIGINS", "ville.fr", "comme « https://ville.exemple » : « ville.fr »."),
        ("MAILLAGE_DATA", "/nulle/part", "doit être un dossier qui existe : « /nulle/part »."),
        ("MAILLAGE_CAPACITY", "/nulle/part", "doit être un fichier qui existe"),
        ("MAILLAGE_PUBLISHER", "Pays\nA", "doit tenir sur une ligne"),
        ("MAILLAGE_RATELIMIT_STORAGE_URI", "ailleurs://", "doit être « partage:// »"),
        ("MAILLAGE_BAN_URL", "ban", "doit être une adresse qui commence par « https:// »"),
        ("MAILLAGE_PROCESES", "2", "pas un réglage de Maillage. Vouliez-vous MAILLAGE_PROCESSES ?"),
    ],
)
def test_a_wrong_setting_is_refused_in_french(tmp_path, monkeypatch, name, value, said):
    with pytest.raises(WrongSetting) as error:
        configured(tmp_path, monkeypatch, **{name: value})
    assert str(error.value).startswith(name) and said in str(error.value)
    told = run("reglages", **{name: value})
    assert told.exit_code == 5 and said in told.stderr
    assert run("base", "etat", **{name: value}).exit_code == 5


def test_all_that_is_wrong_is_told_at_once_and_no_secret_is(tmp_path, monkeypatch):
    with pytest.raises(WrongSetting) as error:
        configured(
            tmp_path,
            monkeypatch,
            MAILLAGE_SECRET_KEY="court",
            MAILLAGE_DATABASE_URL=f"pg://moi:{PASSWORD}@ici/base",
            PORT="",  # told empty: as if it were not
        )
    assert str(error.value).count("\n") == 1
    assert "au moins 16 caractères" in str(error.value)
    assert "court" not in str(error.value) and PASSWORD not in str(error.value)


def test_the_values_in_force_are_shown_and_the_secrets_are_not():
    url = f"postgresql://maillage:{PASSWORD}@ici/base"
    key = "une-cle-que-personne-ne-lit"
    said = run("reglages", MAILLAGE_DATABASE_URL=url, MAILLAGE_TOTP_KEY=key, MAILLAGE_PROXIES="1")
    assert said.exit_code == 0
    assert "MAILLAGE_DATABASE_URL = postgresql://maillage:***@ici/base\n" in said.output
    assert f"MAILLAGE_TOTP_KEY = {HIDDEN}\n" in said.output
    assert "MAILLAGE_PROXIES = 1\n" in said.output
    assert "MAILLAGE_IMPRESSIONS = oui  (par défaut)" in said.output
    assert PASSWORD not in said.output and key not in said.output
    assert len(in_force({})) == len(BY_NAME)


def test_values_are_what_the_site_reads(tmp_path, monkeypatch):
    app = configured(
        tmp_path,
        monkeypatch,
        MAILLAGE_IMPRESSIONS="non",
        MAILLAGE_SESSION_COOKIE_SECURE="true",
        MAILLAGE_PROXIES="2",
        MAILLAGE_SENDER_PHONE="0467000000",
        MAILLAGE_SECRET_KEY="1234567890123456",
        PORT="8080",
    )
    assert app.config["IMPRESSIONS"] is False
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert (app.config["PROXIES"], app.config["PORT"]) == (2, 8080)
    assert app.config["SENDER_PHONE"] == "0467000000"
    assert app.config["SECRET_KEY"] == "1234567890123456"
    assert wrong({}) == []
