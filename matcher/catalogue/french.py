"""French in sentences and in keys: lists, plurals, numbers; names folded so that they compare."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import accumulate

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
ACCENTS = re.compile("[\u0300-\u036f]")
"""Marks that a letter is made of, once it is taken apart."""
OTHERS = re.compile(r"[^a-z0-9\n]+")
UPON = re.compile(r"\bs/")
SAINT = re.compile(r"\b(st|ste|sts|stes)\b")
SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}

ARTICLES = re.compile(r"\b(l|le|la|les|d|de|du|des) ")
"""Words that people leave out or add: « Rochelle », « L'Isle Adam », « Bourg-Péage »."""


LEADING = re.compile(r"^(l|le|la|les) (?=.)")
"""The article that a name begins with: it is not looked for under it."""


def unaccented(text: str) -> str:
    """Lower case without accents, ligatures opened: « Cœur » becomes « coeur »."""
    if text.isascii():
        return text.lower()
    opened = text.lower().translate(LIGATURES)
    return ACCENTS.sub("", unicodedata.normalize("NFD", opened))


def place_key(text: str) -> str:
    """A name of place without accents, hyphens or apostrophes; « St », « Ste », « s/ » in full.

    Lines are kept apart, so that all names can be made keys at once.

    >>> place_key("St-Rémy-l'Honoré"), place_key("SŒURDRES"), place_key("Chalon s/Saône")
    ('saint remy l honore', 'soeurdres', 'chalon sur saone')
    """
    # NFKC first: letters that are typed wide or joined (« ﬁ ») are plain ones.
    text = UPON.sub("sur ", unaccented(unicodedata.normalize("NFKC", text)))
    text = OTHERS.sub(" ", text).replace("\n ", "\n").replace(" \n", "\n")
    return SAINT.sub(lambda found: SAINTS[found.group()], text).strip(" ")


def order_key(name: str) -> tuple[str, str]:
    """What a list of names is sorted by: accents, capitals and the article before it apart.

    >>> sorted(["Évron", "Le Mans", "Saint-Malo", "St-Lô", "Eu", "L’Aigle"], key=order_key)
    ['L’Aigle', 'Eu', 'Évron', 'Le Mans', 'St-Lô', 'Saint-Malo']
    """
    key = place_key(name)
    return LEADING.sub("", key), key


def compact(key: str) -> str:
    """Keys of names without spaces: « saintflour », « lisle adam » and « l isle adam » alike."""
    return key.replace(" ", "")


def loose(key: str) -> str:
    """Keys of names without articles nor spaces."""
    return compact(ARTICLES.sub("", key))


class KeyLines:
    """Many keys, one a line, found by `str.find`: an index would take longer to build than to save.

    Parameters
    ----------
    text : str
        The keys, separated by line feeds.
    """

    def __init__(self, text: str) -> None:
        self.keys = text.split("\n")
        self._text = f"\n{text}\n"
        self._starts = list(accumulate((len(key) + 1 for key in self.keys), initial=1))
        self._longest = max(map(len, self.keys))

    def equal(self, key: str) -> list[int]:
        """Lines that are the key; a text longer than any line is not sought."""
        return list(self._found(f"\n{key}\n")) if len(key) <= self._longest else []

    def starting(self, key: str) -> list[int]:
        """Lines that start with the key, an article before it apart."""
        heads = ("", "l ", "le ", "la ", "les ")
        return [line for head in heads for line in self._found(f"\n{head}{key}")]

    def ending(self, key: str) -> list[int]:
        """Lines that end with the words of the key, after another word."""
        return list(self._found(f" {key}\n"))

    def words(self, key: str) -> list[int]:
        """Lines with a word, after the first, that starts with the key."""
        return list(self._found(f" {key}"))

    def _found(self, needle: str) -> Iterator[int]:
        at = self._text.find(needle)
        while at >= 0:
            yield bisect_right(self._starts, at + 1) - 1
            at = self._text.find(needle, at + 1)


MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
_NUMBERS = frozenset(f"{n:02d}" for n in range(1, 13))
_WEB = ("https://", "http://")
_BEFORE = re.compile(r" ([:;!?»%])")


def listed(items: Iterable[str]) -> str:
    """French enumeration: « a, b et c »; commas only where an item has an « et » of its own."""
    names = list(items)
    if any(" et " in name for name in names if not name.startswith("«")):
        return ", ".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"


def decimal(value: float, digits: int = 0) -> str:
    """Number as written in French: decimal comma, thin space between thousands."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def percent(share: float) -> str:
    """Share as written in French: « 20 % », the sign never on the next line."""
    return f"{decimal(100 * share)}\u00a0%"


def counted(count: int, one: str, many: str) -> str:
    """Number with its noun: « 1 projet », « 3 projets »."""
    return f"{decimal(count)} {one if count <= 1 else many}"


def at(place: str) -> str:
    """Where, before the name of a commune: « à Die », « au Moule », « aux Abrets »."""
    article, _, rest = place.partition(" ")
    joined = {"Le": "au", "Les": "aux"}.get(article)
    return f"{joined} {rest}" if joined and rest else f"à {place}"


def the(place: str) -> str:
    """An EPCI with its article, « la CC du Clermontais »; the name of a commune as it is."""
    if place.startswith(("CC ", "CA ", "CU ", "Métropole ")):
        return f"la {place}"
    return f"l’{place}" if place.startswith("Eurométropole ") else place


def of(place: str) -> str:
    """Of what, before the name of a commune: « de Die », « d’Arles », « du Moule »."""
    article, _, rest = place.partition(" ")
    joined = {"Le": "du", "Les": "des"}.get(article)
    if joined and rest:
        return f"{joined} {rest}"
    return f"d’{place}" if unaccented(place[:1]) in "aeiouy" else f"de {place}"


TEXTS = 4_096
"""Texts kept with their spaces set: a page sets some hundred, most of which the last one had."""


@lru_cache(TEXTS, typed=True)  # markup is no text, though it may read the same
def typographic(text: str) -> str:
    """Texts of the catalogue as a French reader expects them: ’, and spaces that do not break."""
    return _BEFORE.sub("\u00a0\\1", text.replace("'", "’").replace("« ", "«\u00a0"))


def links(text: str) -> tuple[str, ...]:
    """The web addresses of a cell, which may hold several; anything else is left out."""
    return tuple(part for part in re.split(r"[;\s]+", text) if part.startswith(_WEB))


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    text = typographic(text.strip())
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


_DOER = re.compile(r"^(d[’']ordinaire, )?(?:il|elle) (\S+(?: ou \S+)?) ", re.IGNORECASE)
"""How a sentence begins that says by a pronoun who does something, and its verb."""


def doing(sentence: str) -> str:
    """What somebody does, after a name of any gender, which a pronoun would have to agree with.

    >>> doing("d’ordinaire, il aide à créer"), doing("elle mène une étude")
    ('aide d’ordinaire à créer', 'mène une étude')
    """
    return _DOER.sub(lambda said: f"{said[2]} {'d’ordinaire ' * bool(said[1])}", sentence)


def within(text: str) -> str:
    """As it stands within a sentence: its first letter small, the rest as it is (« ESS »)."""
    return text[:1].lower() + text[1:]


def month(vintage: str) -> str:
    """« janvier 2021 » for `2021-01`; what is not a month stays as it is."""
    year, _, number = vintage.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}" if number in _NUMBERS else vintage


def duration(minutes: int) -> str:
    """« 25 min », « environ 4 h 35 »: an estimate of hours is no finer than five minutes."""
    if minutes < 60:
        return f"{minutes}\u00a0min"
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return f"environ {hours}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "")


def full_day(day: date) -> str:
    """« 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"
