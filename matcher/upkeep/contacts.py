"""How structures are reached: each value in one form, with its source, and never a person's.

What looks like a person is never kept in the directory, whoever sends it. A box passes when it is
known to be nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from matcher.catalogue.faults import Fault
from matcher.catalogue.french import unaccented
from matcher.catalogue.rows import Row
from matcher.catalogue.schemas import CONTACTS, URL
from matcher.catalogue.terms import Cost, Way

from .rules import Dataset, fault

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


OF = ("structure", "kind", "network")
"""Of whom a row speaks: one of these."""
OVERSEAS_PREFIXES = ("262", "508", "590", "594", "596", "687", "689")
PROFILES = re.compile(r"linkedin\.[a-z]+/in/|facebook\.[a-z]+/profile", re.IGNORECASE)
"""Pages of persons."""


def written(data: Dataset) -> Iterator[Fault]:
    """A contact is of a structure, a kind or a network that we have, said once, of nobody."""
    known = {row["id"]: row for row in data.structures}
    having = {
        "kind": {r["kind"] for r in known.values()},
        "network": {r["network"] for r in known.values()},
    }
    said: set[tuple[str, ...]] = set()
    for row in data.contacts:
        who = [column for column in OF if row[column]]
        if len(who) != 1:
            yield fault(CONTACTS, row, "structure", "une structure, un type ou un réseau attendu")
        elif who[0] == "structure" and row["structure"] not in known:
            yield fault(CONTACTS, row, "structure", "structure absente de structures.csv")
        elif who[0] != "structure" and row[who[0]] not in having[who[0]]:
            yield fault(CONTACTS, row, who[0], "aucune structure n’en est")
        key = (*(row[column] for column in OF), row["contact"])
        if key in said:
            yield fault(CONTACTS, row, "contact", "déjà dit pour cette structure")
        said.add(key)
        if rule := value_rule(row["contact"], row["value"], known.get(row["structure"], {})):
            yield fault(CONTACTS, row, "value", rule)


def value_rule(way: str, value: str, structure: Mapping[str, str] | Row) -> str:
    """What is wrong in the value of a contact, "" when nothing is."""
    names = [structure.get(c, "") for c in ("name", "aliases", "seat_commune")]
    return RULES[way](value, names) if way in RULES else ""


def tidy_value(way: str, value: str) -> str:
    """A value as we write it: numbers without signs, telephones by pairs, costs by their code."""
    value = " ".join(value.split())
    if way in (Way.SIREN, Way.SIRET):
        return re.sub(r"[\s.-]", "", value)
    if way == Way.TELEPHONE:
        return _telephone(value)
    if way == Way.COUT:
        folded = value.casefold().replace("é", "e")
        return next((cost.value for cost in Cost if folded.startswith(cost.value[:6])), value)
    return value.lower() if way == Way.COURRIEL else value


def _telephone(value: str) -> str:
    digits = re.sub(r"\D", "", value.replace("(0)", ""))
    for prefix in ("0033", "33"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 9:
            digits = "0" + digits.removeprefix(prefix)
    for prefix in OVERSEAS_PREFIXES:
        if value.strip().startswith("+") and digits.startswith(prefix) and len(digits) == 12:
            digits = "0" + digits.removeprefix(prefix)
    if len(digits) == 10:
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return f"{digits[:2]} {digits[2:]}" if len(digits) == 4 and digits[0] == "3" else value


def _email(value: str, names: list[str]) -> str:
    if not EMAIL.fullmatch(value):
        return "adresse de courriel attendue : contact@exemple.fr"
    return box_rule(value, *names)


def _phone(value: str, names: list[str]) -> str:
    if rule := phone_rule(value):
        return rule
    if re.fullmatch(r"0[1-589]( \d{2}){4}|3\d \d{2}", value):
        return ""
    return "numéro attendu : 01 23 45 67 89"


def _page(value: str, names: list[str]) -> str:
    if not re.fullmatch(URL, value):
        return "adresse attendue, qui commence par https:// ou http://"
    return "page d’une personne" if PROFILES.search(value) else text_rule(value, *names)


def _number(digits: int, name: str) -> Callable[[str, list[str]], str]:
    def rule(value: str, names: list[str]) -> str:
        if not re.fullmatch(rf"[0-9]{{{digits}}}", value):
            return f"{name} attendu : {digits} chiffres"
        return "" if luhn(value) else f"{name} dont la clé est fausse : un chiffre est à relire"

    return rule


def luhn(digits: str) -> bool:
    """Whether the key of a SIREN or a SIRET is right; La Poste sums the digits of its own."""
    if len(digits) == 14 and digits.startswith("356000000") and sum(map(int, digits)) % 5 == 0:
        return True
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _cost(value: str, names: list[str]) -> str:
    return "" if value in list(Cost) else f"attendu : {', '.join(Cost)}"


def _text(value: str, names: list[str]) -> str:
    return text_rule(value, *names)


RULES: Mapping[str, Callable[[str, list[str]], str]] = {
    Way.COURRIEL: _email,
    Way.TELEPHONE: _phone,
    Way.PAGE_CONTACT: _page,
    Way.SAISINE: _text,
    Way.COUT: _cost,
    Way.DELAI: _text,
    Way.SIREN: _number(9, "SIREN"),
    Way.SIRET: _number(14, "SIRET"),
}
"""The rule of each value."""
