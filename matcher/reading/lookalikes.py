"""French words and names of communes that look like a slip of a term, and are none.

They were sought among 132,000 words of a list of French word frequencies (pyspellchecker, MIT), the
names of all communes and 9,399 titles of projects, on 29 November 2026, with the terms of that day.
"""

LOOK_ALIKE = frozenset(
    """
    abaissement abbeville abceder abusent abymes accedent accompagnerent accoucherent acigne
    acquiere acquieres acquiers activons addition additions adherant advenir advenue
    affaissement affinees affluant affretent affreter aident ailler ailles ainesse aisance
    albatre allais allaiterent allegues allieres allocution allocutions alternent ambiante
    amenagerent analystes ancinnes andaure andorre anesse animaliser annesse antienne apaiserent
    apparemment appariement appariements apparient appartienne appartiennes appendre appretent
    appreter approvisionnerent apures arcueil arete aretes arette argille armateur armeraient
    armerions armorie arricau arrimeraient arrimerait arrimerions arrogent assemblait assistent
    atteindrai atteindrais atteindre atteinte atteintes attouchement attriste attristes aumont
    aurance auspices avenus aviculteur aviculture avinees avorterait bacterie baignarde baise
    baiser baisers balisent ballade ballades bannis bannissent bannisses baptise baptises
    baquets baraque baroque basilic basions basique battements battus beneficier beneficierai
    beneficierais benque benquet bergues berraute beruges bessais bessan bessans betton beulotte
    beure biaisent biaiser biaises bienvenus biermes bievres bijoutiere bijoutieres blaise
    blocage boisdon boisemont boreaux bouchions bouclier bougre bouleau bouleaux bourdeaux
    bouresse bourreau bourreaux bourres bourriques bouteville boutteville braches braguette
    braguettes brailleur brailleurs braiser brancherent braque brasque breaute bregere brethon
    bretonniere bricks brieres broies broyais cabanne cabannes cadrage cafeier cafeiers cahutes
    caille cailles calmera calmions cambres campions cancre cancres caneton canines cantonnier
    capotage capoter carburent carhaix carier carnee carnees carnoet carrier carriers carros
    cartoons casais casait casaque casee casees cases cassettes caudeau caunette caunettes
    causees causions cavaliere cavalieres cedent cellier celliers cerealiere cerealieres
    cerelles ceronne cerons cesson cessons chabanne chahaignes chailland chaire chaires chairs
    challet chalus champagne champeix chamvres chanes changerent changeurs chaniers channes
    chanteau chantre chappel charcutiere charcutieres charente charette charrette charritte
    chassaignes chassees chasteaux chatier chatre chaulme chaussais chaussait chausse chausser
    chausses chavaignes checks cheikh cheikhs cheminerent cherchions cherre cherval cherveux
    chines chirens choisy choment chouppes chromage chromer cimeterre cireur cireuse cisternes
    citers clamera clamions clavieres clinquante clorons cocasse cocasses cochent cocherent
    coffrons cognait coinches collectivises collectivistes colleter collisions collons cologne
    colonise colonises coloration colosses combattent combelle combine commercent commission
    commissionne commissionnes commuent commuons compains comportee comporter composais compose
    composes compositeur compote compotes concelles concerner concision concourrai concourrais
    concourt concret concreter concrets concussion conduis conduisant confectionnais
    confectionne confectionnes confession configure configures confiner confire confits
    conforterent congere connec conseilleurs consolation consolations consomption consultent
    contaminer contiguite contournerent contractes cordonner cordons correcteur corsons cosser
    cotions cotte couddes coudrier coulait coupelle coupelles couplent coupole coupoles courbant
    courent couret courette courettes coureur courons courriere courrieres courrons coursier
    courteix courtier cousant coussan coutent couthures coutumiere couturier couturiers couvant
    couver couverai couverais couvrent creans creent cremation cremery crener crepant crevant
    crieuse crisse crissent croient croissent croupes crouttes cuisions culasses cygnes dannes
    dansent dattes debandent debauches debitants deborderent debroussaillerent debutent
    decaissions decimions declamation dedisions dedoublerent defections defendant defendent
    deferente deferents degrafent delacer delaies delections deleguait demanches demangent
    demarier demenagerent demenais demene demenes demens demontrable demordent denegation
    deparais depare depares depassait depavages depaysees depensent depensier deperisse
    depeuplerent dephasees deplacerent deplaise deportement deprecions desengorgerent designee
    designer desistions desserrais desserre desserres dessers detachait detections deteinte
    deteintes detendant detendent detendus developperent devenus devernir deviant devisions
    devolution diagnostique diagnostiques differant differenciait dirigent disant disparaissant
    dissection disseques dissimilation documenter documenterai documenterais domene donnery
    dormans dornes dourdou drevant drouges dynamiter ebauche ebaucher ebauches eclusier
    eclusiers ecoliere ecolieres ecoulement ecoulent ecouler ecoules ecourte ecourter ecrennes
    ecrier ecrouent ecrouter edente edentes effacerent effarement egalement egalise eichel
    emboucher embouches embuche embuches empenner emplie emplies emplis emplit encadrent enclore
    encolles encombrent encoure endiguerent endors enduis enfermait enflant enfuient engagerent
    enleverent ennuye ennuyes enregistrerent enroulent enseignent enseignerent ensigne enterree
    entiere entrainerent entrait environnerent epargnent epuiserent epuisettes equiperent
    equipier errant errants esperce estrennes etaiement etaing etalerent ethnique etiole etirer
    etrangler etreindre etreint etreintes etreints etriller etriper eutrope exploitent exploser
    fabrik faiseuse fareins faucille faucilles feree fermettes ferret ferriere fessee fessees
    feuillues fiable fiancer fiances filliere fillieres financerent fleury fondre fontanes
    fontannes forait forcage forees forens forerons forest forgeons forgues formalises
    formalistes formuler formulerai formulerais fortifiait fources fourilles fourrage fourreau
    fourreaux fraisnes fraisse fraisses franchesse francise freche frencq frenes fresse fretins
    frieres froges frolant fronder fumant fumants fumiger gardanne gardees garenne garennes
    garent garnat gaussais gausse gausses generalisees generalites genese geneses genets
    genettes genouille gercant gerent germant gisement glacier glaciers glandage glander
    glisserent gourdon graignes gratine gratines grouperent guindees habitent habituant
    habituation habituees habituer hachette hachettes haisse hales haletement haletements
    hancher hantant hantent hanter hanterai hanterais harcelerent harengere haumont hauteur
    hauteurs heaume heaumes hebergerent herans herbergement herent heritiere heritieres herran
    heurtes heurts hospitaliere hospitalieres hostellerie hoteliere hotelieres hotte hottes
    housse huille identifient ignorant ignorants illegalites imaginaire imaginaires immobiliser
    imparables incendiais indigene inferieur inferieurs infonde infondee inscris insolation
    insolemment insoler insondable instables installent intercaler intercalerai intercalerais
    internee internees inventaire inventaires irritation isolent isolerent issole jalonnerent
    jardiniere jardinieres jetions jonchant jouees jouhet journet joutes laguenne laissent
    laitiere laitieres laitre laiusser lasser launette laurens lectoure leguait lesais leserai
    leserais liberables liberes licencierent liettres lievres liminaire lisant lisiere lisieres
    lissant lissent listent literie litterales livers locutions longent louatre loyalement
    luisent lumier machant macherait madrees magnas magner maigres maigrie maisdon manduel
    mangee manique marcheix marelles marennes marets mariais mariees mariens marignier marions
    marital marrions marsais martela marthon massions matelassiere matelassieres mazous meconnut
    mediale medication meditation meillerie mentent merris mesopause messageres messein messon
    metisser meuniere meunieres migrent militer militerai militerais millieres minceur minuterie
    minzier misions missegre mobiliere mobilieres modernes moisdon moissy moiteurs monnet
    montaigne montanges montet monteurs montier montner montree moulions moulle muraille musela
    musques naintre naivete naucelle nettes notarie noueilles occasionnais occasionne
    occasionnes oisseau opportuniste oubliais ourlee ourlees outille outilles ouvrions ouvroir
    pailhes paillete paillette paillote paillotes palaces pallia pallie palmette palteau
    panification pansage pansent panserent pansions parages parcourrai parcourrais parcourt
    parennes parient parite parites parlan parmain paroches paroissiens parquait parquee
    parquees parre parsement particuliere particulieres partons passagere passageres pasteur
    patents patinent patissiere patissieres patrie patries pattes paumes pedalier peignent
    peille pelais pelerions pellerin pellerine pelles pencher pendront percher perdions perdrons
    perdure peremption pereuse perfusions perimes permettent permutant perones perret perreuse
    pescher pharisiens pharynx phonographe photographiais piarre piegeons pietres pilles pillon
    pillons pilonnais pilonne pilonnes pilons placier plaignant plaignants plaigne plainte
    plaintes plancard planete planetes planque plantaire plantaires plastic plastics platine
    pleuvent plombieres plongeait poignet poignets poinson poison poisons poissonniere
    poissonnieres poitiers policiere policieres polisson polissonnerie politisation pompiere
    pompieres pompierre porche porches poreuse portel portiere portiers posions postiere
    postiers potherie potiner poudraient poudrait poulpes poussier poutser pouvaient pouvions
    precher precheur prendrons presidant presserent pretention preterent pretions pretre
    previsions prieres prisces prisse procession produis proferent profusion proprete protecteur
    protectionniste prouvons provisionnais provisionne provisionnel provisionnes qualifient
    quantin quarre quarte quarts quelmes quentin rabotement raccorderent raclent raddon raflent
    raillaient raillais raille raillent railles rallient ramender rapprendre rapprennent rasions
    raucher ravalerent ravitaillerent reapprend reapprendre reapprennent reappris reapprise
    reboiserent rebouches recente recentes receptionnais receptionne receptionnes rechaufferent
    rechutent recouches recourrai recourrais recourt recruterent redaction redresserent
    reemploye reemployes referai referais refere referes refoulerent refrenent refugiais
    refugiait regimes reglerent regrouperent releverent relient remontre remontree remontrees
    remontrer remontres remplacent remploi remployer renfonce renfoncent renforcerent reniement
    renions renoncerent renouvelerent renter rentraire renvoi renvoie renvoies renvois renvoyais
    reoperer reouvrir reparler repart repartant repartions rependre repente repercer replacant
    replete repliais reportent reprenant reprouvent reprouver resection resoudre restaurent
    retiennent retractee retractees retractes retroussent retrousser reulle reveiller
    reveillerai reveillerais reverence revernir revions revisser rochere rogues romagne romarin
    rouages rouillant rouiller roulans roulent roulerent roulier roumain roumaine rousse
    ruisselerent rumines ruynes sableuse saffre sagittaire saignante saignants saigner saignes
    saires salais salers saluant salues santans saoules saulces saulges saulles saulnes saumont
    sauveur sauvier sauvons savane savanes savennes savions scalaire scisse secateur secourrai
    secourrais secourt secreter seiche seiches seignal sellieres semene semens sentant serais
    serches sereuse serons serrons servage servoir seulles sevices seyches sieurs sigale signent
    sigogne singer singes sociable sociables solers solutionnais solutionne solutionnes sommons
    sondeur songeur souffel soulaire soulaires souriais souscrirai souscrirais souvans souvient
    specialites stationnerent statuions stenographie subvenions subversion suces sueront
    suicidaire suicidaires supports surchauffait surprimes tairai tairais tamnies tanches teille
    teiller teindrait teinter teinterai teinterais teintions teleferique teleferiques tendrait
    tenions tentions tenture tentures terrassais thaire theatraux thelle therain thuile thuiles
    titrage tordent tournan tournans tournoye tourtes tourtiere touvent traient traitent
    traiterent traitions transitaire travaillan triage trieuse triquer tronquent troquait
    troquee troquees trouent trouvans valait valets vallet valonne valons valseur vaporisation
    vaporiser vaquant vaquent vasse vaudraient vaudrions vehements veillait velements vendranges
    vendus venielle verdier verdissage vernelle vernier verriere verrieres versanne versent
    verset versets versifier vesicules veuillent veyrier viagere viageres vieillevie vielle
    vielles vieville viles violant violets virilisant virilisent vissions vivable vivieres
    vivrier vivriers voilage voilages voivres volatile volatiles volees volent voudrons voulant
    """.split()
)
"""Folded: no accent, no capital."""
