"""What a server is set up with is what the code has: settings, commands, measures, files."""

import os
import re
import shlex
import shutil
import subprocess
import time
from configparser import ConfigParser
from pathlib import Path

import pytest
from casework import sent

from matcher import Matcher
from web import create_app
from web.admin import main
from web.settings import wrong
from web.settings.rules import FOLDER
from web.settings.table import BY_NAME

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "exploiter.md").read_text(encoding="utf-8")
TOKEN = "un-jeton-pour-prometheus"
LAYER = (DEPLOY / "fichiers.sh").read_text(encoding="utf-8")
LAID = dict(re.findall(r"^([\w.-]+) [67]\d\d (\S+)$", LAYER, re.M))
"""Files of `deploy/` that its script lays, and where."""


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


def test_the_files_that_a_server_needs_are_there_and_all_are_in_the_page_or_laid_by_it():
    named = set(re.findall(r"deploy/([\w.-]+)", PAGE)) | LAID.keys()
    assert named == {path.name for path in DEPLOY.iterdir()}


def test_the_measures_of_the_page_are_those_of_the_site(matcher: Matcher):
    client = create_app(matcher, {"METRICS_TOKEN": TOKEN}).test_client()
    client.get("/suggestions?commune=34142&besoin=recyclerie")
    client.post("/api/v1/match", data="rien")
    sent(client, "/espace/connexion", email="personne@test.fr", password="au hasard")
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


class Server:
    """A folder that stands for the root of a server, and the `deploy/` that was brought to it."""

    def __init__(self, place: Path) -> None:
        self.root, self.brought = place / "racine", place / "apporté" / "deploy"
        for folder in {str(Path(path).parent) for path in LAID.values()} | {"opt"}:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        shutil.copytree(DEPLOY, self.brought)

    def run(self, *words: str) -> str:
        """Run the script; what it says."""
        command = ["sh", str(self.brought / "fichiers.sh"), *words]
        told = {**os.environ, "RACINE": str(self.root)}
        return subprocess.run(command, env=told, check=True, text=True, capture_output=True).stdout

    def laid(self, name: str) -> Path:
        """Where a file is on the server."""
        return self.root / LAID[name]

    def all(self) -> dict[str, tuple[str, int]]:
        """Each file of the server, what it holds and who may read it."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return {str(p.relative_to(self.root)): (p.read_text(), p.stat().st_mode) for p in found}

    def changed(self, path: Path, before: str, after: str) -> None:
        """Somebody changed a line."""
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1
        path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server where the files were laid once."""
    made = Server(tmp_path)
    made.run("poser")
    return made


def test_the_first_time_each_file_is_laid_and_the_settings_are_for_root_only(server: Server):
    for name in LAID:
        assert server.laid(name).read_bytes() == (DEPLOY / name).read_bytes()
    assert server.laid("maillage.env").stat().st_mode & 0o777 == 0o600
    assert os.access(server.laid("maillage_admin"), os.X_OK)


def test_an_update_brings_what_changed_and_keeps_what_the_operator_changed(server: Server):
    server.changed(server.laid("nginx.conf"), "rate=20r/s", "rate=30r/s")
    server.changed(server.brought / "nginx.conf", "keepalive_timeout 30s", "keepalive_timeout 40s")
    server.changed(server.brought / "maillage.service", "RestartSec=2", "RestartSec=3")
    said = server.run("poser")
    assert "nginx/sites-available/maillage : mis à jour" in said
    assert "maillage.service : mis à jour" in said
    text = server.laid("nginx.conf").read_text()
    assert "rate=30r/s" in text and "keepalive_timeout 40s" in text
    assert "RestartSec=3" in server.laid("maillage.service").read_text()
    before = server.all()
    assert server.run("poser") == "" and server.all() == before


def test_where_both_changed_a_line_the_operator_s_stays_and_the_new_file_is_beside(server: Server):
    own, new = server.laid("maillage.service"), server.brought / "maillage.service"
    server.changed(own, "RestartSec=2", "RestartSec=9")
    server.changed(new, "RestartSec=2", "RestartSec=3")
    held = own.read_text()
    said = server.run("poser")
    assert own.read_text() == held and f"diff {own} {own}.nouveau" in said
    assert Path(f"{own}.nouveau").read_text() == new.read_text()
    assert server.run("poser") == "", "it is told once"


def test_on_a_server_set_up_before_nothing_is_replaced_without_a_word(server: Server):
    shutil.rmtree(server.root / "usr" / "local" / "share")
    server.changed(server.brought / "maillage.service", "RestartSec=2", "RestartSec=3")
    held = server.laid("maillage.service").read_text()
    said = server.run("poser")
    assert server.laid("maillage.service").read_text() == held
    assert len(said.splitlines()) == 1 and "maillage.service.nouveau" in said


def test_what_the_operator_took_away_does_not_come_back(server: Server):
    server.laid("maillage-nuit.timer").unlink()
    assert "vous l’avez retiré" in server.run("poser")
    assert not server.laid("maillage-nuit.timer").exists()


def test_the_return_puts_back_each_file_and_the_version_that_served(server: Server):
    link = server.root / "opt" / "maillage"
    link.symlink_to("maillage-1")
    (server.root / "opt" / "maillage-1").mkdir()
    (server.root / "opt" / "maillage-2").mkdir()
    server.laid("maillage-nuit.timer").unlink()
    before, kept = server.all(), server.root.parent / "avant.tgz"
    server.run("garder", str(kept))
    assert kept.stat().st_mode & 0o077 == 0, "it holds the settings"
    server.changed(server.laid("nginx.conf"), "rate=20r/s", "rate=30r/s")
    server.changed(server.brought / "nginx.conf", "rate=20r/s", "rate=40r/s")
    server.laid("maillage-nuit.timer").write_text("un autre")
    server.run("poser")
    link.unlink()
    link.symlink_to("maillage-2")
    server.run("reprendre", str(kept))
    assert server.all() == before and link.readlink() == Path("maillage-1")


def test_what_was_kept_in_part_is_not_put_back(server: Server, tmp_path: Path):
    kept = tmp_path / "avant.tgz"
    server.run("garder", str(kept))
    kept.write_bytes(kept.read_bytes()[:1000])
    before = server.all()
    with pytest.raises(subprocess.CalledProcessError):
        server.run("reprendre", str(kept))
    assert server.all() == before


def test_what_is_kept_of_the_site_goes_after_thirty_days_even_what_was_interrupted(tmp_path: Path):
    unit = (DEPLOY / "maillage-nuit.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(/usr/bin/find .*)$", unit, re.M)
    program, _, *words = shlex.split(line)
    kept = ["2026-01-02.sauvegarde", "avant-2-3.sauvegarde", "avant-2-3.tgz", "avant-2-3.tgz.neuf"]
    for name in kept:
        (tmp_path / name).touch()
    month_ago = time.time() - 32 * 24 * 3600
    old = [tmp_path / name.replace("2-3", "1-3").replace("2026", "2025") for name in kept]
    for path in (*old, tmp_path / "à garder.txt"):
        path.touch()
        os.utime(path, (month_ago, month_ago))
    subprocess.run([program, str(tmp_path), *words], check=True)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "à garder.txt"}
