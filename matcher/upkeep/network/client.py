"""One way to ask a source: patient, bounded, remembering what did not change.

The only module that speaks to the network at run time. Whatever goes wrong is a `DataError` whose
`file` is the source and the page that was read.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NoReturn

import httpx

from matcher.catalogue.faults import DataError, Fault, shorten
from matcher.catalogue.rows import Row, read_rows

from .sources import CachedCopy, NetworkSource

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds: a page of data.inclusion has some thousand structures and is slow to come."""
ATTEMPTS = 4
"""Times that one page is asked for."""
WAIT_S = 1.0
"""Seconds before the second time; twice as long each time after."""
WAIT_MAX_S = 120.0
"""Seconds that a source may ask us to wait: past it, the operator comes back later."""
SIZE_MAX = 128 * 1024 * 1024
"""Bytes of one answer: ten times the largest page that is documented."""
AGAIN = (429, 500, 502, 503, 504)
"""Statuses that pass."""
AGENT = "Maillage (annuaire ESS)"


@dataclass(frozen=True)
class SourceResponse:
    """What a source answered.

    Parameters
    ----------
    body : bytes
        Its bytes.
    address : str
        Where it came from, after redirections.
    same : bool
        Whether the source says that nothing changed since it was last read.
    """

    body: bytes
    address: str
    same: bool = False
    etag: str = ""
    modified: str = ""


Tried = tuple[SourceResponse | None, str, float | None]
"""An answer; or else what passes, and the seconds that the source asks to wait."""


@dataclass
class Client:
    """The requests to one source.

    Parameters
    ----------
    source : NetworkSource
        Whom to ask.
    cache : Path
        Where what did not change is kept.
    sleep : callable
        Waits so many seconds.
    transport : httpx.BaseTransport, optional
        Another network, for the tests.
    """

    source: NetworkSource
    cache: Path
    sleep: Callable[[float], object] = time.sleep
    transport: httpx.BaseTransport | None = None
    asked: int = field(default=0, init=False)

    def json(self, path: str, page: str = "", params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path of the source."""
        answer, kept = self._get(path, page, params or {})
        text = self._text(answer, page)
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            where = getattr(error, "lineno", None)
            self.fail(page, "JSON illisible, sans doute coupé : relancez la commande", line=where)
        kept.keep(answer.body, answer.etag, answer.modified)
        return data

    def table(self, path: str, columns: tuple[str, ...], page: str = "") -> list[Row]:
        """The rows of the CSV at a path, which must have these columns."""
        answer, kept = self._get(path, page, {})
        rows = self.rows(self._text(answer, page), columns, page)
        kept.keep(answer.body, answer.etag, answer.modified)
        return rows

    def rows(self, text: str, columns: tuple[str, ...], page: str = "") -> list[Row]:
        """The rows of a CSV text, read as strictly as our own tables."""
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            file.write(text.encode())
            file.flush()
            return read_rows(Path(file.name), columns, name=self.name(page))

    def post_csv(
        self, path: str, text: str, columns: tuple[str, ...], params: Mapping[str, Sequence[str]]
    ) -> list[Row]:
        """Send a CSV file as the field `data` of a form; the rows of the CSV that comes back."""
        files = {"data": ("lignes.csv", text.encode(), "text/csv")}
        answer = self._patiently(
            lambda client: client.build_request(
                "POST", self._url(path), data=dict(params), files=files
            ),
            "",
        )
        return self.rows(self._text(answer, ""), columns)

    def fail(
        self,
        page: str,
        rule: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> NoReturn:
        """Say what is wrong with an answer.

        Raises
        ------
        DataError
            Always.
        """
        raise DataError([Fault(self.name(page), line, column, value, rule)])

    def name(self, page: str = "") -> str:
        """The source, and the page of it, as messages say it."""
        return f"{self.source.label}, {page}" if page else self.source.label

    def _url(self, path: str) -> str:
        return path if "://" in path else f"{self.source.address}{path}"

    def _get(
        self, path: str, page: str, params: Mapping[str, str]
    ) -> tuple[SourceResponse, CachedCopy]:
        url = str(httpx.URL(self._url(path)).copy_merge_params(dict(params)))
        kept = CachedCopy(self.cache, url)
        headers = kept.conditions()
        answer = self._patiently(
            lambda client: client.build_request("GET", url, headers=headers), page
        )
        if answer.same:
            answer = SourceResponse(kept.body(), answer.address, True, kept.etag, kept.modified)
        return answer, kept

    def _patiently(
        self, request: Callable[[httpx.Client], httpx.Request], page: str
    ) -> SourceResponse:
        """Ask until an answer comes, a few times, waiting as the source asks."""
        if self.asked and self.source.pause_s:
            self.sleep(self.source.pause_s)
        self.asked += 1
        with httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=True,
            max_redirects=5,
            headers={"User-Agent": AGENT, **self._key()},
            transport=self.transport,
        ) as client:
            for attempt in range(1, ATTEMPTS + 1):
                answer, last, asked = self._try(client, request(client), page)
                if answer:
                    return answer
                wait = WAIT_S * 2 ** (attempt - 1) if asked is None else asked
                if wait > WAIT_MAX_S:
                    rule = f"la source demande d’attendre {round(wait / 60)} minutes"
                    self.fail(page, f"{rule} ({last}) : relancez plus tard")
                if attempt < ATTEMPTS:
                    self.sleep(wait)
        self.fail(page, f"{last}, {ATTEMPTS} fois : vérifiez le réseau et {self.source.setting}")

    def _try(self, client: httpx.Client, request: httpx.Request, page: str) -> Tried:
        """One try, where what may pass is told and the rest fails."""
        try:
            return self._once(client, request, page)
        except httpx.TimeoutException:
            return None, "aucune réponse à temps", None
        except httpx.TooManyRedirects:
            self.fail(page, "l’adresse renvoie sans fin vers une autre")
        except httpx.UnsupportedProtocol:
            self.fail(page, f"adresse fausse : voyez {self.source.setting}")
        except (httpx.TransportError, httpx.DecodingError) as error:
            return None, f"connexion impossible ou coupée ({type(error).__name__})", None

    def _key(self) -> dict[str, str]:
        if not self.source.token:
            return {}
        key = os.environ.get(self.source.token, "").strip()
        if not key:
            self.fail("", f"cette source demande une clé : donnez-la par {self.source.token}")
        return {"Authorization": f"Bearer {key}"}

    def _once(self, client: httpx.Client, request: httpx.Request, page: str) -> Tried:
        response = client.send(request, stream=True)
        try:
            status = response.status_code
            if status in AGAIN:
                asked = _seconds(response.headers.get("Retry-After"))
                return None, f"réponse {status}", asked
            if request.url.scheme == "https" and response.url.scheme != "https":
                self.fail(page, "l’adresse renvoie vers une page sans chiffrement (http)")
            if status == httpx.codes.NOT_MODIFIED:
                return SourceResponse(b"", str(response.url), True), "", None
            body = self._bounded(response, page)
        finally:
            response.close()
        if status in (401, 403):
            hint = self.source.token or self.source.setting
            self.fail(page, f"accès refusé (réponse {status}) : vérifiez {hint}")
        if status == httpx.codes.NOT_FOUND:
            self.fail(page, f"adresse introuvable (réponse 404) : voyez {self.source.setting}")
        if status != httpx.codes.OK:
            self.fail(page, f"réponse {status} : {_told(body)}")
        headers = response.headers
        etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
        return SourceResponse(body, str(response.url), etag=etag, modified=modified), "", None

    def _bounded(self, response: httpx.Response, page: str) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > SIZE_MAX:
                self.fail(page, f"réponse de plus de {SIZE_MAX // 1024**2} Mo : arrêtée")
            parts.append(part)
        return b"".join(parts)

    def _text(self, answer: SourceResponse, page: str) -> str:
        """The text of an answer, which is no page of HTML."""
        try:
            text = answer.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.fail(page, "réponse qui n’est pas un texte UTF-8")
        if text.lstrip()[:1] == "<":
            self.fail(page, "page HTML reçue au lieu de données : maintenance, ou adresse fausse")
        if not text.strip():
            self.fail(page, "réponse vide : rien n’est changé")
        return text


def _seconds(value: str | None) -> float | None:
    """The wait that `Retry-After` asks for: seconds, or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


def _told(body: bytes) -> str:
    """What the source says of its refusal (`erreur`, `detail`, `message`), on one line."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return "sans explication"
    said = data if isinstance(data, dict) else {}
    found = said.get("erreur") or said.get("detail") or said.get("message")
    return shorten(str(found), 200) if found else "sans explication"
