"""Text as people paste it, made plain: what cannot be seen goes, what was damaged is mended.

Nobody is told to type again what cannot be seen. What may change the meaning is said in French.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from matcher.catalogue.french import within

PASSES = 20
"""How many layers of damage are mended, one under the other: people paste two or three."""
MOJIBAKE = "Des lettres abîmées ont été rétablies (« Ã© » est redevenu « é »)."
MARKUP = "Les balises de mise en page (HTML) ont été retirées."
REJOINED = "Des mots coupés en fin de ligne ont été recollés : {words}."
DROPPED = "Des caractères illisibles ont été retirés."

_ODD = re.compile(r"[^\x09\x0a\x20-\x7e\xa1-\xac\xae-\xff’–—…“”€œŒŸ•]|[&<\x80-\xa0]|-[ \t]*\n")
"""What may need a repair; a text without it is plain, but for letters of another encoding."""
_LEADS = re.compile(r"[\xc2-\xc5\xcb-\xd1\xe2-\xe4\xef\xf0][^\x00-\x7f]|Ã |â€")
"""What letters of UTF-8 look like when they are read as Latin ones."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb]|(?<![^\x00-\u1fff])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u1fff])"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINES = re.compile("\r\n?|[\v\f\x1c-\x1e\u2028\u2029]")
_GARBAGE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\U0001fffe\U0001ffff\U000e0000-\U000e007f]"
)
_LIGATURES = {
    **dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)),
}
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_ESCAPED_AGAIN = re.compile(r"&(?:amp;)+(?=#?[a-zA-Z0-9]+;)")
_MARKUP = re.compile(r"</[a-zA-Z]|<(?:br|p|div|li)[\s/>]|<!--", re.I)
"""What makes of « <b> » a tag: alone, it is a sign that somebody typed."""
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|table|tbody|h[1-6])(?:\s[^<>]*)?/?>", re.I)
_INLINE = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|font|td|th|sup|sub|small|o:p)(?:\s[^<>]*)?/?>", re.I
)
_CUT = re.compile(r"(?<![\w-])([^\W\d_]{2,})(?:-|\u2010)[ \t]*\n[ \t]*([^\W\d_]{2,})(?![\w-])")

_FIRST_PARTS = frozenset(
    "centre tiers sous après avant arrière auto bien co contre demi mi éco ex garde hors "
    "inter micro mini multi non outre para peut petit petite grand grande haut haute bas "
    "basse plus porte pluri post pré quasi quartier rendez rez saint sainte semi socio "
    "sud nord est ouest sur trans vice vis agro bio hôtel maison mairie ciné aide chef "
    "savoir café bar halte cœur "
    "lieu espace point relais celui celle ceux celles lui elle eux nous vous moi toi dit".split()
)
"""First parts of French compounds: « centre-bourg » keeps its hyphen when a line cuts it there."""
_LAST_PARTS = frozenset(
    "il elle on ils elles ce ci là je tu nous vous moi toi lui leur le la les même mêmes bourg "
    "bourgs ville villes lieu lieux dessus dessous être faire".split()
)
"""Last parts of French compounds and turned-round pronouns: « peut-être », « pourrait-on »."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text made plain, and in French what was done that may change its meaning."""

    text: str
    changes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The changes in one sentence, for who wrote the text; empty when nothing is to be told."""
        return told(self.changes)


def told(changes: Sequence[str]) -> str:
    """Changes as `Repaired` has them, in one sentence; empty when there are none."""
    said = " ; ".join(within(change).rstrip(".") for change in changes)
    return f"Nous avons réparé votre texte : {said}." if said else ""


def repair(text: str) -> Repaired:
    """Make a pasted text plain; a text that is plain is handed back as it is.

    A second repair changes nothing.
    """
    changes: list[str] = []
    passes = 0
    while _ODD.search(text) or _LEADS.search(text):
        found = _once(text, changes)
        if found == text:
            break
        passes += 1
        # Tags in tags without end, made for that: nothing is left that could be one more.
        text = found if passes < PASSES else re.sub("[<&]", "", found)
    return Repaired(text, tuple(dict.fromkeys(changes)))


def _once(text: str, changes: list[str]) -> str:
    text = _paired(text)
    text = _without_markup(text, changes)
    text = _decoded(text, changes)
    text = "".join(map(_of_windows, text)) if re.search("[\x80-\x9f]", text) else text
    text = _LINES.sub("\n", text)
    text = _SPACES.sub(" ", text)
    # A soft hyphen at the end of a line joined the two halves of a word.
    text = re.sub("\u00ad[ \t]*\n[ \t]*", "", text)
    text = _INVISIBLE.sub("", text)
    text = text.translate({ord(key): value for key, value in _LIGATURES.items()})
    text = unicodedata.normalize("NFC", text)
    kept = _GARBAGE.sub("", text)
    if kept != text:
        changes.append(DROPPED)
    return _rejoined(kept, changes)


def _paired(text: str) -> str:
    """Halves of one character (UTF-16) put together; a half alone stays, to be dropped."""
    if not re.search("[\ud800-\udbff][\udc00-\udfff]", text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _without_markup(text: str, changes: list[str]) -> str:
    text = _ESCAPED_AGAIN.sub("&", text)
    text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    marked = _MARKUP.search(text)
    plain = _INLINE.sub("", _BLOCK.sub("\n", _without_comments(text))) if marked else text
    if plain != text:
        changes.append(MARKUP)
        return plain.strip("\n")
    return text


def _without_comments(text: str) -> str:
    """A page without its comments; one that never ends is none, nor is any after it."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join(kept) + text[at:]


def _decoded(text: str, changes: list[str]) -> str:
    """Letters of UTF-8 that were read as Latin ones, read again."""
    if not _LEADS.search(text):
        return text
    import ftfy  # slow to load, and seldom needed

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        replace_lossy_sequences=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )
    fixed = ftfy.fix_encoding(text, config)
    if fixed != text:
        changes.append(MOJIBAKE)
    return fixed


def _of_windows(char: str) -> str:
    """A control that Windows prints: number 146 is « ’ »."""
    if not "\x80" <= char <= "\x9f":
        return char
    if char == "\x85":  # in what was Latin it is an ellipsis, as Windows has it
        return "…"
    return char.encode("latin-1").decode("cp1252", "ignore") or char


def _rejoined(text: str, changes: list[str]) -> str:
    """Words that a line end cut, in one piece; the hyphen of a compound stays."""
    words: list[str] = []

    def join(match: re.Match[str]) -> str:
        first, last = match.groups()
        compound = (
            first.lower() in _FIRST_PARTS
            or last.lower() in _LAST_PARTS
            or (last[0].isupper() and not first.isupper())
        )
        word = f"{first}-{last}" if compound else first + last
        words.append(word)
        return word

    text = _CUT.sub(join, text)
    if words:
        said = ", ".join(f"« {word} »" for word in dict.fromkeys(words[:5]))
        changes.append(REJOINED.format(words=said))
    return text
