"""Needs read by what was learnt, on top of the tables: themes, situation, what is out of scope."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from matcher.catalogue.french import unaccented
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.reading.evidence import REFUSED, Proof, Reading, ThemeMatch
from matcher.reading.knowledge import Knowledge
from matcher.reading.needs import MIN_BEST, Parsed, Reader, proofs
from matcher.reading.wordlists import EMPTY, OUT_OF_SCOPE, VAGUE
from matcher.reading.words import content, stem

from .model import FILE, Model, Weighed
from .sight import VECTORS, Eye, Sight, Span, WordVectors

CERTAIN = 0.7
"""Weight from which the tables are certain of the theme of a title. By cross-validation on 367 dry
titles: 0.866 right first by the tables, 0.877 as learnt, 0.888 together."""
RIVAL = 0.6
"""Share of that weight that another theme may have at most."""
TRUST = 0.8
"""Share that such a certainty keeps of the answer."""
SURELY_OUTSIDE = 0.45
"""Share from which a text is out of scope although the tables read a theme in it."""
LEAST_SURE = 0.15
"""Share under which the best theme is a guess: nothing is read then."""
SURELY_VAGUE = 0.5
"""Share from which a text is said to be vague, unless the tables are certain of a theme: none is
worth showing beside it."""
SURELY_EMPTY = 0.5
"""The same for a text that asks for nothing."""
LEAST_THEME, LEAST_STAGE = 0.03, 0.15
"""Share under which a theme is not shown; the same for a situation."""
OF_TABLES = 0.06
"""Share that a theme keeps when the tables read it, by what it weighs there: what was learnt says
which one comes first, and little of the second ones."""
FEW_WORDS = 4
"""Words beside an idiom under which a text is but this idiom."""
SURELY_UNTOLD = 0.85
"""Share from which a text is said to tell no situation: dry titles seldom tell one."""
LEAST_SUBJECT = 0.05
"""Share of that of the likeliest subject under which another one is not read."""
SURELY_NONE = 0.5
"""Share from which a text is about none of the subjects."""
REFUSED_SHARE = 0.1
"""What a theme keeps of its share of which the text wants nothing: it stays first where nothing
else is wanted, as one may refuse an Ehpad for another home."""
PROVES = 0.35
"""Share of what the strongest word says from which another one is shown as a proof."""
LEAST_PROOF = 0.1
"""Share of all that is said for a theme from which a word is shown as a proof of it."""
MOST_WORDS = 4
"""Words shown for a theme beside the terms of the tables."""
SHORTEST, PIECES = 3, 8_192
"""Letters of a word that is shown; words whose saying something is kept, asked once a theme."""
ELSEWHERE = "le reste du texte parle d’autre chose"  # reason of a term of another theme


class LearnedReader:
    """Reads needs with the tables, then with what was learnt from labelled sentences.

    Parameters
    ----------
    reader : Reader
        Reads with the tables; alone when there is nothing learnt.
    knowledge : Knowledge
    folder : Path or None
        The data folder, whose files are opened at the first text.
    """

    def __init__(self, reader: Reader, knowledge: Knowledge, folder: Path | None) -> None:
        self.reader, self._knowledge, self._folder = reader, knowledge, folder

    @cached_property
    def _learned(self) -> tuple[Eye, Model] | None:
        folder = self._folder
        if folder is None or not (folder / FILE).is_file() or not (folder / VECTORS).is_file():
            return None
        model = Model.open(folder / FILE)
        if model is None:
            return None
        vectors = WordVectors.open(folder / VECTORS)
        return Eye(self.reader, self._knowledge, vectors, model.rarity), model

    def is_ordinary(self, form: str) -> bool:
        """Whether a folded word is one of French, as far as the tables and the vectors know."""
        if form in self._listed:
            return True
        return self._learned is not None and self._learned[0].knows(form)

    def is_term(self, words: str) -> bool:
        """Whether a word, or words together, stand as such in the tables."""
        return unaccented(words) in self._listed

    @cached_property
    def _listed(self) -> frozenset[str]:
        lexicons = (self._knowledge.subjects, self._knowledge.situations)
        terms = (unaccented(entry.term) for entry in self.reader.entries)
        return frozenset().union(
            terms, *self.reader.thesaurus.words, *(lexicon.words for lexicon in lexicons)
        )

    def read(self, text: str) -> Reading:
        """Themes of a text, each with its share of likelihood, and its situation."""
        if self._learned is None:
            return self.reader.read(text)
        eye, model = self._learned
        sight = eye.see(text)
        blank = not sight.parsed.evidence and (sight.is_blank or self.reader.nothing.said(text))
        if blank or _is_refusal(sight.parsed) or _is_idiom(sight) or _is_one_word(sight):
            return replace(sight.parsed.reading(), stages={})
        themes = model.heads["themes"].weigh(sight)
        shares = surely(sight.parsed, themes.shares)
        if shares[EMPTY] >= SURELY_EMPTY and max(sight.parsed.scores.values()) < CERTAIN:
            return Reading(text, idioms=sight.parsed.idioms, stages={}, is_empty=True)
        stages = _stages(model.heads["stages"].weigh(sight).shares)
        found = replace(_reading(sight, themes, shares, model), stages=stages)
        if not found.themes:
            return found
        subjects = model.heads["subjects"].weigh(sight).shares
        for subject in self._refused(sight.parsed, found.themes[0].theme) & subjects.keys():
            subjects[subject] *= REFUSED_SHARE
        return replace(found, subjects=_subjects(subjects, self._knowledge.subject_labels))

    def _refused(self, parsed: Parsed, first: Theme) -> set[str]:
        """The subjects of what the text says that it does not want, if it wants another theme."""
        themes = _refused_themes(parsed) - {first}
        own = {(e.start, e.end) for e in parsed.set_aside if e.entry.theme is first}
        aside = {(e.start, e.end) for e in parsed.set_aside if e.entry.theme in themes} - own
        words = " . ".join(parsed.text[start:end] for start, end in sorted(aside))
        return {hit.label for hit in self._knowledge.subjects.find(content(words))}


def _is_refusal(parsed: Parsed) -> bool:
    """Whether the text wants nothing of what the tables find in it: « contre un parc éolien »."""
    refused = any(item.reason == REFUSED for item in parsed.set_aside)
    return refused and max(parsed.scores.values()) < MIN_BEST


def _refused_themes(parsed: Parsed) -> set[Theme | None]:
    """The themes of which the text wants nothing."""
    refused = {item.entry.theme for item in parsed.set_aside if item.reason == REFUSED}
    return refused - {item.entry.theme for item in parsed.counted}


def _is_idiom(sight: Sight) -> bool:
    """Whether nothing much is said beside a ready-made expression: « noyer le poisson »."""
    parsed = sight.parsed
    return bool(parsed.idioms) and not parsed.counted and _said(sight) < FEW_WORDS


def _is_one_word(sight: Sight) -> bool:
    """Whether one word says it all: the tables know it or not, there is no sentence to learn."""
    return _said(sight) < 2


def _said(sight: Sight) -> int:
    """How many words say something."""
    return sum(_says(sight.parsed.text[start:end]) for start, end in sight.spans)


@lru_cache(PIECES)
def _says(piece: str) -> bool:
    """Whether a word says something of a subject."""
    return bool(content(piece))


def surely(parsed: Parsed, shares: Mapping[str, float]) -> dict[str, float]:
    """Likelihoods, nearer to the tables where these are certain of a title."""
    scores = {str(theme): score for theme, score in parsed.scores.items()}
    scores[OUT_OF_SCOPE] = parsed.outside
    best, second = sorted(scores.values(), reverse=True)[:2]
    if parsed.told or best < CERTAIN or second > RIVAL * best:
        return dict(shares)
    total = sum(scores.values())
    return {
        code: (1 - TRUST) * share + TRUST * scores.get(code, 0.0) / total
        for code, share in shares.items()
    }


def _stages(shares: Mapping[str, float]) -> dict[Stage, float]:
    """The situations that the text may tell; none when it surely tells none."""
    if shares[""] >= SURELY_UNTOLD:
        return {}
    told = {Stage(code): s for code, s in shares.items() if code and s >= LEAST_STAGE}
    total = sum(told.values())
    return {stage: share / total for stage, share in told.items()}


def _subjects(shares: Mapping[str, float], known: Collection[str]) -> dict[str, float]:
    """The subjects of the table that the text may be about; none when it is surely about none."""
    if shares[""] >= SURELY_NONE:
        return {}
    least = LEAST_SUBJECT * max(shares.values())
    return {code: share for code, share in shares.items() if code in known and share >= least}


def is_doubted(parsed: Parsed) -> bool:
    """Whether the tables read a theme in a text: it must be surer to be out of scope."""
    return max(parsed.scores.values()) > max(parsed.outside, MIN_BEST)


def is_outside(shares: Mapping[str, float], doubted: bool, limit: float) -> bool:
    """Whether a text is said to be out of scope."""
    return shares[OUT_OF_SCOPE] >= (max(limit, SURELY_OUTSIDE) if doubted else limit)


def _reading(sight: Sight, weighed: Weighed, shares: Mapping[str, float], model: Model) -> Reading:
    """A reading in the shape of that of the tables."""
    parsed = sight.parsed
    refused = _refused_themes(parsed)
    kept = {theme: REFUSED_SHARE if theme in refused else 1.0 for theme in Theme}
    of_themes = {theme: kept[theme] * shares[theme] for theme in Theme}
    for theme, weight, _ in parsed.reading().themes:
        of_themes[theme] = max(of_themes[theme], OF_TABLES * weight)
    best = max(of_themes.values())
    outside = is_outside(shares, is_doubted(parsed), model.limits["outside"])
    telling = _telling(sight, weighed, model.plain)
    named = max(parsed.scores.values()) >= CERTAIN
    vague = best < LEAST_SURE or (shares[VAGUE] >= SURELY_VAGUE and not named)
    found: list[ThemeMatch] = []
    shown: list[Proof] = []
    if not outside and not vague:
        total = sum(of_themes.values())
        for theme in sorted(of_themes, key=lambda theme: -of_themes[theme]):
            share = of_themes[theme] / total
            if share >= LEAST_THEME:
                words = _proofs(parsed, weighed, theme, share, telling)
                shown += words
                said = dict.fromkeys(parsed.text[p.start : p.end] for p in words)
                found.append(ThemeMatch(theme, round(share, 3), tuple(said)))
    read = {match.theme for match in found}
    away = proofs(item for item in parsed.counted if item.entry.theme is None)
    if outside and not away:
        away = tuple(_proofs(parsed, weighed, None, shares[OUT_OF_SCOPE], telling))
    passed = [
        replace(proof, reason=ELSEWHERE)
        for proof in proofs(parsed.counted)
        if proof.theme is not None and proof.theme not in read
    ]
    return Reading(
        parsed.text,
        tuple(found),
        tuple(sorted(shown, key=lambda proof: (proof.start, -proof.end))),
        away if outside or found else (),
        (*proofs(parsed.set_aside), *passed),
        parsed.idioms,
        sure=model.sure.chance(found[0].weight) if found else None,
    )


def _telling(sight: Sight, weighed: Weighed, plain: Collection[str]) -> list[Span]:
    """The words that say something alone, those apart whose stem is said of all themes."""
    parsed = sight.parsed
    common = {(word.start, word.end) for word in parsed.words if stem(word.form) in plain}
    return [
        (start, end)
        for start, end in weighed.said
        if end - start >= SHORTEST and (start, end) not in common and _says(parsed.text[start:end])
    ]


def _proofs(
    parsed: Parsed, weighed: Weighed, theme: Theme | None, share: float, telling: Sequence[Span]
) -> list[Proof]:
    """The words that say a theme: the terms of the tables first, then those that weigh most.

    A word proves if it brings enough of what is said for the theme, and is `telling`; only a text
    without any such word is proved by the strongest of the others.
    """
    said = weighed.words(theme or OUT_OF_SCOPE)
    terms = sorted(
        (proof for proof in proofs(parsed.counted) if proof.theme is theme),
        key=lambda proof: -proof.weight,
    )
    strongest = max(said.values(), default=0.0) or 1.0
    least = max(PROVES * strongest, LEAST_PROOF * sum(part for part in said.values() if part > 0))
    heavy = (span for span in telling if said[span] > least and not _is_in(span, terms))
    others = sorted(heavy, key=lambda span: -said[span])
    if not terms and not others and said:
        others = [max(telling or said, key=lambda span: said[span])]
    learnt = [
        Proof(*span, theme, round(share * min(1.0, abs(said[span] / strongest)), 3), "")
        for span in others[: max(0, MOST_WORDS - len(terms))]
    ]
    return terms + learnt


def _is_in(span: Span, terms: Sequence[Proof]) -> bool:
    """Whether a word overlaps one of some terms."""
    return any(span[0] < term.end and term.start < span[1] for term in terms)
