"""From the bytes of a text file to its text, and the name of the encoding that was read."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

UTF_8, UTF_16, CP1252 = "UTF-8", "UTF-16", "Windows-1252"
FRENCH = frozenset("éèêëàâäçîïôöùûüÿœæÉÈÊËÀÂÄÇÎÏÔÖÙÛÜŒÆ’‘“”«»–—…€°²³·\u00a0")
"""Characters beyond ASCII that a French text in Windows-1252 has."""
OTHERS = ("mac_roman", "cp850", "cp1252", "latin_1")
"""Encodings that are weighed when Windows-1252 gives something else than French."""
LABELS = {"mac_roman": "Mac Roman", "cp850": "CP850 (DOS)", "latin_1": "Latin-1"}
SAMPLE = 20_000
"""Bytes that are looked at to tell an encoding."""


def read_text(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding, in words for a reader; nothing is left out.

    >>> read_text("Lodève".encode("cp1252"))
    ('Lodève', 'Windows-1252')
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        label = f"{UTF_8} (avec BOM)"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), UTF_16
    elif wide := _wide(data[:SAMPLE]):
        return data.decode(wide, "replace"), UTF_16
    else:
        label = UTF_8
    try:
        return data.decode("utf-8"), label
    except UnicodeDecodeError:
        return _by_line(data)


def _wide(sample: bytes) -> str:
    """The UTF-16 of a file without its mark: every other byte of a French text is nought."""
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half and sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def _by_line(data: bytes) -> tuple[str, str]:
    """A text that is not UTF-8 as a whole: some of its lines may be, when two files were joined."""
    lines = data.split(b"\n")
    decoded = [_utf_8(line) for line in lines]
    broken = [i for i, text in enumerate(decoded) if text is None]
    if not any(text is not None and not text.isascii() for text in decoded):
        name, label = _single(data[:SAMPLE] if _beyond(data[:SAMPLE]) else data)
        return data.decode(name, "replace"), label
    name, label = _single(b"\n".join(lines[i] for i in broken)[:SAMPLE])
    for i in broken:
        decoded[i] = lines[i].decode(name, "replace")
    joined = "\n".join(text or "" for text in decoded)
    return joined, f"{UTF_8}, et {label} pour {len(broken)} ligne(s)"


def _utf_8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _beyond(data: bytes) -> bool:
    return not data.isascii()


def _single(sample: bytes) -> tuple[str, str]:
    """The encoding of one byte a character that a sample is in."""
    beyond = [c for c in sample.decode("cp1252", "replace") if not c.isascii()]
    if all(c in FRENCH for c in beyond):
        return "cp1252", CP1252
    found = from_bytes(sample, cp_isolation=list(OTHERS)).best()
    name = found.encoding if found else "cp1252"
    french = {n: _french(sample, n) for n in ("cp1252", name)}
    best = max(french, key=lambda n: (french[n], n == "cp1252"))
    return best, f"{LABELS.get(best, CP1252)} (supposé)"


def _french(sample: bytes, name: str) -> int:
    return sum(c in FRENCH for c in sample.decode(name, "replace"))
