"""What the small words of a sentence say of the next term: a place, a purpose, a refusal.

A title of works reads « do something to THIS of that place, to make it THAT »; a story has those
who ask, what they lack, and a scenery. The words are those of `contexts.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from .thesaurus import Effect, Entry, TermHit
from .words import SMALL, Word, split

REACH = 2
"""Words that may stand between « ancien » or « devant » and the term they bear on."""

TOLD = frozenset(
    "nous on je j il ils elle elles vous ne n y leur leurs notre nos mon ma mes qui que qu "
    "ici chez sont ont faut veut veulent voudrait voudraient aimerait aimeraient cherche cherchent "
    "peut peuvent pourrait pourraient manque manquent reste restent".split()
)
"""Words that a title of works seldom has: with one of them the text tells a story."""

WORKS = ("tion", "tions", "ment", "ments", "age", "travaux", "mise", "etude", "projet", "programme")
"""What the first word of a title of works ends with: « Rénovation », « Aménagement »."""

OF = frozenset(("de", "du", "des", "d"))


def is_told(words: Sequence[Word], sentence: bool) -> bool:
    """True for a story, False for a title of works.

    Parameters
    ----------
    sentence : bool
        True when the text ends as a sentence does; titles have no full stop.
    """
    if not words or words[0].form.endswith(WORKS):
        return False
    # « Notre-Dame » is a church, « y compris » an addition.
    return sentence or any(
        a.form in TOLD and b.form not in ("dame", "compris") for a, b in pairwise(words)
    )


class Phrase:
    """What the words read so far say of the next term.

    Attributes
    ----------
    told : bool
        The text tells a story.
    head : Entry or None
        The term that governs the next one: « rue » in « rue de l’école ».
    opens : bool
        Nothing but people was named yet in the sentence.
    near, denied, added, joined : bool
        The next term is beside the object, refused, said to come with it, another object.
    means : bool
        Works were named that are a theme of their own; the next term is what they serve.
    becomes, turns, serves, affirms : bool
        The next term is the purpose, after a word of that `Effect`.
    """

    def __init__(self, words: Sequence[Word], told: bool) -> None:
        self._words = words
        self.told = told
        self.head: Entry | None = None
        self.opens = True
        self.near = self.denied = self.added = self.joined = self.means = False
        self.becomes = self.turns = self.serves = self.affirms = False
        self._effect: Effect | None = None
        self._effect_end = self._term_end = 0  # first word after the last effect, the last term

    def pause(self, gap: str) -> None:
        """A comma ends what a head governs and a refusal; the end of a sentence ends all."""
        self.head = self._effect = None
        self.denied = False
        if gap == ".":
            self.opens = True
            self.added = self.joined = self.means = False
            self.becomes = self.turns = self.serves = self.affirms = False

    def turn(self, hit: TermHit) -> None:
        """A context word changes how the terms after it are read."""
        effect = hit.effect
        if effect is Effect.NEUTRAL or effect is Effect.IDIOM:
            return
        self._effect, self._effect_end = effect, hit.last
        if effect is Effect.DENIES or effect is Effect.OPPOSES:
            # « une épicerie, pas un coworking » refuses; « le soir, pas un café » tells a lack.
            opposes = self._words[hit.first].gap == "," and not self.opens
            self.denied |= effect is Effect.DENIES or opposes
        elif effect is Effect.JOINS:
            self._join(hit.last)
        elif effect is Effect.ADDS:
            self.head, self.added = None, True
        elif effect is Effect.AFFIRMS:
            self.head, self.denied, self.affirms = None, False, True
        elif effect is Effect.SERVES and not (self.head and self.head.is_road):
            self.head, self.serves = None, True
        elif effect is Effect.BECOMES or effect is Effect.TURNS:
            self.head, self.denied, self.means = None, False, False
            self.becomes, self.turns = True, effect is Effect.TURNS

    def _join(self, end: int) -> None:
        """« rue de l’école et de la mairie »: what governed or stood near still does."""
        goes_on = end < len(self._words) and self._words[end].form in OF
        if goes_on and self.near:
            self._effect = Effect.NEAR
        elif not (goes_on and self.head and self.head.is_site):
            self.head, self.joined = None, True

    def reach(self, hit: TermHit) -> Effect | None:
        """The context word that bears on a term, if one stands just before it."""
        # In a story a verb may be between: « les saisonniers dorment dans leur voiture ».
        if self.told and self._gap(self._term_end, hit.first):
            self.head = None
        reach = REACH if self._effect in (Effect.FORMER, Effect.NEAR) else 0
        effect = self._effect
        return effect if effect and self._gap(self._effect_end, hit.first) <= reach else None

    def begin_of_effect(self) -> int:
        """Where the last context word begins in the text."""
        return self._words[self._effect_end - 1].start

    def follow(self, hit: TermHit, effect: Effect | None) -> None:
        """A term was read, on which `effect` bore."""
        self._effect, self._term_end = None, hit.last
        self.near = effect is Effect.NEAR

    def _gap(self, start: int, end: int) -> int:
        """Words from one word to another, small words aside."""
        return sum(word.form not in SMALL for word in self._words[start:end])


_BLANK = r"[ \u00a0\u202f]+"
_CAP = r"[A-ZÀ-ÖØ-Þ]"
_PARTS = rf"(?:(?:d[eu]|des|de{_BLANK}la|le|la|van|von|ben|el){_BLANK}|d[’']|l[’'])"
_NAME = rf"(?:{_CAP}\.(?:-?{_CAP}\.)?|{_CAP}[\w’']*(?:-[\w’']+)*)"
"""One word of a name: « Rivière », « J.-P. », « Marie-Claire », « L’Hermite »."""
_NAMES = rf"{_NAME}(?:{_BLANK}{_PARTS}*{_NAME}){{0,3}}"
"""A first name, a particle, two family names: four words at most."""
_SHORT = (
    r"M\.?|MM\.?|M(?:[mM][eE]s?|[lL]{2}[eE]s?|r|R)\.?|mmes?|mlles?|mr|D[rR]\.?|dr|P[rR]\.?|M[eE]\.?"
)
_LONG = (
    r"monsieur|messieurs|madame|mesdames|mademoiselle|ma[iî]tre|docteure?|professeure?|mgr|"
    r"monseigneur"
)
_FUNCTION = (
    r"maires?|adjointe?s?|pr[ée]sidente?|vice-pr[ée]sidente?|conseill[eè]re?|directeur|directrice|"
    r"d[ée]put[ée]e?|s[ée]nateur|s[ée]natrice|pr[ée]f[eè]te?|secr[ée]taire|ministre|g[ée]rante?|"
    r"technicien(?:ne)?|instituteur|institutrice|abb[ée]|cur[ée]|animateur|animatrice"
)
_OFFICE = rf"(?:(?:le|la){_BLANK}|l[’'])(?:{_FUNCTION})"
_KNOWN_BY_OFFICE = (
    r"maires?|pr[ée]sidente?|d[ée]put[ée]e?|s[ée]nateur|s[ée]natrice|pr[ée]f[eè]te?|ministre"
)
"""Offices that a name follows without a title: « conseiller Numérique » is no person."""
_PERSON = re.compile(
    rf"(?<!\w)(?:(?:{_SHORT}|(?i:{_LONG}))(?:{_BLANK}(?i:{_OFFICE}))?|(?i:{_KNOWN_BY_OFFICE}),?)"
    rf"{_BLANK}{_NAMES}"
)
_PLAIN = re.compile(
    rf"(?<!\w)(?:[Mm]mes?|[Mm]lles?|[Mm]r|[Dd]r)\.?{_BLANK}(?P<name>[a-zà-öø-ÿ]{{3,}}[\w-]*)"
)
"""A name without capitals, after a title that nothing else follows."""
_NOT_NAMES = frozenset("les des une qui que ont est sont pour avec dans vous nous aussi".split())
_SHOUTED = re.compile(rf"(?<!\w)(?:MMES?|MLLES?|MR|DR|M\.|MADAME|MONSIEUR){_BLANK}\w[\w-]*")
_TOWN_STREET = (
    r"rues?|avenues?|av\.|boulevards?|bd|bld|places?|impasses?|all[ée]es?|quais?|squares?|ruelles?|"
    r"faubourgs?|esplanades?|venelles?|hameaux?|lieu-?dits?|lieux-?dits?"
)
_STREET = rf"{_TOWN_STREET}|chemins?|routes?"
"""With a number before it; without one, « chemin de Saint-Jacques » is what is walked."""
_OF = rf"(?:(?:d[eu]|des){_BLANK}(?:la{_BLANK}|l[’'])?|d[’']|(?:la|les?){_BLANK}|l[’'])?"
_STREETS = re.compile(
    rf"(?<!\w)(?i:{_TOWN_STREET}){_BLANK}(?P<written>{_OF}{_NAMES})(?!\w)"
    rf"|(?<!\w)[0-9]{{1,4}}(?: ?(?:bis|ter))?,?{_BLANK}(?i:{_STREET}){_BLANK}"
    rf"(?P<numbered>{_OF}[\w’'-]+(?:{_BLANK}{_CAP}[\w’'-]+)*)"
)
"""A street with capitals after it; with a number before it, capitals or not."""

Span = tuple[int, int]


def names_in(text: str) -> tuple[Span, ...]:
    """Where persons are named, title and all, and where streets are, without the word for a street.

    In a text all in capitals, only the word after a title is a name.
    """
    if not any(map(str.islower, text)):
        return tuple(match.span() for match in _SHOUTED.finditer(text))
    found = [match.span() for match in _PERSON.finditer(text)]
    found += [m.span() for m in _PLAIN.finditer(text) if m["name"].lower() not in _NOT_NAMES]
    found += [match.span(str(match.lastgroup)) for match in _STREETS.finditer(text)]
    return tuple(sorted(set(found)))


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with some spans left blank, each character where it was."""
    blank = list(text)
    for start, end in spans:
        blank[start:end] = " " * (end - start)
    return "".join(blank)


FROM = frozenset("en dans de du des d a".split())
"""Folded words before the name of a département or of a région."""
ARTICLES = frozenset("le la les l".split())
WATERS = frozenset(
    "bord bords rive rives berge berges long crue crues eau eaux canal pont vallee val lit".split()
)
"""Folded words after which such a name is that of a river: « au bord du Lot »."""


class OriginNames:
    """Finds where a text says which département or région it comes from: it says nothing of a need.

    Parameters
    ----------
    names : iterable of str
        Of départements and régions, as they are written.
    short : iterable of str
        Their acronyms, in capitals: « PACA ».
    codes : iterable of str
        Codes of the départements, in capitals: « le 93 ».
    """

    def __init__(
        self, names: Iterable[str] = (), short: Iterable[str] = (), codes: Iterable[str] = ()
    ) -> None:
        cut = (tuple(word.form for word in split(name)) for name in names)
        self._names: dict[str, list[tuple[str, ...]]] = {}
        for key in sorted({*cut}, key=len, reverse=True):
            self._names.setdefault(key[0], []).append(key)
        self._short, self._codes = frozenset(short), frozenset(codes)

    def within(self, text: str) -> list[Span]:
        """Spans of these names, with the small words before them, in order.

        A name of one word must follow such a word, or open the text before a colon: « la Creuse
        déborde » is a river, « un lot de chaises » no département.
        """
        words = split(text) if self._names else []
        found: list[Span] = []
        for first, word in enumerate(words):
            if found and word.start < found[-1][1]:
                continue
            begin = _before(words, first)
            before = [one.form for one in words[begin:first]]
            last = first + self._length(text, words, first, before)
            if last == first or (begin and words[begin - 1].form in WATERS):
                continue
            opens = not first and text[words[last - 1].end :].lstrip().startswith(":")
            alone = last - first == 1 and word.form.upper() not in self._short
            if not alone or opens or (before and before[0] in FROM):
                found.append((words[begin].start, words[last - 1].end))
        return found

    def _length(self, text: str, words: Sequence[Word], first: int, before: list[str]) -> int:
        """Words of the name that begins at a word, 0 where there is none."""
        word = words[first]
        written = text[word.start : word.end]
        if written in self._short or (before == ["en"] and written.upper() in self._short):
            return 1 if not text.isupper() else 0
        if written.upper() in self._codes:
            return 1 if before == ["dans", "le"] else 0
        for key in self._names.get(word.form, ()):
            met = words[first : first + len(key)]
            if tuple(one.form for one in met) == key and not any(one.gap for one in met[1:]):
                telling = [one for one in met if one.form not in SMALL]
                capital = all(text[one.start].isupper() for one in telling)
                if (capital and not text.isupper()) or before == ["en"]:
                    return len(key)
        return 0


def _before(words: Sequence[Word], first: int) -> int:
    """The first of the small words that stand just before a word: « dans la », « en », « du »."""
    begin = first
    if begin and not words[begin].gap and words[begin - 1].form in ARTICLES:
        begin -= 1
    if begin and not words[begin].gap and words[begin - 1].form in FROM:
        begin -= 1
    return begin
