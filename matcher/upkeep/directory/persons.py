"""What looks like a person: never kept in the directory, whoever sends it.

A box passes when it is known to be nobody's: a common word (`contact@`, `accueil@`), or the name of
the structure. All others may be those of a person, and are refused: the rule says why.
"""

from __future__ import annotations

import re

from matcher.catalogue.french import unaccented

EMAIL = re.compile(r"[^@\s<>;,|]+@[^@\s<>;,|]+\.[a-zA-Z]{2,}")
SHARED_HOSTS = frozenset(
    "gmail googlemail orange wanadoo free laposte hotmail outlook live yahoo sfr icloud bbox "
    "protonmail proton aol gmx neuf msn".split()
)
"""Where everybody has a box: the name of the host says nothing of its owner."""

GENERIC = frozenset(
    "accompagnement accueil actualites adherents adhesion adil admin administratif administration "
    "agence alec animation antenne appui asso association associations aval bienvenue bonjour "
    "boutique bureau caue cafe centre cigales club collectif com commercial communication compta "
    "comptabilite conseil contact contacts cooperative cooperer coordination coworking cress "
    "developpement direction dla documentation ecologie economie emploi energie entreprises epf "
    "ess equipe espace evenements federation fabrique foncier fondation formation formations "
    "franceactive france gestion habitat hello immobilier incubateur info infos information "
    "informations innovation insertion inscription inscriptions institutionnel international "
    "jeunesse juridique lieu location mail mairie maison mediation message mobilite numerique "
    "observatoire parc partenariat partenariats plateforme pole presidence presse prevention "
    "programme projet projets pnr ptce qualite question questions reception recrutement reemploi "
    "region renseignement renseignements reseau reservation reservations ressourcerie ressources "
    "rh sante scic scop secretariat service services siege social solidaire solidarite soutien "
    "standard support territoire territoires tiers tierslieux transition union urscop vie ville "
    "webmaster de des du la le les et a l d en pour un une".split()
)
"""Words of a box that is nobody's; without accents."""

MOBILE = re.compile(
    r"(?:\+33|0033|\+262|\+590|\+594|\+596|0)[\s.-]*\(?0?\)?[\s.-]*[67](?:[\s.-]*\d){8}\b"
)
MOBILE_RULE = "numéro mobile (06, 07) : il peut être celui d’une personne"
NAME_RULE = "nom d’une personne : dire la fonction ou le service"
CIVILITY = re.compile(
    r"\b(?:M\.|MM\.|Mr|Mme|Mmes|Mlle|Monsieur|Madame|Mademoiselle|Dr|Docteur)\s+[A-ZÀ-Ý]"
)
NAMED = re.compile(r"\b([A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?)\s+[A-ZÀ-Ý][\wÀ-ÿ’'-]{2,}")
"""A word with a capital, before another."""
FIRST_NAMES = frozenset(
    "adrien agnes alain albert alexandra alexandre alexis alice aline amandine amelie anais andre "
    "anne annick antoine arnaud arthur audrey aurelie aurelien baptiste beatrice benjamin benoit "
    "bernard bertrand brigitte bruno camille carole caroline catherine cecile celine chantal "
    "charles charlotte chloe christelle christian christiane christine christophe claire claude "
    "claudine clement colette coralie corinne cyril damien daniel danielle david delphine denis "
    "denise didier dominique edith elisabeth elise elodie emilie emma emmanuel emmanuelle eric "
    "estelle etienne eva fabien fabienne fabrice fanny florence florian franck francis francois "
    "francoise frederic frederique gael gabriel genevieve georges gerard gilbert gilles ginette "
    "guillaume guy helene henri herve hugo hugues isabelle jacqueline jacques jean jeanne "
    "jennifer jeremy jerome joel jonathan joseph josiane jules julie julien juliette karim karine "
    "kevin laetitia laura laure laurence laurent lea leo lionel lisa loic louis louise luc lucas "
    "lucie ludovic marc marcel margot marie marine marion martin martine mathieu mathilde "
    "matthieu maurice maxime melanie michel michele mickael mohamed monique muriel myriam nadia "
    "nadine nathalie nicolas nicole noemie odile olivier pascal pascale patrice patricia patrick "
    "paul pauline philippe pierre quentin rachel raphael raymond regis remi rene renee robert "
    "roger roland romain sabine samuel sandra sandrine sarah sebastien serge simon simone solene "
    "sophie stephane stephanie sylvain sylvie tatiana therese thibault thierry thomas valentin "
    "valerie veronique vincent virginie william xavier yann yannick yves yvette yvonne zoe".split()
)
"""First names, without accents: followed by a name, they are somebody."""


def box_rule(address: str, *names: str) -> str:
    """Why a box may be that of a person, "" when it is known to be nobody's.

    Parameters
    ----------
    names : str
        Names of the structure and of its commune: a box may bear them.
    """
    local, _, host = unaccented(address.strip()).lower().partition("@")
    words = _words(local)
    if words and words[0] in FIRST_NAMES:
        return "courriel d’une personne (prénom) : donner la boîte générique, contact@…"
    own = {word for name in names for word in _words(name)}
    joined, site = "".join(words), re.sub(r"[^a-z]", "", host.split(".")[0])
    if site not in SHARED_HOSTS and joined and joined == site:
        return ""
    if words and all(w in GENERIC or (w in own and w not in FIRST_NAMES) for w in words):
        return ""
    if joined and any(joined == "".join(_words(name)) for name in names):
        return ""
    return (
        "courriel qui peut être celui d’une personne : donner une boîte générique "
        "(contact@, accueil@, dla@…)"
    )


def phone_rule(number: str) -> str:
    """Why a telephone number may be that of a person."""
    return MOBILE_RULE if MOBILE.match(number) else ""


def text_rule(text: str, *names: str) -> str:
    """Why a sentence names a person, her box or her mobile."""
    for found in EMAIL.finditer(text):
        if rule := box_rule(found[0], *names):
            return rule
    if MOBILE.search(text):
        return MOBILE_RULE
    if CIVILITY.search(text):
        return NAME_RULE
    for start in re.finditer(r"\b[A-ZÀ-Ý]", text):
        named = NAMED.match(text, start.start())
        if named and any(part in FIRST_NAMES for part in _words(named[1])):
            return NAME_RULE
    return ""


def _words(text: str) -> list[str]:
    return [w for w in re.split(r"[^a-z]+", unaccented(text).lower()) if w]
