"""An update of production, as docs/exploiter.md writes it, interrupted at each of its commands.

The commands are those of the page, in a folder that stands for the root of a server; what is not of
files (services, the base, pip) is played by scripts that note what they were asked.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECTION = (ROOT / "docs" / "exploiter.md").read_text(encoding="utf-8").partition("\n## 7. ")[2]
UPDATE, RETURN = re.findall(r"^```sh\n(.*?)^```", SECTION, re.M | re.S)[:2]
INTERRUPTED = 9
PLAYED = {
    "date": 'n=$(cat "$RACINE/heure"); echo $((n + 1)) | tee "$RACINE/heure"',
    "python3": 'cp -r "$RACINE/paquet" "$3"',  # python3 -m venv FOLDER, and what pip puts there
    "maillage_admin": (
        'case $1 in sauvegarde) [ ! -e "$2" ]; readlink "$RACINE/opt/maillage" > "$2" ;; '
        'restauration) cp "$2" "$RACINE/restaurée" ;; esac'
    ),
    **dict.fromkeys(("systemctl", "nginx", "curl", "chown", "runuser"), ""),
}
"""Commands that are not run, and what stands for them."""


class Server:
    """A server with version 1 in place, and version 2 brought to it."""

    def __init__(self, place: Path) -> None:
        self.root, self.folder, self.played = place / "racine", place / "apporté", place / "joué"
        for name in ("etc/systemd/system", "etc/nginx/sites-available", "usr/local/sbin"):
            (self.root / name).mkdir(parents=True)
        for name in ("var/backups/maillage", "var/lib/maillage", "opt"):
            (self.root / name).mkdir(parents=True)
        (self.root / "heure").write_text("0")
        self.played.mkdir()
        for name, script in PLAYED.items():
            self._program(self.played / name, script)
        self._package(self.root / "opt" / "maillage-1", "un")
        self._package(self.root / "paquet", "deux")
        (self.root / "opt" / "maillage").symlink_to("maillage-1")
        data = self.root / "var" / "lib" / "maillage" / "data"
        shutil.copytree(next((self.root / "opt" / "maillage-1").rglob("maillage_data")), data)
        shutil.copytree(ROOT / "deploy", self.folder / "deploy")
        self.run("sh deploy/fichiers.sh poser")
        self.change("etc/maillage.env", "MAILLAGE_DATA=.*", f"MAILLAGE_DATA={data}")
        self.change("etc/nginx/sites-available/maillage", "rate=20r", "rate=30r")
        new = self.folder / "deploy" / "nginx.conf"
        new.write_text(new.read_text().replace("keepalive_timeout 30s", "keepalive_timeout 40s"))
        (self.folder / "dist").mkdir()
        wheel = self.folder / "dist" / "maillage-2-py3-none-any.whl"
        wheel.write_bytes(b"deux")
        digest = hashlib.sha256(b"deux").hexdigest()
        (self.folder / "dist" / "SHA256SUMS").write_text(f"{digest}  {wheel.name}\n")

    def _program(self, path: Path, script: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\nset -e\n{script or ':'}\n")
        path.chmod(0o755)

    def _package(self, folder: Path, said: str) -> None:
        self._program(folder / "bin" / "pip", "")
        data = folder / "lib" / "python3.11" / "site-packages" / "maillage_data"
        data.mkdir(parents=True)
        (data / "table.csv").write_text(said)

    def change(self, name: str, old: str, new: str) -> None:
        """Change a line of a file, as an operator does."""
        path = self.root / name
        path.write_text(re.sub(old, new, path.read_text()))

    def run(self, block: str, upto: int = 10**6) -> int:
        """Run commands of the page, `upto` that many; the exit code."""
        here = re.sub(r"/(?=(opt|etc|var|usr)/)", f"{self.root}/", block)
        stop = f"n=0; trap '[ $((n++)) -lt {upto} ] || exit {INTERRUPTED}' DEBUG\n"
        path = f"{self.played}:/usr/bin:/bin"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", stop + here],
            cwd=self.folder,
            env={"PATH": path, "RACINE": str(self.root)},
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, INTERRUPTED), done.stderr
        return done.returncode

    def state(self) -> dict[str, str]:
        """Which version serves, with which settings and files."""
        found = [p for part in ("etc", "usr") for p in (self.root / part).rglob("*") if p.is_file()]
        link = str((self.root / "opt" / "maillage").readlink())
        return {"version": link, **{str(p.relative_to(self.root)): p.read_text() for p in found}}


def is_updated(server: Server) -> bool:
    """Whether version 2 serves, with its data, its files and what the operator changed."""
    state = server.state()
    nginx = state["etc/nginx/sites-available/maillage"]
    data = re.findall("^MAILLAGE_DATA=(.*)", state["etc/maillage.env"], re.M)
    return (
        state["version"] == "maillage-2"
        and ("rate=30r" in nginx and "keepalive_timeout 40s" in nginx)
        and [(Path(one) / "table.csv").read_text() for one in data] == ["deux"]
    )


def test_an_update_interrupted_at_any_command_is_taken_up_again_and_can_be_undone(
    tmp_path: Path,
) -> None:
    for upto in range(10**3):
        server = Server(tmp_path / str(upto))
        before = server.state()
        code = server.run(UPDATE, upto)
        assert server.run(UPDATE) == 0 and is_updated(server), upto
        assert server.run(RETURN) == 0
        assert server.state() == before, upto
        assert (server.root / "restaurée").read_text() == "maillage-1\n", upto
        if code == 0:
            break
    assert upto > 15


def test_a_second_update_after_a_return_keeps_the_state_of_that_day(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.run(UPDATE)
    server.run(RETURN)
    server.change("etc/maillage.env", "MAILLAGE_HOSTS=.*", "MAILLAGE_HOSTS=autre.exemple.fr")
    before = server.state()
    server.run(UPDATE)
    assert is_updated(server) and server.state() != before
    server.run(RETURN)
    assert server.state() == before
    kept = sorted((server.root / "var" / "backups" / "maillage").iterdir())
    assert len(kept) == 4, "nothing of the first update was written over"


def test_data_that_moderation_changed_stay_in_service(tmp_path: Path) -> None:
    server = Server(tmp_path)
    table = server.root / "var" / "lib" / "maillage" / "data" / "table.csv"
    table.write_text("un, changée")
    server.run(UPDATE)
    assert f"MAILLAGE_DATA={table.parent}\n" in server.state()["etc/maillage.env"]
    assert table.read_text() == "un, changée"


@pytest.mark.parametrize("name", ["systemctl", "maillage_admin"])
def test_the_page_asks_of_the_server_what_is_played_here(name: str) -> None:
    assert name in UPDATE and name in RETURN
