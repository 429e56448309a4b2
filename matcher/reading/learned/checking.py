"""What a model is worth on sentences that it has not seen, and what is set by that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from matcher.reading.wordlists import OUT_OF_SCOPE, VAGUE

from .model import FILE, Head, Model
from .training import School, Sentence
from .vectors import Floats

TURNED_AWAY_MAX = 0.03
"""Share of the real needs that may be said out of scope: a town that is turned away does not come
back. These sentences are harder than most."""
SOFTNESS = tuple(round(0.5 + 0.05 * n, 2) for n in range(41))
"""Divisors tried on the weights so that shares are as often right as they say."""

Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A sentence with the shares that a model gave that was trained without it."""

    sentence: Sentence
    themes: Shares
    stages: Shares


def unseen(school: School) -> list[Unseen]:
    """Every sentence of a school, read by a model trained on the others."""
    found: dict[int, Unseen] = {}
    for model, numbers in school.folds():
        for n in numbers:
            sight = school.sights[n]
            found[n] = Unseen(
                school.sentences[n],
                model.heads["themes"].weigh(sight).shares,
                model.heads["stages"].weigh(sight).shares,
            )
    return [found[n] for n in sorted(found)]


def learn(folder: Path, say: Callable[[str], None] = print) -> Model:
    """Train on the sentences of a data folder and write the model beside them."""
    school = School(folder)
    say(f"{len(school.sentences)} phrases, {len(school.terms)} termes et définitions")
    seen = unseen(school)
    softness = {
        "themes": softened([(u.themes, u.sentence.first) for u in seen]),
        "stages": softened([(u.stages, (u.sentence.stage or "",)) for u in seen]),
    }
    seen = [
        replace(
            u,
            themes=_soft(u.themes, softness["themes"]),
            stages=_soft(u.stages, softness["stages"]),
        )
        for u in seen
    ]
    limit = outside_limit(seen)
    for line in report(seen, limit):
        say(line)
    model = school.model()
    heads = {name: _cooled(head, softness[name]) for name, head in model.heads.items()}
    model = replace(model, heads=heads, limits={"outside": limit})
    model.save(folder / FILE)
    return model


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
    real = [u.themes for u in seen if not {OUT_OF_SCOPE, VAGUE}.intersection(u.sentence.first)]
    found = np.quantile([shares[OUT_OF_SCOPE] for shares in real], 1 - TURNED_AWAY_MAX)
    return round(float(found), 3)


def ordered(shares: Shares, limit: float) -> list[str]:
    """The codes as the reader gives them, were no text vague: some theme is always likeliest."""
    themes = [code for code in shares if code not in (OUT_OF_SCOPE, VAGUE)]
    found = sorted(themes, key=lambda code: -shares[code])
    return [OUT_OF_SCOPE] if is_outside(shares, limit) else found


def is_outside(shares: Shares, limit: float) -> bool:
    """Whether a text is said to be out of scope."""
    return shares[OUT_OF_SCOPE] >= limit


def report(seen: Sequence[Unseen], limit: float) -> list[str]:
    """What the cross-validation found, in French."""
    clear = [u for u in seen if u.sentence.first != (VAGUE,)]
    codes = [(ordered(u.themes, limit), u.sentence.first) for u in clear]
    outside = [u for u in clear if u.sentence.first == (OUT_OF_SCOPE,)]
    real = [u for u in clear if OUT_OF_SCOPE not in u.sentence.first]
    told = [u for u in seen if u.sentence.stage]
    return [
        f"validation croisée, {len(clear)} phrases : premier thème juste "
        f"{_share(found[0] in right for found, right in codes)}, "
        f"parmi trois {_share(not set(found[:3]).isdisjoint(right) for found, right in codes)}",
        f"hors champ trouvé {_share(is_outside(u.themes, limit) for u in outside)}, "
        f"vrais besoins écartés {_share(is_outside(u.themes, limit) for u in real)} "
        f"(à partir de {limit})",
        "situation juste quand elle est dite "
        f"{_share(_stage(u.stages) == u.sentence.stage for u in told)}",
    ]


def _stage(shares: Shares) -> str:
    return max((code for code in shares if code), key=lambda code: shares[code])


def _share(right: Iterable[bool]) -> str:
    found = [*right]
    return f"{100 * sum(found) / max(1, len(found)):.1f} %".replace(".", ",")
