"""docs/exploiter.md, line by line, as root on a Debian 12 with systemd that may be thrown away.

`python3 operated.py FORMER TODAY postgresql|sqlite`: two folders that each hold `dist/`, `deploy/`
and, the second, `docs/exploiter.md`. Its commands install the former version, which takes requests;
the night's backup is made and restored; today's version takes over, from a server laid out as
before each version had its folder; the former one comes back; today's takes over again, its
commands typed twice as after an interruption; the former one comes back.
`tests/operated.sh` makes the machine and the folders.
"""

from __future__ import annotations

import base64
import hmac
import re
import ssl
import struct
import subprocess
import sys
import time
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

NAME = "maillage.exemple.fr"
SITE = f"https://{NAME}"
EMAIL = "max@exemple.fr"
ENVIRONMENT = Path("/etc/maillage.env")
NGINX = Path("/etc/nginx/sites-available/maillage")
UNIT = Path("/etc/systemd/system/maillage.service")
KEPT = Path("/var/backups/maillage")
TYPED_SECONDS = 4
"""A form that comes back sooner than somebody types is not taken."""
CODE_SECONDS = 30
FORMER, TODAY = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
SQLITE = sys.argv[3] == "sqlite"
PAGE = (TODAY / "docs" / "exploiter.md").read_text(encoding="utf-8")


def blocks(number: int) -> list[str]:
    """The commands of a section of the page, block by block."""
    (section,) = re.findall(rf"^## {number}\. .*?(?=^## |\Z)", PAGE, re.M | re.S)
    return re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)


def run(commands: str, folder: Path = TODAY) -> str:
    """Run a block as it is typed, but for what the page says of SQLite; what it printed."""
    if SQLITE:
        kept = [line for line in commands.splitlines() if "-u postgres" not in line]
        commands = "\n".join(kept).replace("admin restauration", "admin restauration --remplacer")
    print("".join(f"\n$ {line}" for line in commands.strip().splitlines()), flush=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    print(done.stdout, flush=True)
    assert done.returncode == 0, f"code {done.returncode}"
    return done.stdout


class Visitor:
    """A browser that keeps its cookies."""

    def __init__(self) -> None:
        own = ssl.create_default_context()
        own.check_hostname, own.verify_mode = False, ssl.CERT_NONE
        self._open = build_opener(HTTPCookieProcessor(CookieJar()), HTTPSHandler(context=own)).open
        self.page = ""

    def get(self, path: str) -> str:
        """Open a page."""
        self.page = self._open(SITE + path, timeout=60).read().decode()
        return self.page

    def send(self, path: str, **fields: str) -> str:
        """Fill the form of the page that is open, and send it."""
        for name in ("csrf_token", "jeton", "token"):
            found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', self.page)
            if found:
                fields[name] = unescape(found[1])
        asked = Request(SITE + path, urlencode(fields).encode(), {"Referer": SITE + path})
        self.page = self._open(asked, timeout=60).read().decode()
        return self.page


def ask(need: str) -> None:
    """Leave a request as a commune does."""
    commune = Visitor()
    commune.get("/mise-en-relation?" + urlencode({"commune": "34142", "besoin": need}))
    time.sleep(TYPED_SECONDS)
    fields = {"service": "Service urbanisme", "courriel": "mairie@ville.fr", "accord": "oui"}
    said = commune.send("/mise-en-relation", commune="34142", besoin=need, **fields)
    assert "enregistrée" in said, said


def code(key: str) -> str:
    """What an application of second factors shows for a key, at a half minute not used yet."""
    time.sleep(CODE_SECONDS - time.time() % CODE_SECONDS + 1)
    secret = base64.b32decode(key + "=" * (-len(key) % 8))
    moment = struct.pack(">Q", int(time.time()) // CODE_SECONDS)
    digest = hmac.new(secret, moment, "sha1").digest()
    (number,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def adviser_made() -> str:
    """Make the account of an adviser; its password."""
    said = run(f"maillage_admin comptes creer {EMAIL} --nom Max --role conseiller")
    (password,) = re.findall(r"[Mm]ot de passe[^:]*: *(\S+)", said)
    return password


def sign_in(password: str, key: str = "") -> tuple[Visitor, str]:
    """Sign in as the adviser; without a key, take the one that the site proposes."""
    adviser = Visitor()
    adviser.get("/espace/connexion")
    adviser.send("/espace/connexion", email=EMAIL, password=password)
    if not key:
        adviser.send("/espace/second-facteur", setup="authenticator")
        (shown,) = re.findall(r"<code[^>]*>([A-Z2-7 -]{16,})</code>", adviser.page)
        key = re.sub(r"[^A-Z2-7]", "", shown)
    adviser.send("/espace/code", code=code(key))
    return adviser, key


def sees(password: str, key: str, *needs: str, never: str = "") -> None:
    """The adviser signs in and reads these requests, and not that one."""
    adviser, _ = sign_in(password, key)
    page = adviser.get("/espace/dossiers")
    for need in needs:
        assert need in unescape(page), (need, page)
    assert not never or never not in page, never


def install(folder: Path) -> None:
    """Sections 1 to 4."""
    run(blocks(1)[1], folder)
    created, described, *commands = "\n".join(blocks(2)).partition("maillage_admin reglages")
    run(created, folder)
    text = ENVIRONMENT.read_text(encoding="utf-8")
    for name in ("PUBLISHER", "DIRECTOR", "HOSTING", "CONTACT"):
        text = text.replace(f"MAILLAGE_{name}=\n", f"MAILLAGE_{name}=Essai de la page\n")
    if SQLITE:
        # Today an empty address is none; the former version wants the line gone.
        text = text.replace("MAILLAGE_DATABASE_URL=postgresql:///maillage\n", "")
    ENVIRONMENT.write_text(text, encoding="utf-8")
    live = f"/etc/letsencrypt/live/{NAME}"
    run(
        f"mkdir -p {live}; openssl req -x509 -newkey rsa:2048 -nodes -subj /CN={NAME} "
        f"-keyout {live}/privkey.pem -out {live}/fullchain.pem 2> /dev/null; "
        f"grep -q {NAME} /etc/hosts || echo 127.0.0.1 {NAME} >> /etc/hosts"
    )
    lines = (described + "".join(commands)).splitlines()
    if not has_settings():  # a former version had no table of settings to print
        lines = [line for line in lines if "admin reglages" not in line]
    run("\n".join(lines), folder)
    run(blocks(3)[0], folder)
    run(blocks(4)[0], folder)


def has_settings() -> bool:
    """Whether the version in place knows how to print its settings."""
    command = ["/opt/maillage/bin/maillage", "admin", "reglages", "--help"]
    return subprocess.run(command, capture_output=True).returncode == 0


def changed_by_the_operator() -> None:
    """Lines of the operator's own, in what an update touches too."""
    run(
        f"sed -i 's/rate=20r/rate=30r/' {NGINX}; sed -i 's/RestartSec=2/RestartSec=4/' {UNIT}; "
        "systemctl daemon-reload; systemctl reload nginx"
    )


def former_layout() -> None:
    """As servers were before each version had its folder, and before what was laid was known."""
    run(
        "systemctl stop maillage; version=$(readlink /opt/maillage); rm /opt/maillage; "
        "mv /opt/$version /opt/maillage; rm -r /usr/local/share/maillage; "
        'grep -lI -d skip "^#!/opt/$version/" /opt/maillage/bin/* | '
        'xargs sed -i "1s|/opt/$version/|/opt/maillage/|"; systemctl start maillage; '
        "curl -s --retry 120 --retry-delay 1 --retry-connrefused http://127.0.0.1:8000/pret"
    )


def holds(path: Path, *lines: str) -> None:
    """A file of the server says these."""
    text = path.read_text(encoding="utf-8")
    assert all(line in text for line in lines), (path, lines, text)


def taken_back() -> None:
    """What serves and how is as the former version left it, with what the operator changed."""
    holds(NGINX, "rate=30r", "keepalive_timeout 20s")
    holds(UNIT, "RestartSec=4", "LimitNOFILE=4096")


def kept_for_the_return() -> dict[str, tuple[int, int]]:
    """What updates kept: size and time of each file."""
    found = ((path.name, path.stat()) for path in KEPT.glob("avant-*"))
    return {name: (seen.st_size, seen.st_mtime_ns) for name, seen in found}


def main() -> None:
    """All of it."""
    install(FORMER)
    password = adviser_made()
    kept, late, lost = "Ouvrir une recyclerie", "Créer une épicerie", "Reprendre le café"
    ask(kept)
    _, key = sign_in(password)
    sees(password, key, kept)
    run("systemctl start maillage-nuit.service")
    ask(late)
    drill, restored = blocks(6)
    if not SQLITE:
        run(drill)
    run(restored)
    sees(password, key, kept, never=late)
    ask(late)
    changed_by_the_operator()
    former_layout()
    update, back = blocks(7)
    run(update)
    # What was laid before is not known: nothing is replaced, the new files are beside.
    taken_back()
    holds(Path(f"{NGINX}.nouveau"), "keepalive_timeout 30s")
    sees(password, key, kept, late)
    ask(lost)
    sees(password, key, kept, late, lost)
    run(back)
    taken_back()
    sees(password, key, kept, late, never=lost)
    run("sh deploy/fichiers.sh poser", FORMER)
    again = "Restaurer le four banal"
    ask(again)
    run(update)
    holds(NGINX, "rate=30r", "keepalive_timeout 30s")
    holds(UNIT, "RestartSec=4", "LimitNOFILE=8192")
    ask(lost)
    before = kept_for_the_return()
    run(update)
    assert kept_for_the_return() == before and len(before) == 4
    sees(password, key, kept, late, again, lost)
    run(back)
    taken_back()
    sees(password, key, kept, late, again, never=lost)
    run("systemctl start maillage-nuit.service; systemctl --failed --no-legend; exit 0")
    print("docs/exploiter.md holds, line by line")


if __name__ == "__main__":
    main()
