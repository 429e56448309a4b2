"""Where the data of a pack come from, their licence and their date: never that of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.catalogue.french import month

from .cohort import Source

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher

OPEN = "Licence Ouverte 2.0 (Etalab)"


def data_sources(matcher: Matcher) -> tuple[Source, ...]:
    """The sources of what a pack shows; details are in `data/README.md`."""
    return (
        Source(
            "Structures, projets et ressources",
            "Rédigés pour Maillage à partir de pages publiques, chacune citée dans sa ligne",
            "Citer Maillage et la page source de chaque structure",
            f"source la plus récente : {matcher.profiles.newest_source}",
        ),
        Source(
            "Communes, intercommunalités, population, codes postaux",
            "Insee, DGCL, La Poste, par le découpage administratif d’Etalab",
            OPEN,
            "2026",
        ),
        Source(
            "Positions des communes",
            "Mairies de l’annuaire de service-public.fr, contrôlées sur le contour",
            OPEN,
            "2026",
        ),
        Source(
            "Contours",
            "D’après IGN, ADMIN EXPRESS, simplifiés pour l’affichage",
            "À vérifier : Licence Ouverte pour ADMIN EXPRESS",
            "2026",
        ),
        Source(
            "Petites villes de demain",
            "Agence nationale de la cohésion des territoires (ANCT)",
            "Liste publique",
            month(matcher.territory.pvd_vintage),
        ),
    )
