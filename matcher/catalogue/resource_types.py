"""The closed list of the forms of a resource; the other lists are in `vocabulary`."""

from __future__ import annotations

from .terms import Term


class ResourceType(Term):
    """What form a resource has."""

    DECRYPTAGE = ("decryptage", "Décryptage", "article qui explique un sujet")
    FICHE_PROJET = ("fiche_projet", "Fiche projet", "un projet présenté")
    FICHE_RETOUR_EXPERIENCE = (
        "fiche_retour_experience",
        "Retour d’expérience",
        "ce qu’un projet a appris à ceux qui l’ont mené",
    )
    FICHE_TERRITOIRE = ("fiche_territoire", "Fiche territoire", "un territoire présenté")
    GUIDE = ("guide", "Guide", "méthode pas à pas")
    INTERVIEW = ("interview", "Entretien", "un acteur interrogé")
    INVENTAIRE = ("inventaire", "Inventaire", "liste de solutions ou de projets")
    MONOGRAPHIE = ("monographie", "Monographie", "étude d’un cas")
    PAGE_PROGRAMME = ("page_programme", "Page de programme", "un programme et son offre")
    PORTRAIT = ("portrait", "Portrait", "un acteur présenté")
    RECUEIL_RETOURS_EXPERIENCE = (
        "recueil_retours_experience",
        "Recueil de retours d’expérience",
        "plusieurs retours d’expérience",
    )
    REPORTAGE = ("reportage", "Reportage", "un projet vu sur place")
    RETOUR_EVENEMENT = (
        "retour_evenement",
        "Retour d’événement",
        "ce qui s’est dit à une rencontre",
    )
    SYNTHESE_GROUPE_TRAVAIL = (
        "synthese_groupe_travail",
        "Synthèse de groupe de travail",
        "conclusions d’un groupe de communes",
    )
    TEMOIGNAGE = ("temoignage", "Témoignage", "un élu ou un porteur de projet raconte")
    VIDEO = ("video", "Vidéo", "à regarder")
    WEBINAIRE = ("webinaire", "Webinaire", "réunion en ligne, souvent à revoir")
