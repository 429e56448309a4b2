"""What each term of a text is worth where it stands, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from matcher.catalogue.vocabulary import Stage, Theme

from .phrases import Phrase, is_told
from .thesaurus import Effect, Entry, TermHit, TermRole
from .words import Word

# Factors on the weight of a term, by what the words around it make of it. They were set on labelled
# titles; only their order matters much.
NAMED = 0.1
"""After a site, the term names or situates it: « rue de l’école »."""
OWNED = 0.6
"""After an object, the term is its owner or its place: « cantine de l’école »."""
SERVED = 0.8
"""After a means, the term is what it serves: « isolation de l’école »."""
NEAR = 0.1
"""« devant la mairie »."""
INSIDE = 0.7
"""« une cuisine dans l’école »."""
ADDED = 0.75
"""« avec un parking », or between brackets."""
JOINED = 0.95
"""« une crèche et un gîte »: what is said first matters more."""
LATER = 0.97
"""For each term before it, for the same reason. Works keep their weight: they are said last."""
ADDRESS = 0.93
"""The same for a street: after the object it is an address, « 38 logements, rue … »."""
PURPOSE = 1.25
"""« en vue d’y installer un tiers-lieu »."""
HINTED = 1.4
"""A hint that is the purpose: « un bâtiment pour les associations »."""
PASSED = 0.55
"""Before a purpose: what the means or the place was, « friche … en maison de santé »."""
ASKING = 0.7
"""Those who speak or ask, at the beginning of a sentence of a story."""
SCENERY = 0.5
"""A road in a story: « on ne peut plus marcher dans la rue »."""
WRITTEN = 0.4
"""A word of speech in the title of a project."""

OLD_USE = 0.6
"""Weight of « ancienne trésorerie » as a building to use again."""

REFUSED = "le texte n’en veut pas"
"""Reason of a term that the text refuses."""

RANK_MAX = 10
"""Terms before it that count: a long text does not fade away."""

PURPOSES = (Effect.BECOMES, Effect.TURNS, Effect.SERVES, Effect.AFFIRMS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term where it stands.

    Parameters
    ----------
    start, end : int
        Its span in the text.
    entry : Entry
    weight : float
        What it is worth here, 0 when set aside.
    reason : str
        French: why it counts less than in the table; "" when it does not.
    """

    start: int
    end: int
    entry: Entry
    weight: float
    reason: str = ""


def weigh(words: Sequence[Word], hits: Sequence[TermHit], sentence: bool = False) -> list[Evidence]:
    """Evidence of a text, in order, in one pass.

    Parameters
    ----------
    sentence : bool
        True when the text ends as a sentence does.
    """
    evidence: list[Evidence] = []
    phrase = Phrase(words, is_told(words, sentence))
    unread = 0  # first word not yet read
    start = marked = 0  # evidence that a purpose may pass by: from `start` to before the last mark
    for hit in hits:
        for word in words[unread : hit.first + 1]:
            if word.gap:
                phrase.pause(word.gap)
                if word.gap == ".":
                    start = marked = len(evidence)
        unread = hit.last
        if hit.effect:
            phrase.turn(hit)
            if hit.effect in PURPOSES:
                marked = len(evidence)
            continue
        found = _read(words, hit, phrase, len(evidence))
        if start < marked and any(_is_purpose(item) for item in found):
            evidence[start:marked] = [_pass(item, phrase) for item in evidence[start:marked]]
            start = marked
        evidence.extend(found)
    return evidence


def _read(words: Sequence[Word], hit: TermHit, phrase: Phrase, rank: int) -> list[Evidence]:
    """The evidence of one hit; sets what governs the next one."""
    first, end = words[hit.first], words[hit.last - 1].end
    effect = phrase.reach(hit)
    main = max(hit.entries, key=lambda entry: entry.weight)
    found = []
    for entry in hit.entries:
        factor, reason = _set_back(entry, effect, phrase) or _factor(entry, first.nested, phrase)
        if not reason and main.role is TermRole.HINT and (phrase.becomes or phrase.serves):
            factor *= HINTED
        weight = entry.weight * factor * _order(entry, phrase.told, rank)
        found.append(Evidence(first.start, end, entry, weight, reason))
    if effect is Effect.FORMER and main.may_be_former:
        former = Entry(main.term, Theme.FONCIER, OLD_USE, TermRole.SITE)
        worth = 0 if phrase.denied else OLD_USE
        found.append(Evidence(phrase.begin_of_effect(), end, former, worth))
        phrase.head = phrase.head or former
    elif main.role is not TermRole.HINT and (
        phrase.head is None or phrase.head.role is TermRole.MEANS
    ):
        phrase.head = main
        phrase.means = phrase.means or main.is_works
    phrase.opens &= main.role is TermRole.PEOPLE
    phrase.follow(hit, effect)
    return found


def _order(entry: Entry, told: bool, rank: int) -> float:
    """Factor of a term by the number of terms before it; a story comes to the point late."""
    if told or (entry.role is TermRole.MEANS and not entry.is_road):
        return 1.0
    return float((ADDRESS if entry.is_road else LATER) ** min(rank, RANK_MAX))


def _set_back(entry: Entry, effect: Effect | None, phrase: Phrase) -> tuple[float, str] | None:
    """Factor and reason of a term that is not what the text is about; None when it may be."""
    head = phrase.head
    cases = (
        (phrase.denied, 0.0, REFUSED),
        (effect is Effect.FORMER and entry.may_be_former, 0.0, "ancien usage du lieu"),
        (effect is Effect.NEAR, NEAR, "situe à côté"),
        (head is not None and head.is_site, NAMED, "nomme ou situe le lieu"),
        (phrase.told and entry.is_road, SCENERY, "décor du récit"),
        (not phrase.told and entry.role is TermRole.SPEECH, WRITTEN, "mot courant dans un titre"),
        (phrase.told and phrase.opens and entry.role is TermRole.PEOPLE, ASKING, "dit qui demande"),
        (effect is Effect.INSIDE, INSIDE, "situe l’objet"),
    )
    return next(((factor, reason) for holds, factor, reason in cases if holds), None)


def _factor(entry: Entry, nested: bool, phrase: Phrase) -> tuple[float, str]:
    """Factor and reason of a term that may be what the text is about."""
    factor, reason = 1.0, ""
    head = phrase.head
    if head and head.is_thing and head.theme is not entry.theme:
        factor, reason = OWNED, "complète un autre objet"
    elif phrase.means and entry.theme and entry.role not in (TermRole.MEANS, TermRole.MONUMENT):
        factor, reason = SERVED, "est ce que servent les travaux"
    if phrase.added or nested:
        factor, reason = factor * ADDED, reason or "s’ajoute"
    elif not reason and phrase.becomes and entry.may_be_purpose:
        factor = PURPOSE
    works = entry.role is TermRole.MEANS or (head is not None and head.role is TermRole.MEANS)
    if phrase.joined and not works:
        factor *= JOINED
    return factor, reason


def _is_purpose(item: Evidence) -> bool:
    return item.entry.theme is not None and not item.reason and item.entry.may_be_purpose


def _pass(item: Evidence, phrase: Phrase) -> Evidence:
    """Evidence that stands before a purpose: it was the place or the means."""
    entry = item.entry
    if entry.theme is None:
        passes = phrase.affirms or not entry.is_road
    elif entry.theme is Theme.FONCIER or phrase.turns:
        passes = True
    else:
        passes = phrase.becomes and not entry.is_thing
    if not passes or not 0 < item.weight <= 1:  # what is refused stays so, with its own reason
        return item
    return replace(item, weight=item.weight * PASSED, reason="sert un autre objet")


class ThemeMatch(NamedTuple):
    """A theme read in a text: its weight in ]0, 1] and the words that prove it."""

    theme: Theme
    weight: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Words of the text that count: `text[start:end]` speaks of `theme`.

    Parameters
    ----------
    theme : Theme or None
        None: the words say that the need is out of scope.
    weight : float
        What the words are worth here.
    term : str
        The term of the thesaurus.
    reason : str
        French: why they count less than usual, or not at all; "" when they count in full.
    """

    start: int
    end: int
    theme: Theme | None
    weight: float
    term: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text.

    Parameters
    ----------
    themes : tuple of ThemeMatch
        Best first; empty when the text is out of scope or says nothing known.
    proofs : tuple of Proof
        The words behind the themes, in the order of the text.
    out_of_scope : tuple of Proof
        The words that speak of something else than the themes.
    set_aside : tuple of Proof
        Words that look like a theme and are not, each with its reason.
    idioms : tuple of (int, int)
        Spans of ready-made expressions and of names, which say nothing.
    stages : mapping of Stage to float, or None
        Situations read in the sentence, their weights add up to 1; None when nobody looked.
    subjects : mapping of str to float, or None
        How likely each subject is the one whose trade is wanted; None when nobody looked.
    is_empty : bool
        True when the text asks for nothing, as far as was learnt.
    sure : float or None
        Chance that the first theme is right; None when there is none, or nothing was learnt.
    """

    text: str
    themes: tuple[ThemeMatch, ...] = ()
    proofs: tuple[Proof, ...] = ()
    out_of_scope: tuple[Proof, ...] = ()
    set_aside: tuple[Proof, ...] = ()
    idioms: tuple[tuple[int, int], ...] = ()
    stages: Mapping[Stage, float] | None = None
    subjects: Mapping[str, float] | None = None
    is_empty: bool = False
    sure: float | None = None

    @property
    def heard(self) -> str:
        """The text in which subjects are sought: idioms and what it refuses left blank.

        Empty when it asks for nothing or is out of scope: « trottoirs de la rue principale » is
        about no shop.
        """
        if self.is_empty or (self.out_of_scope and not self.themes):
            return ""
        refused = ((p.start, p.end) for p in self.set_aside if p.reason == REFUSED)
        heard = list(self.text)
        for start, end in (*self.idioms, *refused):
            heard[start:end] = " " * (end - start)
        return "".join(heard)
