"""The closed lists: each code with its French label and its definition, in one place.

The codes are those of the data; `data/catalogue/themes.csv` is written from the list of themes.
"""

from __future__ import annotations

from .terms import Term


class Theme(Term):
    """What a need, a structure, a project or a resource is about."""

    ECONOMIE_CIRCULAIRE = (
        "economie_circulaire",
        "Économie circulaire et réemploi",
        "réemploi, réparation, ressourcerie/recyclerie, prévention et valorisation des déchets, "
        "biodéchets, matériaux",
    )
    HABITAT = (
        "habitat",
        "Habitat et logement",
        "logement, habitat partagé/inclusif/participatif, rénovation de logements, hébergement, "
        "logement d’urgence ou temporaire",
    )
    TIERS_LIEU = (
        "tiers_lieu",
        "Tiers-lieu",
        "lieu hybride, coworking, fabrique de territoire, espace de travail partagé, "
        "café associatif multi-activités, maison de projets",
    )
    FONCIER = (
        "foncier",
        "Foncier et bâti vacant",
        "friche, bâtiment vacant, réhabilitation ou réemploi d’un bien, accès au foncier "
        "(agricole ou bâti), urbanisme transitoire",
    )
    ALIMENTATION = (
        "alimentation",
        "Alimentation et agriculture durable",
        "circuits courts, restauration collective, épicerie, jardins, maraîchage, "
        "projet alimentaire territorial, précarité alimentaire",
    )
    MOBILITE = (
        "mobilite",
        "Mobilité",
        "déplacements, covoiturage, autopartage, vélo, transport solidaire, garage solidaire, "
        "liaisons douces",
    )
    SANTE = (
        "sante",
        "Santé",
        "accès aux soins, centre ou maison de santé, prévention, santé mentale, handicap (soins)",
    )
    COMMERCE_SERVICES_PROXIMITE = (
        "commerce_services_proximite",
        "Commerce et services de proximité",
        "dernier commerce, multiservices, artisans, marchés, halles, services au public, "
        "conciergerie, revitalisation commerciale",
    )
    CULTURE_PATRIMOINE = (
        "culture_patrimoine",
        "Culture et patrimoine",
        "équipement ou projet culturel, cinéma, bibliothèque, spectacle, "
        "patrimoine bâti ou immatériel",
    )
    ENERGIE = (
        "energie",
        "Énergie",
        "rénovation énergétique, énergies renouvelables, énergie citoyenne, réseau de chaleur, "
        "sobriété, éclairage",
    )
    INSERTION_EMPLOI = (
        "insertion_emploi",
        "Insertion et emploi",
        "chantier d’insertion, territoires zéro chômeur, emploi, formation, orientation, "
        "entrepreneuriat",
    )
    NUMERIQUE = (
        "numerique",
        "Numérique",
        "médiation et inclusion numérique, équipement numérique, données, tiers numérique, "
        "fibre, usages",
    )
    PETITE_ENFANCE_JEUNESSE = (
        "petite_enfance_jeunesse",
        "Petite enfance, enfance et jeunesse",
        "crèche, micro-crèche, accueil de loisirs, école, jeunesse, parentalité",
    )
    VIEILLISSEMENT = (
        "vieillissement",
        "Vieillissement et autonomie",
        "personnes âgées, résidence autonomie, béguinage, maintien à domicile, aidants, "
        "handicap (autonomie)",
    )
    LIEN_SOCIAL = (
        "lien_social",
        "Lien social, vie associative et sport",
        "maison des associations, centre social, espace de vie sociale, participation citoyenne, "
        "solidarité, équipements sportifs et de loisirs ouverts à tous",
    )
    ENVIRONNEMENT = (
        "environnement",
        "Environnement et biodiversité",
        "biodiversité, nature en ville, eau, désimperméabilisation, éducation à l’environnement, "
        "risques naturels",
    )
    TOURISME = (
        "tourisme",
        "Tourisme",
        "hébergement touristique, tourisme durable ou social, itinérance, accueil, "
        "valorisation touristique",
    )
    COOPERATION_TERRITORIALE = (
        "cooperation_territoriale",
        "Coopération et ingénierie territoriale",
        "stratégie ou étude territoriale, animation, concertation, pôle de coopération, "
        "chef de projet, revitalisation globale du centre-bourg",
    )


class Stage(Term):
    """The situation of a project. Structures declare the first six; the last two are needs only."""

    EMERGENCE = (
        "emergence",
        "Un besoin ou un lieu inoccupé, pas encore de porteur",
        "faire émerger une réponse et un porteur de projet",
    )
    ETUDE_OPPORTUNITE = (
        "etude_opportunite",
        "Une idée à étudier",
        "vérifier l’opportunité et la faisabilité d’une idée",
    )
    CREATION = (
        "creation",
        "Un groupe ou une personne porte le projet et veut le créer",
        "accompagner la création de l’activité",
    )
    CONSOLIDATION = (
        "consolidation",
        "Une association ou une coopérative existante à consolider",
        "consolider une activité qui existe : modèle économique, emploi, gouvernance",
    )
    CHANGEMENT_ECHELLE = (
        "changement_echelle",
        "Un projet qui marche, à développer ou à essaimer",
        "développer, essaimer, dupliquer une solution éprouvée",
    )
    FINANCEMENT = (
        "financement",
        "Un financement à trouver",
        "trouver un prêt, une garantie, des fonds propres ou une subvention",
    )
    IMMOBILIER = (
        "immobilier",
        "Des murs à acheter ou à rénover",
        "acheter, porter ou rénover un local ou un bâtiment pour le projet",
    )
    STRATEGIE = (
        "strategie",
        "Une stratégie d’économie sociale et solidaire pour le territoire",
        "définir une politique locale de l’ESS, faire coopérer les acteurs",
    )


class Kind(Term):
    """What a support structure is."""

    FABRIQUE_A_INITIATIVES = (
        "fabrique_a_initiatives",
        "Fabrique à initiatives",
        "part des besoins d’un territoire pour faire naître des entreprises sociales",
    )
    GENERATEUR = (
        "generateur",
        "Générateur de projets",
        "repère des besoins et fait émerger des activités de l’ESS",
    )
    INCUBATEUR = (
        "incubateur",
        "Incubateur",
        "accompagne des porteurs de projet jusqu’à la création",
    )
    ACCELERATEUR = ("accelerateur", "Accélérateur", "aide des entreprises sociales à grandir")
    DLA = (
        "dla",
        "Dispositif local d’accompagnement (DLA)",
        "consolide les structures employeuses de l’ESS",
    )
    FRANCE_ACTIVE = (
        "france_active",
        "France Active",
        "finance, garantit et conseille les entrepreneurs engagés",
    )
    CRESS = (
        "cress",
        "Chambre régionale de l’ESS (CRESS)",
        "représente et anime l’ESS de la région",
    )
    URSCOP = (
        "urscop",
        "Union régionale des SCOP et SCIC",
        "accompagne la création et la vie des coopératives",
    )
    PTCE = (
        "ptce",
        "Pôle territorial de coopération économique (PTCE)",
        "fait coopérer entreprises de l’ESS, collectivités et habitants",
    )
    POLE_ESS = (
        "pole_ess",
        "Pôle local de l’ESS",
        "fédère et développe l’ESS d’un pays ou d’un département",
    )
    RESEAU_TIERS_LIEUX = (
        "reseau_tiers_lieux",
        "Réseau de tiers-lieux",
        "aide les tiers-lieux à naître, à se former et à durer",
    )
    RESEAU_THEMATIQUE = (
        "reseau_thematique",
        "Réseau thématique",
        "spécialiste d’un sujet : habitat, énergie, enfance, alimentation…",
    )
    FONCIERE_SOLIDAIRE = (
        "fonciere_solidaire",
        "Foncière solidaire",
        "achète, rénove et porte des lieux d’utilité sociale",
    )
    COOPERATIVE_INGENIERIE = (
        "cooperative_ingenierie",
        "Coopérative d’ingénierie",
        "étudie et conduit des projets avec les collectivités",
    )
    AGENCE_DEVELOPPEMENT_LOCAL = (
        "agence_developpement_local",
        "Agence de développement local",
        "appuie les projets d’un territoire",
    )
    PARC_NATUREL = (
        "parc_naturel",
        "Parc naturel",
        "ingénierie et animation au service des communes du parc",
    )
    RESEAU_COLLECTIVITES = (
        "reseau_collectivites",
        "Réseau de collectivités",
        "relie des communes qui partagent leurs expériences",
    )
    MUTUALITE = (
        "mutualite",
        "Mutualité",
        "protection sociale et services de soins, de prévention et d’accompagnement",
    )
    FONDATION = ("fondation", "Fondation", "finance et soutient des projets d’intérêt général")
    ACTEUR_NATIONAL = (
        "acteur_national",
        "Acteur national",
        "tête de réseau ou opérateur qui intervient dans toute la France",
    )
    OPERATEUR_LOCAL = (
        "operateur_local",
        "Opérateur local",
        "fait lui-même l’activité près de chez vous : à voir, à écouter ; "
        "aider d’autres à créer n’est pas son métier",
    )


class Scale(Term):
    """The level of an administrative area. 01 to 06 are codes at two levels: name both."""

    COMMUNE = ("commune", "Commune", "code Insee de la commune")
    EPCI = ("epci", "Intercommunalité", "numéro SIREN de l’EPCI à fiscalité propre")
    DEPARTEMENT = ("departement", "Département", "code Insee du département")
    REGION = ("region", "Région", "code Insee de la région")
    NATIONAL = ("national", "France entière", "FR")


GENERALIST = "generaliste"
"""In the column `themes` of a structure: it helps whatever the theme."""
