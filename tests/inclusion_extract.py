"""An extract of data.inclusion as it is documented, as long as one likes: made up, never of a body.

Versions 0 and 1 of the schema: https://gip-inclusion.github.io/data-inclusion-schema/
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from matcher import Matcher

WHAT = (
    ("Ressourcerie", "RESSOURCERIE", "ressourceries", "Collecte, répare et revend des objets."),
    ("Mission locale", "ML", "mission-locale", "Accueille et oriente les jeunes de 16 à 25 ans."),
    ("Épicerie solidaire", "ES", "", "Vend à petit prix des denrées et accueille ses adhérents."),
    ("Chantier d’insertion", "ACI", "chantier-ecole", "Emploie et forme des personnes éloignées."),
    ("Incubateur", "ASSO", "", "Accompagne les porteurs de projet jusqu’à la création."),
    ("Centre social", "CS", "fcsf", "Anime la vie du quartier avec les habitants."),
    ("France Active", "ESS", "france-active", "Finance et conseille les entrepreneurs engagés."),
    ("Fablab", "FABLAB", "", "Ouvre ses machines et ses savoir-faire à tous."),
    ("CCAS", "CCAS", "ccas-cias", "Aide les habitants dans leurs démarches."),
    ("Les Ateliers", "", "", "Fait beaucoup de choses avec peu de moyens."),
)
SOURCES = ("dora", "emplois-de-linclusion", "mediation-numerique", "odspep")
FAULTY = 50
"""One record in so many cannot be taken: no text, or a code of no commune."""
KNOWN = 100
"""One record in so many is a structure of the directory, under a name close to its own."""


def extract(matcher: Matcher, size: int, seed: int = 14) -> list[dict[str, object]]:
    """The records of an extract, with a fault or a known structure now and then."""
    return list(_records(matcher, size, random.Random(seed)))


def _records(matcher: Matcher, size: int, draw: random.Random) -> Iterator[dict[str, object]]:
    communes = list(matcher.territory.communes.values())
    known = [s for s in matcher.structures.values() if s.seat and not s.national_head]
    for rank in range(size):
        record = _record(rank, communes, draw)
        if rank % KNOWN == 1:
            one = draw.choice(known)
            record |= {"nom": f"Association {one.name.upper()}", "code_insee": one.seat}
            record |= {"zone_eligibilite": [matcher.territory.communes[one.seat or ""].departement]}
            record |= {"typologie": "", "reseaux_porteurs": [], "kind": one.kind.value}
        if rank % FAULTY == 2:
            record["description"] = ""
        if rank % FAULTY == 3:
            record |= {"code_insee": "00000", "zone_eligibilite": []}
        yield record


def _record(rank: int, communes: Sequence[object], draw: random.Random) -> dict[str, object]:
    commune = draw.choice(communes)
    what, typology, network, text = draw.choice(WHAT)
    source = draw.choice(SOURCES)
    insee, name = commune.insee, commune.name  # type: ignore[attr-defined]
    return {
        "source": source,
        "id": f"{source}--{rank:06}",
        "nom": f"{what} de {name}",
        "description": f"{text} À {name}.",
        "date_maj": f"202{draw.randint(2, 6)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}",
        "code_insee": insee,
        "commune": name,
        "siret": f"{draw.randint(10**13, 10**14 - 1)}",
        "site_web": f"https://exemple-{rank}.fr/" if draw.random() < 0.4 else None,
        "courriel": f"contact{rank}@exemple.fr",
        "telephone": "+33100000000",
        "typologie": typology,
        "reseaux_porteurs": [network] if network else [],
        "thematiques": ["numerique--acceder-a-du-materiel"] if draw.random() < 0.5 else [],
        "zone_eligibilite": [insee] if draw.random() < 0.3 else [],
    }
