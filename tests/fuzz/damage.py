"""What is thrown at the readers: files as their tools write them, then damaged in a few places."""

from __future__ import annotations

import csv
import io
import os
import signal
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("FUZZ", "1"))
"""How many times more examples than in the tests of every day: `make fuzz` says 40."""
PATIENCE = 20
"""Seconds of processor that an input may take: a machine that is busy with others changes nothing.
Ordinary inputs take milliseconds."""
T = TypeVar("T")

PIECES = (
    *(b'"', b";", b",", b"\t", b"\n", b"\r\n", b"\r", b"\0", b"\x1a", b"\x1b[31m", b" "),
    *(b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe9", b"\xc3", b"\xf0\x9f"),
    *(b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b", b"<", b">", b"<!--", b"&", b"(", b"[", b"{", b"="),
    *(b"?", b"@", b"\\", b"-", b"0", b"9", b"nan", b"1e999", b"null", b"../"),
)
"""What damages: separators, encodings cut short, magic numbers, what opens and never ends."""
AWKWARD = (
    *("", " ", "\u00a0", "0", "-1", "1e999", "nan", "9" * 400, "٣", "²", "1,5", "True"),
    *("=1+1", "'=1+1", "@x", "\u202e", "\u200b", "\ud800", "\uffff", "\0", "\x1b[31m", "a\nb"),
    *('"', '""', 'a"b', ";", "|", "||", "a|a", "a,b", "\t", "é", "Ã©", "%s", "{0}", "<b>", "../.."),
    *("oui", "x" * 5_000, "34142", "Lodève", "75", "2A004", "99999", "31/02/2027", "2026-11-29"),
    *("((((", "Lodève, Die, Lodève", "CC du Lodévois", "a@b.fr", "javascript:alert(1)"),
)
"""Values that people or machines put where they should not."""


def fuzzed(count: int) -> Callable[[T], T]:
    """So many examples a test; `FUZZ` times as many, and others each time, in a long run."""
    return settings(max_examples=max(1, count * TIMES // 2), derandomize=TIMES == 1)


@contextmanager
def patiently() -> Iterator[None]:
    """Fail when what is inside takes the processor for longer than any input may."""

    def late(*_: object) -> None:
        raise AssertionError(f"plus de {PATIENCE} secondes de processeur : cela ne finit pas")

    former = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


@st.composite
def damaged(draw: st.DrawFn, files: Sequence[bytes], most: int = 4) -> bytes:
    """One of some files, changed in up to `most` places."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, len(data)))
        span = draw(st.integers(0, 60))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8))
        change = draw(st.sampled_from("cut out over in twice pump flip".split()))
        if change == "cut":
            del data[at:]
        elif change == "out":
            del data[at : at + span]
        elif change == "over":
            data[at : at + len(piece)] = piece
        elif change == "in":
            data[at:at] = piece
        elif change == "twice":
            data[at:at] = data[at : at + span]
        elif change == "pump":
            data[at:at] = piece * draw(st.sampled_from((10, 1_000, 20_000)))
        elif at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


@st.composite
def tables(draw: st.DrawFn, columns: Mapping[str, Sequence[str]]) -> bytes:
    """A CSV file of these columns, each value one that it usually has, or an awkward one."""
    names = draw(st.permutations(list(columns)))
    separator, encoding = draw(st.sampled_from(",;\t")), draw(st.sampled_from(ENCODINGS))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=draw(st.sampled_from(ENDS)))
    writer.writerow(names)
    for _ in range(draw(st.integers(0, 5))):
        cells = [st.sampled_from(columns[name]) | st.sampled_from(AWKWARD) for name in names]
        writer.writerow([draw(cell) for cell in cells])
    return out.getvalue().encode(encoding, "replace" if encoding == "cp1252" else "surrogatepass")


ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
ENDS = ("\n", "\r\n")

LEAVES = (
    st.none()
    | st.booleans()
    | st.sampled_from(AWKWARD)
    | st.integers()
    | st.floats()
    | st.sampled_from((10**400, 1e300))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@st.composite
def changed(draw: st.DrawFn, record: Any) -> Any:
    """A JSON value with one of its parts taken out, or another one in its place."""
    if isinstance(record, dict) and record and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(record)))
        if draw(st.booleans()):
            return {**record, key: draw(changed(record[key]))}
        return {name: value for name, value in record.items() if name != key}
    if isinstance(record, list) and record and draw(st.integers(0, 4)):
        at = draw(st.integers(0, len(record) - 1))
        return [*record[:at], draw(changed(record[at])), *record[at + 1 :]]
    return draw(VALUES)


@st.composite
def repacked(draw: st.DrawFn, archives: Sequence[bytes]) -> bytes:
    """An archive one of whose parts was damaged, whole as an archive: what is inside is wrong."""
    with zipfile.ZipFile(io.BytesIO(draw(st.sampled_from(archives)))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(parts)))
    parts[name] = draw(damaged((parts[name],)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in parts.items():
            if one != name or draw(st.integers(0, 5)):
                archive.writestr(one, data)
    return out.getvalue()
