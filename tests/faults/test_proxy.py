"""The nginx of docs/exploiter.md, for real: it holds crowds, and tells the site who asks."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from sockets import free_port
from test_processes import ENOUGH_SECONDS, ROOT, site, until

NAME = "maillage.exemple.fr"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CROWD = 1050
"""More than a process of the site holds (`listening.CONNECTIONS`)."""
MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
worker_processes 2;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/maillage.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """Where nginx and the site behind it listen."""

    plain: int
    secure: int
    behind: int
    log: Path

    def get(self, path: str, name: str = NAME, source: str = "127.0.0.1", **headers: str):  # type: ignore[no-untyped-def]
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asked = HTTPSConnection(
            "127.0.0.1", self.secure, timeout=ENOUGH_SECONDS, context=context,
            source_address=(source, 0),
        )  # fmt: skip
        asked.request("GET", path, headers={"Host": name, **headers})
        answer = asked.getresponse()
        body = answer.read().decode()
        asked.close()
        return answer.status, body, answer.headers


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The site behind nginx, with the file that is handed over but for ports and certificate."""
    assert Path(NGINX).exists(), "These tests need nginx: see tests/install_nginx.sh."
    folder = tmp_path_factory.mktemp("nginx")
    log = folder / "pages.jsonl"
    settings = {
        "MAILLAGE_HOSTS": NAME,
        "MAILLAGE_PROXIES": "1",
        "MAILLAGE_PROCESSES": "1",
        "MAILLAGE_LIMIT_API": "3 per hour",
        "MAILLAGE_ACCESS_LOG": str(log),
    }
    with site(folder, **settings) as (_, behind):
        found = Proxy(free_port(), free_port(), behind, log)
        _certificate(folder)
        _write(folder, found)
        nginx = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE)
        try:
            until(lambda: listens(found.secure) or nginx.poll() is not None, "nginx does not start")
            assert nginx.poll() is None, nginx.stderr and nginx.stderr.read()
            yield found
        finally:
            nginx.terminate()
            nginx.wait(ENOUGH_SECONDS)
            nginx.stderr and nginx.stderr.close()


def _certificate(folder: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*make, *files], check=True, capture_output=True)


def _write(folder: Path, found: Proxy) -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    live = f"/etc/letsencrypt/live/{NAME}"
    for told, here in (
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl http2;", ""),
        ("listen 80;", f"listen 127.0.0.1:{found.plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{found.secure} ssl http2;"),
        (f"{live}/fullchain.pem", f"{folder}/certificate.pem"),
        (f"{live}/privkey.pem", f"{folder}/key.pem"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{found.behind};"),
    ):
        assert told in text, told
        text = text.replace(told, here)
    (folder / "maillage.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder), encoding="utf-8")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def crowd(stack: ExitStack, port: int, count: int, said: bytes) -> list[socket.socket]:
    """So many connections of one address that say this much and no more."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, most))
    found = []
    for _ in range(count):
        one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        one.sendall(said)
        found.append(one)
    return found


HALF = b"GET / HTTP/1.1\r\nHost: maillage.exemple.fr\r\nX-Lent"


@pytest.mark.parametrize("said", [b"", HALF], ids=["silent", "half"])
def test_a_thousand_half_open_connections_of_one_address_silence_nobody(
    proxy: Proxy, said: bytes
) -> None:
    with ExitStack() as stack:
        crowd(stack, proxy.plain if said else proxy.secure, CROWD, said)
        assert proxy.get("/")[0] == 200
        assert connected(proxy.behind) < 50, "they do not reach the site"


def connected(port: int) -> int:
    """Connections that the site has taken, as Linux tells."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    established = "01"
    return sum(
        1
        for local, state in ((row.split()[1], row.split()[3]) for row in rows)
        if local.endswith(f":{port:04X}") and state == established
    )


def test_one_address_has_fifty_requests_under_way_and_others_are_answered(proxy: Proxy) -> None:
    half_body = (
        f"POST /mise-en-relation HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 1000\r\n\r\nbesoin="
    )
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as stack:
        for _ in range(70):
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", proxy.secure)))
            one = stack.enter_context(context.wrap_socket(raw, server_hostname=NAME))
            one.sendall(half_body.encode())
        assert proxy.get("/")[0] == 429
        assert proxy.get("/", source="127.0.0.2")[0] == 200


def test_the_site_is_reached_by_https_only_and_by_its_name(proxy: Proxy) -> None:
    asked = HTTPConnection("127.0.0.1", proxy.plain, timeout=ENOUGH_SECONDS)
    asked.request("GET", "/annuaire?q=a", headers={"Host": NAME})
    answer = asked.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, f"https://{NAME}/annuaire?q=a")
    asked.close()
    status, body, headers = proxy.get("/integrer")
    assert status == 200 and f"https://{NAME}/" in body
    assert headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    status, body, _ = proxy.get("/integrer", name="pirate.exemple")
    assert status == 400 and "pirate" not in body


def test_a_program_that_asks_without_https_is_told_and_not_led_on(proxy: Proxy) -> None:
    asked = HTTPConnection("127.0.0.1", proxy.plain, timeout=ENOUGH_SECONDS)
    asked.request("GET", "/api/v1/communes?q=lod", headers={"Host": NAME})
    answer = asked.getresponse()
    assert (answer.status, answer.getheader("Location")) == (403, None)
    asked.close()


@pytest.mark.parametrize(
    ("cipher", "taken"), [("ECDHE-RSA-AES128-GCM-SHA256", True), ("AES128-GCM-SHA256", False)]
)
def test_only_ciphers_that_keep_the_past_secret_are_spoken(
    proxy: Proxy, cipher: str, taken: bool
) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    with socket.create_connection(("127.0.0.1", proxy.secure), timeout=ENOUGH_SECONDS) as raw:
        if taken:
            with context.wrap_socket(raw, server_hostname=NAME) as spoken:
                assert (spoken.cipher() or ("",))[0] == cipher
        else:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(raw, server_hostname=NAME)


def test_who_asks_is_told_by_the_proxy_and_not_by_the_visitor(proxy: Proxy) -> None:
    found = [
        proxy.get("/api/v1/communes?q=lod", **{"X-Forwarded-For": f"192.0.2.{n}"})[0]
        for n in range(4)
    ]
    assert found == [200, 200, 200, 429]


def test_what_is_for_the_machine_alone_is_not_shown(proxy: Proxy) -> None:
    assert [proxy.get(path)[0] for path in ("/sante", "/pret", "/metriques")] == [200, 404, 404]
