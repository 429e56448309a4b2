"""What a server is set up with is what the code has: settings, commands, measures, files."""

import re
import shlex
from configparser import ConfigParser
from pathlib import Path

import pytest

from matcher import Matcher
from web import create_app
from web.admin import main
from web.settings.reading import wrong
from web.settings.rules import FOLDER
from web.settings.table import BY_NAME

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "exploiter.md").read_text(encoding="utf-8")
TOKEN = "un-jeton-pour-prometheus"


def test_the_settings_that_are_handed_over_are_allowed_once_on_a_server():
    lines = (DEPLOY / "maillage.env").read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert told["MAILLAGE_PROXIES"] == "1" and told["MAILLAGE_HOSTS"]
    assert told.keys() <= BY_NAME.keys()
    here = {k: v for k, v in told.items() if v and BY_NAME[k].rule is not FOLDER}
    assert wrong(here) == []


def test_each_administration_command_of_the_page_and_of_the_timers_exists():
    texts = [PAGE, *(path.read_text(encoding="utf-8") for path in DEPLOY.glob("*.service"))]
    found = [
        shlex.split(line.split("#")[0], posix=False)
        for text in texts
        for line in re.findall(r"(?:maillage_admin|bin/maillage admin) ([a-z][^\n'`|]*)", text)
    ]
    assert len(found) >= 10
    for name, *arguments in found:
        command = main.commands[name]
        inner = getattr(command, "commands", {})
        if inner:
            command = inner[arguments.pop(0)]
        options = {option for p in command.params for option in p.opts}
        assert {a for a in arguments if a.startswith("-")} <= options, (name, arguments)


def test_the_files_that_the_page_copies_are_there_and_all_are_in_it():
    named = set(re.findall(r"deploy/([\w.-]+)", PAGE))
    assert named == {path.name for path in DEPLOY.iterdir()}


def test_the_measures_of_the_page_are_those_of_the_site(matcher: Matcher):
    client = create_app(matcher, {"METRICS_TOKEN": TOKEN}).test_client()
    client.get("/suggestions?commune=34142&besoin=recyclerie")
    client.post("/api/v1/match", data="rien")
    text = client.get("/metriques", headers={"Authorization": f"Bearer {TOKEN}"}).text
    told = set(re.findall(r"^# TYPE (maillage_\w+)", text, re.M))
    assert set(re.findall(r"`(maillage_[a-z_]+)` \|", PAGE)) == told


@pytest.mark.parametrize("name", ["maillage.service", "maillage-nuit.service"])
def test_a_unit_runs_as_nobody_in_particular_and_may_do_little(name: str):
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / name, encoding="utf-8")
    service = unit["Service"]
    assert service["User"] == "maillage"
    assert service["CapabilityBoundingSet"] == "" and service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict" and service["EnvironmentFile"]


def test_the_image_runs_without_root_and_watches_itself():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    (user,) = re.findall(r"^USER (\d+):\d+$", text, re.M)
    assert int(user) > 0
    assert "/sante" in text[text.index("HEALTHCHECK") :]
    assert re.search(r'^ENTRYPOINT \["maillage"\]$', text, re.M)
