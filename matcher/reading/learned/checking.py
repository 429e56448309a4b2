"""What a model is worth on sentences that it has not seen, and what is set by that."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from matcher.catalogue.vocabulary import Theme
from matcher.reading.wordlists import EMPTY, NO_THEME, OUT_OF_SCOPE, UNREAD

from .model import FILE, Case, Head, Model, error, fitted, unseen_error
from .reader import SURELY_EMPTY, SURELY_OUTSIDE, is_doubted, is_outside, surely
from .sight import Floats, Sight
from .training import School, Sentence

TURNED_AWAY_MAX = 0.03
"""Share of the real needs that may be said out of scope: a town that is turned away does not come
back. These sentences are harder than most."""
SOFTNESS = tuple(round(0.5 + 0.05 * n, 2) for n in range(41))
"""Divisors tried on the weights so that shares are as often right as they say."""

Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A sentence with the shares that a model gave that was trained without it.

    Parameters
    ----------
    doubted : bool
        The tables read a theme in it.
    """

    sentence: Sentence
    themes: Shares
    stages: Shares
    subjects: Shares
    doubted: bool


def unseen(school: School) -> list[Unseen]:
    """Every sentence of a school, read by a model trained on the others."""
    found: dict[int, Unseen] = {}
    for model, numbers in school.folds():
        for n in numbers:
            found[n] = _read(model, school.sentences[n], school.sights[n])
    return [found[n] for n in sorted(found)]


def _read(model: Model, sentence: Sentence, sight: Sight) -> Unseen:
    return Unseen(
        sentence,
        model.heads["themes"].weigh(sight).shares,
        model.heads["stages"].weigh(sight).shares,
        model.heads["subjects"].weigh(sight).shares,
        is_doubted(sight.parsed),
    )


def learn(folder: Path, say: Callable[[str], None] = print) -> Model:
    """Train on the sentences of a data folder and write the model beside them."""
    school = School(folder)
    say(f"{len(school.sentences)} phrases, {len(school.terms)} termes et définitions")
    seen = unseen(school)
    softness = {
        "themes": softened([(u.themes, u.sentence.first) for u in seen]),
        "stages": softened([(u.stages, u.sentence.stages) for u in seen if u.sentence.stages]),
        "subjects": softened([(u.subjects, u.sentence.subjects or ("",)) for u in seen]),
    }
    seen = [_settled(u, sight, softness) for u, sight in zip(seen, school.sights, strict=True)]
    model = school.model()
    sights = [school.eye.see(sentence.text) for sentence in school.held_out]
    held = [
        _settled(_read(model, sentence, sight), sight, softness)
        for sentence, sight in zip(school.held_out, sights, strict=True)
    ]
    model = replace(
        model,
        heads={name: _cooled(head, softness[name]) for name, head in model.heads.items()},
        limits={"outside": outside_limit(seen)},
        sure=fitted(told(seen)),
    )
    for name, cases in (("validation croisée", seen), ("voix mises de côté", held)):
        for line in report(name, cases, model.limits["outside"]):
            say(line)
    gap = error([(model.sure.chance(share), right) for share, right in told(held)])
    say(f"calibration du premier thème : écart {unseen_error(told(seen)):.3f}, de côté {gap:.3f}")
    model.save(folder / FILE)
    return model


def _settled(read: Unseen, sight: Sight, softness: Shares) -> Unseen:
    """What the reader would make of the shares."""
    themes = surely(sight.parsed, _soft(read.themes, softness["themes"]))
    stages = _soft(read.stages, softness["stages"])
    subjects = _soft(read.subjects, softness["subjects"])
    return replace(read, themes=themes, stages=stages, subjects=subjects)


def told(seen: Iterable[Unseen]) -> list[Case]:
    """The share of the first theme of each real need, and whether it is right."""
    cases = []
    for read in seen:
        if NO_THEME.isdisjoint(read.sentence.first):
            themes = {code: read.themes[code] for code in Theme}
            best = max(themes, key=lambda code: themes[code])
            cases.append((themes[best] / sum(themes.values()), best in read.sentence.first))
    return cases


def softened(cases: Sequence[tuple[Shares, Sequence[str]]]) -> float:
    """The divisor with which the right answers are the likeliest, all together."""

    def surprise(divisor: float) -> float:
        return -sum(
            float(np.log(sum(_soft(shares, divisor)[code] for code in right) + 1e-12))
            for shares, right in cases
        )

    return min(SOFTNESS, key=surprise)


def _soft(shares: Shares, divisor: float) -> Shares:
    logs: Floats = np.log(np.array([*shares.values()]) + 1e-12) / divisor
    likely = np.exp(logs - logs.max())
    return dict(zip(shares, (likely / likely.sum()).tolist(), strict=True))


def _cooled(head: Head, divisor: float) -> Head:
    return replace(head, weights=head.weights / divisor, intercept=head.intercept / divisor)


def outside_limit(seen: Iterable[Unseen]) -> float:
    """The share of what is out of scope that few real needs reach."""
    real = [u for u in seen if NO_THEME.isdisjoint(u.sentence.first)]
    shares = [u.themes[OUT_OF_SCOPE] for u in real if not u.doubted or _is_sure(u)]
    found = sorted([*shares, *[0.0] * (len(real) - len(shares))])
    return round(found[math.ceil((1 - TURNED_AWAY_MAX) * (len(found) - 1))], 3)


def _is_sure(read: Unseen) -> bool:
    return read.themes[OUT_OF_SCOPE] >= SURELY_OUTSIDE


def ordered(read: Unseen, limit: float) -> list[str]:
    """The codes as the reader gives them, were no text vague: some theme is always likeliest."""
    themes = [code for code in read.themes if code not in NO_THEME]
    found = sorted(themes, key=lambda code: -read.themes[code])
    return [OUT_OF_SCOPE] if _is_outside(read, limit) else found


def _is_outside(read: Unseen, limit: float) -> bool:
    return is_outside(read.themes, read.doubted, limit)


def _is_empty(read: Unseen) -> bool:
    return read.themes[EMPTY] >= SURELY_EMPTY


def report(name: str, seen: Sequence[Unseen], limit: float) -> list[str]:
    """What was found on sentences that were not trained on, in French."""
    clear = [u for u in seen if u.sentence.first not in UNREAD]
    codes = [(ordered(u, limit), u.sentence.first) for u in clear]
    outside = [u for u in clear if u.sentence.first == (OUT_OF_SCOPE,)]
    real = [u for u in clear if OUT_OF_SCOPE not in u.sentence.first]
    empty = [u for u in seen if u.sentence.first == (EMPTY,)]
    said = [(_likeliest(u.stages)[0], u.sentence.stages or ()) for u in seen]
    wanted = [(_likeliest(u.subjects), u.sentence.subjects) for u in seen if u.sentence.subjects]
    return [
        f"{name}, {len(clear)} phrases : premier thème juste "
        f"{_share(found[0] in right for found, right in codes)}, "
        f"parmi trois {_share(not set(found[:3]).isdisjoint(right) for found, right in codes)}",
        f"hors champ trouvé {_share(_is_outside(u, limit) for u in outside)}, "
        f"vrais besoins écartés {_share(_is_outside(u, limit) for u in real)}",
        f"rien dit, trouvé {_share(_is_empty(u) for u in empty)}, "
        f"vrais besoins dits vides {_share(_is_empty(u) for u in real if u not in empty)}",
        "situation juste quand elle est dite "
        f"{_share(found in right for found, right in said if any(right))}",
        f"premier sujet juste {_share(found[0] in right for found, right in wanted)}, "
        f"parmi trois {_share(right[0] in found[:3] for found, right in wanted)}",
    ]


def _likeliest(shares: Shares) -> list[str]:
    return sorted(filter(None, shares), key=lambda code: -shares[code])


def _share(right: Iterable[bool]) -> str:
    found = [*right]
    return f"{100 * sum(found) / max(1, len(found)):.1f} %".replace(".", ",")
