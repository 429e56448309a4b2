"""The territory as it is kept on the disk: a start reads the few communes that it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from matcher.catalogue.vocabulary import Scale
from matcher.territory.areas import Named
from matcher.territory.names import Former, Names
from matcher.territory.nest import Territory

from .kept import Array, Kept, commune_of, encode, flat, whole
from .texts import Decoded, Ids, Shelf, Texts


def arrays_of(territory: Territory) -> dict[str, Array]:
    """Lay out a territory."""
    keys, insees, codes, today = Names(territory.communes, territory.former).lines()
    facts = {
        "names": territory.names,
        "vintage": territory.pvd_vintage,
        "regions": territory.region_of,
        "today": today,
        "elsewhere": territory.elsewhere,
    }
    return {
        **flat("communes", Texts.of(map(encode, territory.communes.values()))),
        **flat("insee", Texts.of(territory.communes)),
        **flat("former", Texts.of(map(json.dumps, territory.former))),
        **flat("places", Texts.of((json.dumps(facts), keys, insees, codes))),
    }


def territory_of(kept: Kept) -> Territory:
    """Make the territory again."""
    communes = _texts(kept, "communes")
    places = _texts(kept, "places")
    facts: Mapping[str, Any] = json.loads(places[0])
    names = {Scale(scale): known for scale, known in facts["names"].items()}
    shelf = Shelf(Ids(_texts(kept, "insee")), Decoded(communes, commune_of, recent=None))
    former = Decoded(_texts(kept, "former"), lambda text: Former(*json.loads(text)))
    elsewhere = [
        Named(name, said, None, tuple(departements), tuple(communes))
        for name, said, _, departements, communes in facts["elsewhere"]
    ]
    territory = Territory(shelf, former, names, facts["vintage"], elsewhere)
    # What the territory would work out from all the communes at the first question.
    territory.region_of = facts["regions"]
    territory.gazetteer = territory.gazetteer_of(
        lambda: Names.folded(shelf, places[1], places[2], places[3], facts["today"])
    )
    return territory


def _texts(kept: Kept, name: str) -> Texts:
    return whole(Texts, name, kept.arrays)
