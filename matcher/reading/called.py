"""Whom the actors that a text names call for, and which names may be those of somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from matcher.catalogue.french import place_key
from matcher.catalogue.model import Structure

from .names import TRADES, Name, Named, ScannedText, Sort, variants
from .words import is_acronym, stem

Does = Callable[[Structure], Set[str]]
"""What the text speaks of that a structure does."""


MET = frozenset(
    map(
        stem,
        "vu voir vus revu revoir rencontre rencontrer rencontres appele appeler parle parler "
        "contacte contacter sollicite solliciter interroge demande demander conseille oriente "
        "aide aidee aides aider accompagne accompagnee suivi suivie suivis suivies soutenu "
        "soutenue rejoindre adherer".split(),
    )
)
"""Stems of what one says of somebody whom one met, asked or is helped by."""
MET_WITHIN = 5
"""Words, small ones aside, before a name among which one of them is sought."""
LIKENESS = frozenset("comme genre type style facon modele exemple maniere".split())
"""Folded words before a name that is but a likeness: « quelque chose comme La Ruche »."""


def is_doubtful(said: ScannedText, name: Name, first: int, last: int) -> bool:
    """Whether `said.words[first:last]`, meant as a name, may be that of somebody else.

    Words of French that have but a capital are: places, shops and other bodies have such names.
    """
    plain = name.sort is Sort.STRUCTURE and name.ordinary and not is_acronym(name.written)
    if not plain or last - first == len(said.words) or said.left(first) in TRADES:
        return False
    if _is_met(said, first):
        return False
    words = said.words[first:last]
    return len(words) == 1 or not said.is_capital(name, words, said.places[first])


def _is_met(said: ScannedText, first: int) -> bool:
    """Whether the sentence says that one met, asked or is helped by somebody near a name."""
    if said.left(first) in LIKENESS:
        return False
    begin = max((n for n in range(first + 1) if said.words[n].gap == "."), default=0)
    near = said.words[max(begin, first - MET_WITHIN) : first]
    return any(stem(word.form) in MET for word in near)


def called_by(actors: Sequence[Named], candidates: Sequence[Structure], does: Does) -> list[str]:
    """The words by which the text calls for each candidate; "" when it does not.

    A kind calls those of another first kind only where nobody has it as the first. A network calls
    its branches and the national body that has its name; another national body of it, « Emmaüs
    Connect » for « Emmaüs », only for a trade that these do not have, or where there is nobody
    else. A doubtful name calls who does what the text speaks of: « une Amap, ou La Ruche » is no
    incubator.
    """
    called = [""] * len(candidates)
    for actor in actors:
        for position in _meant(actor, candidates, does):
            called[position] = called[position] or actor.words
    return called


def _meant(actor: Named, candidates: Sequence[Structure], does: Does) -> Iterator[int]:
    """Positions of those whom one actor calls for."""
    found = [i for i, structure in enumerate(candidates) if actor.means(structure)]
    own = [i for i in found if _is_own(actor, candidates[i])]
    if actor.sort is Sort.KIND:
        yield from own or found
        return
    done = set[str]().union(*(candidates[i].trades for i in own))
    for i in found:
        one = candidates[i]
        if i in own or not own:
            if not actor.doubtful or does(one):
                yield i
        elif does(one) & set(one.trades) - done:
            yield i


def _is_own(actor: Named, structure: Structure) -> bool:
    """Whether an actor that means a structure says what it is first."""
    if actor.sort is Sort.KIND:
        return actor.code == structure.kind
    if actor.sort is Sort.STRUCTURE or not structure.national_head:
        return True
    said = place_key(actor.words)
    names = (way for name in (structure.name, *structure.aliases) for way in variants(name))
    return said in map(place_key, names)
