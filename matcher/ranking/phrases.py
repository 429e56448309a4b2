"""What each term of a text is worth where it stands: the thing wanted, a place, a means, a refusal.

A title of works reads « do something to THIS of that place, to make it THAT »: the rules below
follow the small words (`contexts.csv`) between the terms, from left to right, in one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matcher.catalogue.vocabulary import Theme

from .thesaurus import Effect, Entry, Hit, Role
from .words import SMALL, Word

# Factors on the weight of a term, by what the words around it make of it. They were set on labelled
# titles; only their order matters much.
NAMED = 0.1
"""After a site, the term names or situates it: « rue de l’école »."""
OWNED = 0.6
"""After an object, the term is its owner or its place: « cantine de l’école »."""
SERVED = 0.8
"""After a means, the term is what it serves: « isolation de l’école »."""
JOINED = 0.95
"""« une crèche et un gîte »: what is said first matters more."""
NEAR = 0.1
"""« devant la mairie »."""
INSIDE = 0.7
"""« une cuisine dans l’école »."""
ADDED = 0.75
"""« avec un parking », or between brackets."""
PURPOSE = 1.25
"""« en vue d’y installer un tiers-lieu »."""
HINTED = 1.4
"""A hint that is the purpose: « un bâtiment pour les associations »."""
PASSED = 0.55
"""Before a purpose: what the means or the place was, « friche … en maison de santé »."""
LATER = 0.97
"""For each term before it, for the same reason. Works keep their weight: they are said last."""
ADDRESS = 0.93
"""The same for a street: after the object it is an address, « 38 logements, rue … »."""

ASKING = 0.7
"""Those who speak or ask, at the beginning of a sentence of a story."""
SCENERY = 0.5
"""A road or a place in a text that tells a story, « on ne peut plus marcher dans la rue »."""

OLD_USE = 0.6
"""Weight of « ancienne trésorerie » as a building to use again."""

PURPOSE_MIN = 0.55
"""Weight from which a term may be a purpose: a hint is none."""

FIRM_SITE = 0.9
"""Weight from which a site out of scope stays the object whatever it serves: « parking pour … »."""

REACH = 2
"""Words that may stand between « ancien » or « devant » and the term they bear on."""

REACH_MAX = 6
"""The same, small words included."""

RANK_MAX = 10
"""Terms before it that count: a long text does not fade away."""

TOLD = frozenset(
    "nous on je j il ils elle elles vous ne n y leur leurs notre nos mon ma mes qui que qu ici chez "
    "sont ont faut veut veulent".split()
)
"""Words that a title of works seldom has: with one of them the text tells a story."""

THINGS = (Role.OBJECT, Role.MONUMENT, Role.PEOPLE)
PURPOSES = (Effect.BECOMES, Effect.TURNS, Effect.SERVES, Effect.AFFIRMS)
OF = ("de", "du", "des", "d")


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


class _Phrase:
    """What the words read so far say of the next term."""

    def __init__(self, told: bool) -> None:
        self.told = told
        self.head: Entry | None = None
        self.head_end = 0  # first word after it
        self.effect: Effect | None = None  # of the last context word
        self.effect_at = 0  # first word after it
        self.opens = True  # nothing but people yet in the sentence
        self.near = False  # the last term was beside the object
        self.means = self.joined = self.turns = self.affirms = False
        self.denied = self.serves = self.becomes = self.added = False

    def pause(self, gap: str) -> None:
        """A comma ends what a head governs and a refusal; the end of a sentence ends all."""
        self.head = None
        self.denied = False
        self.effect = None
        if gap == ".":
            self.opens = True
            self.means = self.joined = self.turns = self.affirms = False
            self.serves = self.becomes = self.added = False

    def turn(self, hit: Hit, words: Sequence[Word]) -> None:
        """A context word changes how the terms after it are read."""
        effect = hit.effect
        if effect is Effect.NEUTRAL:
            return
        self.effect, self.effect_at = effect, hit.last
        if effect in (Effect.DENIES, Effect.OPPOSES):
            self.denied |= effect is Effect.DENIES or words[hit.first].gap == ","
        elif effect is Effect.JOINS:
            # « rue de l’école et de la mairie »: a place still governs.
            after = words[hit.last].form if hit.last < len(words) else ""
            if after not in OF or not (self.near or _is_site(self.head)):
                self.head, self.joined, self.near = None, True, False
            elif self.near:
                self.effect = Effect.NEAR
        elif effect is Effect.ADDS:
            self.head, self.added = None, True
        elif effect is Effect.AFFIRMS:
            self.head, self.denied, self.affirms = None, False, True
        elif effect in (Effect.BECOMES, Effect.TURNS):
            self.head, self.becomes, self.denied, self.means = None, True, False, False
            self.turns = effect is Effect.TURNS
        elif effect is Effect.SERVES and not _is_firm_site(self.head):
            self.head, self.serves = None, True


def weigh(words: Sequence[Word], hits: Sequence[Hit], exclaimed: bool = False) -> list[Evidence]:
    """Evidence of a text, in order, each term with what it is worth where it stands.

    Parameters
    ----------
    exclaimed : bool
        True when the text ends with « ! » or « ? », as a title never does.
    """
    evidence: list[Evidence] = []
    phrase = _Phrase(told=exclaimed or any(word.form in TOLD for word in words))
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
            phrase.turn(hit, words)
            if hit.effect in PURPOSES:
                marked = len(evidence)
            continue
        found = _read(words, hit, phrase, len(evidence))
        if start < marked and any(_is_purpose(item) for item in found):
            evidence[start:marked] = [_pass(item, phrase) for item in evidence[start:marked]]
            start = marked
        evidence.extend(found)
    return evidence


def _read(words: Sequence[Word], hit: Hit, phrase: _Phrase, rank: int) -> list[Evidence]:
    """The evidence of one hit; sets the head of what follows."""
    first, end = words[hit.first], words[hit.last - 1].end
    if phrase.told and not _linked(words, phrase.head_end, hit.first):
        phrase.head = None  # « les saisonniers dorment dans leur voiture »: a verb is between
    effect = phrase.effect if _bears(words, hit, phrase) else None
    found = []
    for entry in hit.entries:
        factor, reason = _set_back(entry, effect, phrase) or _factor(entry, first.nested, phrase)
        later = ADDRESS if _is_firm_site(entry) else 1 if entry.role is Role.MEANS else LATER
        order = 1.0 if phrase.told else later ** min(rank, RANK_MAX)
        weight = entry.weight * factor * order
        found.append(Evidence(first.start, end, entry, weight, reason))
    main = max(hit.entries, key=lambda entry: entry.weight)
    if effect is Effect.FORMER and _may_be_former(main):
        former = Entry(main.term, Theme.FONCIER, OLD_USE, Role.SITE)
        start = words[phrase.effect_at - 1].start
        found.append(Evidence(start, end, former, 0 if phrase.denied else OLD_USE))
        phrase.head = phrase.head or former
    elif main.role is not Role.HINT and (phrase.head is None or phrase.head.role is Role.MEANS):
        phrase.head = main
        phrase.means = phrase.means or _is_works(main)
    phrase.effect, phrase.head_end = None, hit.last
    phrase.opens &= main.role is Role.PEOPLE
    phrase.near = effect is Effect.NEAR
    return found


def _set_back(entry: Entry, effect: Effect | None, phrase: _Phrase) -> tuple[float, str] | None:
    """Factor and reason of a term that is not what the text is about; None when it may be."""
    if phrase.denied:
        return 0.0, "le texte n’en veut pas"
    if effect is Effect.FORMER and _may_be_former(entry):
        return 0.0, "ancien usage du lieu"
    if effect is Effect.NEAR:
        return NEAR, "situe à côté"
    if _is_site(phrase.head):
        return NAMED, "nomme ou situe le lieu"
    if phrase.told and _is_firm_site(entry):
        return SCENERY, "décor du récit"
    if phrase.told and phrase.opens and entry.role is Role.PEOPLE:
        return ASKING, "dit qui demande"
    if effect is Effect.INSIDE:
        return INSIDE, "situe l’objet"
    return None


def _factor(entry: Entry, nested: bool, phrase: _Phrase) -> tuple[float, str]:
    """Factor and reason of a term that may be what the text is about."""
    factor, reason = 1.0, ""
    head = phrase.head
    if head and head.role in THINGS and head.theme is not entry.theme:
        factor, reason = OWNED, "complète un autre objet"
    elif phrase.means and entry.theme and entry.role not in (Role.MEANS, Role.MONUMENT):
        factor, reason = SERVED, "est ce que servent les travaux"
    if phrase.added or nested:
        factor, reason = factor * ADDED, reason or "s’ajoute"
    elif not reason and entry.role is Role.HINT and (phrase.becomes or phrase.serves):
        factor = HINTED
    elif not reason and phrase.becomes and _may_be_purpose(entry):
        factor = PURPOSE
    if phrase.joined and entry.role is not Role.MEANS:
        factor *= JOINED
    return factor, reason


def _linked(words: Sequence[Word], end: int, start: int) -> bool:
    """True when only small words stand between two terms."""
    return start - end <= REACH_MAX and all(word.form in SMALL for word in words[end:start])


def _bears(words: Sequence[Word], hit: Hit, phrase: _Phrase) -> bool:
    """True when the last context word stands just before the hit, small words aside."""
    if phrase.effect is None or hit.first - phrase.effect_at > REACH_MAX:
        return False
    between = [word for word in words[phrase.effect_at : hit.first] if word.form not in SMALL]
    reach = REACH if phrase.effect in (Effect.FORMER, Effect.NEAR) else 0
    return len(between) <= reach


def _may_be_purpose(entry: Entry) -> bool:
    return entry.role in THINGS and entry.weight >= PURPOSE_MIN


def _is_purpose(item: Evidence) -> bool:
    return item.entry.theme is not None and not item.reason and _may_be_purpose(item.entry)


def _pass(item: Evidence, phrase: _Phrase) -> Evidence:
    """Evidence that stands before a purpose: it was the place or the means."""
    entry = item.entry
    if entry.theme is None:
        passes = phrase.affirms or not _is_firm_site(entry)
    elif entry.theme is Theme.FONCIER or phrase.turns:
        passes = True
    else:
        passes = phrase.becomes and entry.role not in THINGS
    if not passes or item.weight > 1:
        return item
    return replace(item, weight=item.weight * PASSED, reason="sert un autre objet")


def _may_be_former(entry: Entry) -> bool:
    """An « ancienne abbaye » is still heritage, and « anciens luminaires » are works to do."""
    return entry.role not in (Role.MONUMENT, Role.MEANS)


def _is_works(entry: Entry) -> bool:
    """True for works that are a theme of their own: energy, digital tools, a study."""
    return entry.role is Role.MEANS and entry.theme not in (None, Theme.FONCIER)


def _is_site(entry: Entry | None) -> bool:
    return entry is not None and entry.role is Role.SITE


def _is_firm_site(entry: Entry | None) -> bool:
    return (
        entry is not None and _is_site(entry) and entry.theme is None and entry.weight >= FIRM_SITE
    )
