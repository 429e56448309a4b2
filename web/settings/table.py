"""The settings: what each is called, means and is unless told otherwise. The one list of them.

`python -m web.admin reglages` prints it, `docs/reglages.md` is made from it, and a start refuses
what it does not allow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from matcher import Matcher
from matcher.upkeep import SOURCES, NetworkSource

from .. import processes
from ..counts import SCHEME
from . import rules
from .rules import Rule

PREFIX = "MAILLAGE_"
DATA = Matcher.embedded()
PUBLISHER = "l’organisme qui met ce site en service"
"""Who answers for the site, where the one who runs it says nothing."""


def default_folder() -> Path:
    """The folder of the user's data on this system, never inside the code."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "maillage"


@dataclass(frozen=True)
class Setting:
    """One setting.

    Parameters
    ----------
    name : str
        As the environment gives it.
    meaning : str
        What it changes, in French; one sentence without its full stop.
    rule : Rule
        What its value may be.
    default : object
        What it is unless told; a callable when it depends on the machine.
    usual : str
        The default in words, where the value itself says nothing, or is of one machine.
    is_secret : bool
        Whether its value is never shown.
    """

    name: str
    meaning: str
    rule: Rule = rules.LINE
    default: object = ""
    usual: str = ""
    is_secret: bool = False

    @property
    def key(self) -> str:
        """How `app.config` calls it."""
        return self.name.removeprefix(PREFIX)

    @property
    def value(self) -> object:
        """The default on this machine."""
        return self.default() if callable(self.default) else self.default


def _source(one: NetworkSource) -> Setting:
    meaning = (
        f"Autre adresse de la source « {one.name} » (un miroir, un essai), pour « actualiser »"
    )
    return Setting(one.setting, meaning, rules.ADDRESS, usual="celle de la source")


def _limit(name: str, default: str, meaning: str, *, several: bool = True) -> Setting:
    return Setting(f"{PREFIX}{name}", meaning, rules.pace(default, several=several), default)


def _key(name: str, meaning: str) -> Setting:
    usual = "tirée au sort au premier démarrage, dans le fichier des clés"
    return Setting(f"{PREFIX}{name}", meaning, rules.SECRET, usual=usual, is_secret=True)


TABLE: Mapping[str, tuple[Setting, ...]] = {
    "Écouter et répondre": (
        Setting("HOST", "Adresse où le site écoute (« 0.0.0.0 » : toutes)", default="127.0.0.1"),
        Setting("PORT", "Port où le site écoute", rules.whole(1, 65535), 8000),
        Setting(
            "MAILLAGE_PROCESSES",
            "Processus qui répondent",
            rules.whole(1, processes.MOST),
            processes.usual,
            usual="2, ou 1 sur une machine à un processeur",
        ),
        Setting(
            "MAILLAGE_HOSTS",
            "Noms du site. Une demande faite sous un autre nom est refusée, sauf ceux de la "
            "machine elle-même (localhost, 127.0.0.1)",
            rules.HOSTS,
            usual="la machine elle-même seulement",
        ),
        Setting(
            "MAILLAGE_PROXIES",
            "Mandataires (nginx…) devant le site, dont les en-têtes X-Forwarded-* sont crus. "
            "Derrière un mandataire et 0, tous les visiteurs n’en font qu’un ; sans mandataire "
            "et 1, un visiteur se donne l’adresse qu’il veut",
            rules.whole(0, 9),
            0,
        ),
        Setting(
            "MAILLAGE_SESSION_COOKIE_SECURE",
            "Le cookie de connexion ne part que par https ; sans ce réglage, seulement quand "
            "la page est demandée par https",
            rules.SWITCH,
            False,
        ),
        Setting(
            "MAILLAGE_MAX_CONTENT_LENGTH",
            "Taille d’un envoi au plus, en octets",
            rules.whole(1024, 1024 * 1024),
            64 * 1024,
        ),
        Setting(
            "MAILLAGE_CORS_ORIGINS",
            "Sites dont les pages peuvent lire les réponses de l’API",
            rules.ORIGINS,
            usual="aucun",
        ),
        Setting(
            "MAILLAGE_FORM_SECONDS",
            "Secondes qu’une personne met au moins à remplir un formulaire",
            rules.whole(0, 60),
            3,
        ),
    ),
    "Base, clés et données": (
        Setting(
            "MAILLAGE_DATABASE_URL",
            "Base des dossiers et des comptes",
            rules.DATABASE,
            lambda: f"sqlite:///{default_folder() / 'maillage.sqlite'}",
            usual="SQLite, maillage.sqlite dans ~/.local/share/maillage",
        ),
        Setting(
            "MAILLAGE_KEYS",
            "Fichier des clés ; les registres du journal sont à côté",
            rules.PLACE,
            lambda: default_folder() / "cles.json",
            usual="cles.json dans ~/.local/share/maillage",
        ),
        _key("SECRET_KEY", "Clé des sessions et des formulaires"),
        _key("SECURITY_PASSWORD_SALT", "Sel des mots de passe"),
        _key("TOTP_KEY", "Clé des seconds facteurs"),
        Setting(
            "MAILLAGE_AUDIT_KEY",
            "Clé du journal des actions",
            rules.SECRET,
            usual="dans le fichier des clés ; dérivée de TOTP_KEY quand les trois autres clés sont "
            "données",
            is_secret=True,
        ),
        Setting(
            "MAILLAGE_DATA",
            "Dossier des données : référence et annuaire",
            rules.FOLDER,
            DATA,
            usual="les données livrées avec Maillage",
        ),
        Setting(
            "MAILLAGE_CAPACITY",
            "CSV du nombre de mises en relation que chaque structure accepte",
            rules.FILE,
            usual="aucun",
        ),
        Setting(
            "MAILLAGE_CACHE",
            "Dossier de ce qui est gardé pour démarrer plus vite ; « non » ne garde rien",
            rules.PLACE,
            usual="~/.cache/maillage",
        ),
        Setting(
            "MAILLAGE_SNAPSHOTS",
            "Dossier des états des données gardés pour « verifier »",
            rules.PLACE,
            usual="~/.local/share/maillage/instantanes",
        ),
    ),
    "Qui publie, qui écrit": (
        Setting("MAILLAGE_PUBLISHER", "Qui publie le site", default=PUBLISHER),
        Setting("MAILLAGE_DIRECTOR", "Qui dirige la publication"),
        Setting("MAILLAGE_HOSTING", "Qui héberge le site : nom et adresse"),
        Setting("MAILLAGE_CONTACT", "Comment joindre l’éditeur : une adresse e-mail ou une page"),
        Setting(
            "MAILLAGE_ANSWER_DAYS",
            "Jours annoncés aux communes avant qu’un conseiller leur écrive ; 0 n’annonce rien",
            rules.whole(0, 365),
            0,
        ),
        Setting("MAILLAGE_SENDER_ORGANISATION", "Organisme qui signe les lettres"),
        Setting("MAILLAGE_SENDER_JOB", "Fonction de qui signe les lettres"),
        Setting("MAILLAGE_SENDER_PHONE", "Téléphone dans la signature des lettres"),
        Setting("MAILLAGE_SENDER_REPLY", "Adresse à laquelle répondre aux lettres"),
        Setting(
            "MAILLAGE_IMPRESSIONS",
            "Garder 365 jours, sans personne ni texte, ce que les réponses montrent en premier",
            rules.SWITCH,
            True,
        ),
    ),
    "Limites par visiteur": (
        Setting("MAILLAGE_RATELIMIT_ENABLED", "Compter les demandes de chacun", rules.SWITCH, True),
        Setting(
            "MAILLAGE_RATELIMIT_STORAGE_URI",
            "Où elles sont comptées : « partage:// » entre les processus d’une machine, une "
            "adresse « redis://… » entre plusieurs",
            rules.COUNTS,
            f"{SCHEME}://",
        ),
        # A town hall, or a whole administration, has one address.
        _limit("LIMIT_PAGES", "1200 per minute", "Pages ; celles que demande la machine exceptées"),
        _limit("LIMIT_FORMS", "30 per minute", "Formulaires envoyés"),
        _limit("LIMIT_API", "120 per minute", "Demandes à l’API"),
        # A sixth of a processor.
        _limit(
            "LIMIT_WORK",
            "10000 per minute",
            "Millisecondes de processeur que coûte ce qu’il demande ; au-delà, ses réponses "
            "attendent, pas ses autres pages",
            several=False,
        ),
        # The more there were, the longer one waits.
        _limit(
            "LIMIT_SIGN_INS",
            "5 per minute;10 per 15 minutes;20 per hour",
            "Mots de passe et codes faux d’un compte, depuis un endroit",
        ),
        _limit(
            "LIMIT_STRANGERS",
            "60 per hour",
            "Les mêmes, depuis tous les navigateurs qui ne s’y sont jamais connectés",
        ),
        _limit("LIMIT_PLACE", "60 per minute", "Les mêmes, de tous les comptes, depuis un endroit"),
    ),
    "Suivre le service": (
        Setting(
            "MAILLAGE_ACCESS_LOG",
            "Fichier des pages demandées, une ligne JSON chacune (« - » : l’erreur standard)",
            rules.PLACE,
            usual="aucun",
        ),
        Setting(
            "MAILLAGE_SLOW_SECONDS",
            "Secondes au-delà desquelles une page est notée dans les messages du site ; 0 n’en "
            "note aucune",
            rules.whole(0, 600),
            2,
        ),
        Setting(
            "MAILLAGE_METRICS_TOKEN",
            "Jeton que Prometheus présente à /metriques ; sans lui, rien n’est mesuré",
            rules.SECRET,
            usual="aucun",
            is_secret=True,
        ),
    ),
    "Sources officielles": (
        Setting(
            "MAILLAGE_DATA_INCLUSION_JETON",
            "Jeton de data.inclusion, à demander à data.inclusion.gouv.fr",
            rules.SECRET,
            usual="aucun",
            is_secret=True,
        ),
        *map(_source, SOURCES.values()),
    ),
}
"""Settings, by what they are about."""


def settings() -> Iterator[Setting]:
    """Every setting, in the order of the table."""
    for group in TABLE.values():
        yield from group


BY_NAME: Mapping[str, Setting] = {one.name: one for one in settings()}
