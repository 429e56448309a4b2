"""Closed lists: what each term has; the small ones, and the facts of a structure that use them.

The small ones: audience, status, resources, supports, ways, costs, limits. The facts: what a
structure asks (`Condition`), how it is reached (`PublicContact`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from .french import decimal

if TYPE_CHECKING:
    from .model import Commune


class Term(StrEnum):
    """A code of a closed list: a string that knows its French label and definition."""

    label: str
    definition: str

    # The defaults are for the type checker: `Theme("habitat")` looks a member up, and makes none.
    def __new__(cls, code: str, label: str = "", definition: str = "") -> Term:
        """Make the member `code`, with its texts for people."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.definition = definition
        return member


class Audience(Term):
    """Whom a structure supports, or who asks."""

    COLLECTIVITES = ("collectivites", "Collectivités", "communes et intercommunalités")
    PORTEURS_DE_PROJET = (
        "porteurs_de_projet",
        "Porteurs de projet",
        "habitants, collectifs, entrepreneurs qui créent",
    )
    STRUCTURES_ESS = (
        "structures_ess",
        "Structures de l’ESS",
        "associations, coopératives, mutuelles, fondations, entreprises sociales existantes",
    )


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


class Status(Term):
    """What the reading says of a need as a whole."""

    LU = ("lu", "Lu", "le besoin parle de thèmes ou de sujets que nous connaissons")
    VAGUE = ("vague", "Vague", "un vrai besoin, dont nous ne lisons pas le sujet")
    HORS_CHAMP = ("hors_champ", "Hors champ", "le besoin relève d’autre chose que de l’ESS")
    VIDE = ("vide", "Vide", "rien n’est dit : « RAS », un tiret, des lettres au hasard")

    @property
    def ranked(self) -> bool:
        """Whether structures are proposed unless somebody asks for them all the same."""
        return self in (Status.LU, Status.VAGUE)


class Backing(Term):
    """What a structure did for a project: the label goes before the name of the project."""

    ACCOMPAGNE = (
        "accompagne",
        "a accompagné",
        "conseil, étude, méthode ou animation",
    )
    LOCAUX = (
        "locaux",
        "a apporté les murs ou la terre de",
        "achat, portage ou bail",
    )
    FINANCE = ("finance", "a financé", "prêt, garantie, subvention ou capital")
    OPERE = ("opere", "mène elle-même", "elle porte le projet : elle n’y a aidé personne")
    DISTINGUE = (
        "distingue",
        "a distingué",
        "prix, label, liste ou adhésion : ce n’est pas un accompagnement",
    )

    @property
    def proves(self) -> bool:
        """Whether it is a reference: help was given to somebody else."""
        return self in PROOFS


PROOFS = (Backing.ACCOMPAGNE, Backing.LOCAUX, Backing.FINANCE)
"""What counts as a reference, in the order of `index.support`."""


CONFIRMATION = "confirmation:"
"""What begins the source of a contact that its structure gave by its signed link, before the
reference of its answer: no public page shows it."""


class Way(Term):
    """What is known of how a structure is reached: the definition is what the value holds."""

    COURRIEL = ("courriel", "Courriel", "boîte générique (contact@…), jamais celle d’une personne")
    TELEPHONE = ("telephone", "Téléphone", "numéro fixe ou national, jamais un mobile")
    PAGE_CONTACT = ("page_contact", "Page de contact", "adresse https://…")
    SAISINE = ("saisine", "Comment la saisir", "une phrase : qui écrit, quoi, où")
    COUT = ("cout", "Coût", "gratuit, payant ou adhesion")
    DELAI = ("delai", "Délai", "en combien de temps elle répond")
    SIREN = ("siren", "SIREN", "9 chiffres")
    SIRET = ("siret", "SIRET", "14 chiffres")

    @property
    def reaches(self) -> bool:
        """Whether it is a way to speak to the structure, and not a fact about it."""
        return self in (Way.COURRIEL, Way.TELEPHONE, Way.PAGE_CONTACT)


class Cost(Term):
    """What the help of a structure costs to who asks for it."""

    GRATUIT = ("gratuit", "gratuit", "rien")
    PAYANT = ("payant", "payant", "un prix, à demander")
    ADHESION = ("adhesion", "sur adhésion", "une adhésion")


class Offer(Term):
    """What a structure does for who calls it; the label completes « elle »."""

    ACCOMPAGNE = (
        "accompagne",
        "accompagne",
        "travaille avec qui porte un projet",
    )
    FINANCE = ("finance", "finance", "prêt, garantie, subvention ou capital")
    LOCAUX = ("locaux", "apporte des murs", "achète, tient ou apporte des murs ou des terres")
    ORIENTE = ("oriente", "oriente", "premier accueil, information, renvoi vers d’autres")
    RESEAU = ("reseau", "anime un réseau", "fédère des membres : échanges, formations")
    RESSOURCES = ("ressources", "publie", "études, plaidoyer, publications")
    OPERE = ("opere", "fait elle-même", "rend le service elle-même")


class Limit(Term):
    """What a structure asks of a commune or of a project: the label says it, with the value.

    The definition is what the value holds.
    """

    POPULATION_MOINS = ("population_moins", "communes de moins de {} habitants", "un nombre")
    POPULATION_PLUS = ("population_plus", "communes d’au moins {} habitants", "un nombre")
    TERRITOIRE = ("territoire", "{} seulement", "métropole ou outre-mer")
    PVD = ("pvd", "Petites villes de demain seulement", "oui")
    RURALITE = ("ruralite", "{}", "quelles communes, rurales ou urbaines")
    PORTEUR = ("porteur", "{}", "si un porteur de projet doit exister")
    SALARIES = ("salaries", "effectif salarié : au moins {}", "un nombre")
    STATUT = ("statut", "{}", "qui peut demander, par sa forme juridique")
    MONTANT = ("montant", "{}", "bornes en euros")
    THEME = ("theme", "{}", "sujets")

    @property
    def decides(self) -> bool:
        """Whether what we know of a commune tells who meets it."""
        return self in (
            *(Limit.POPULATION_MOINS, Limit.POPULATION_PLUS),
            *(Limit.TERRITOIRE, Limit.PVD),
        )


MAINLAND, OVERSEAS = "métropole", "outre-mer"
"""The values of `Limit.TERRITOIRE`; Corsica is of the first."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a structure asks: a commune or a project that does not have it is not for it."""

    limit: Limit
    value: str

    @property
    def told(self) -> str:
        """In French, without a verb."""
        number = self.value.isascii() and self.value.isdigit()
        value = decimal(int(self.value)) if number else self.value
        return self.limit.label.format(value)

    @property
    def decides(self) -> bool:
        """Whether what we know of a commune tells who meets it."""
        return self.limit.decides

    def allows(self, commune: Commune) -> bool:
        """Whether a commune meets it; one of which we do not know does."""
        if self.limit is Limit.TERRITOIRE:
            return commune.overseas != (self.value == MAINLAND)
        if self.limit is Limit.PVD:
            return "pvd" in commune.labels
        if not self.decides or commune.population is None:
            return True
        small = commune.population < int(self.value)
        return small if self.limit is Limit.POPULATION_MOINS else not small


@dataclass(frozen=True, slots=True)
class PublicContact:
    """A way to reach a structure, or what its help costs, with the page that says so.

    Parameters
    ----------
    source, day : str
        The page, and its year, month or day ("" when it is not dated).
    of : str
        "" when the page speaks of the structure; else the kind or the network of which it is told.
    """

    way: Way
    value: str
    source: str
    day: str
    of: str = ""

    @property
    def told(self) -> str:
        """The value in French."""
        return Cost(self.value).label if self.way is Way.COUT else self.value
