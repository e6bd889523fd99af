"""French things and phrases that come before those of `fr.py`: parts by trade, ambiguous words."""

from __future__ import annotations

_PARTS_BY_TRADE = {
    "@ attachment": "encre | cartouches d'encre | flacon d'encre | plume seule | carrure | bobine | "
    "bobine de rechange | manivelle | galets | galet | fermoir | fermoirs | poussoir | pousse aliments | "
    "cuve | bac à glace | induit | inducteur | rotor | stator | carter | gâchette | canette | boîtier de "
    "canette | pied de biche | pied presseur | pieds de biche | tablette de rallonge | bloc optique | "
    "lentille | repose pouce | repose pouces | pouce repose doigt | déclencheur souple | sabot | miroir "
    "reflex | tige de remontoir | remontoir | fond de boîte | fond de boîtier | saphir | contrepoids | "
    "couvre plateau | bras de lecture | tête de lecture | membrane | suspension haut parleur | bec de "
    "saxophone | anche | anches | mécaniques guitare | sillet | chevilles | hublot | pompe de vidange | "
    "panier à couverts | bandeau de commande | plaque vitrocéramique | clayette | balconnet | bac à "
    "légumes | joint de porte | tête d'impression | bac papier | chambre à air | carénage | réservoir "
    "moto | calandre | pare chocs | pare choc | enjoliveur | enjoliveurs | capot moteur | portière | "
    "siège conducteur | tableau de bord | culasse | injecteur | flasque | guide chaîne | guide parallèle "
    "| butée | crémaillère | scion | anneau de canne | moulin de rechange | bol de rechange | disque "
    "éminceur | disque à râper | laminoir | pétrin | percolateur | groupe d'infusion | bec vapeur | buse "
    "vapeur | bouton marche | capuchon | plume or | plume de rechange | piston de stylo | bouchon | "
    "bouchon de flacon | vaporisateur | échantillon | échantillons | base lego | plaque de base | socle "
    "de figurine | arme de figurine | accessoire figurine | cale de transport | doublure | poignées de "
    "sac | tirette | capuche amovible | semelles intérieures | talonnettes | embauchoirs | forme à "
    "chaussures | verres de rechange | plaquettes nasales | monture seule | maître cylindre | durite | "
    "radiateur moto | clignotant | clignotants | housse de selle | axe de roue | roue libre | corps de "
    "cassette | cardan | rotule | pochette intérieure | livret d'accompagnement | sous verre | passe "
    "partout",
    "@ sparepart": "boîtier et fond | boîte et fond | boîtier de montre | roulement | roulements | joint "
    "torique | joint spi | kit joints | kit de joints | kit réparation | kit de réparation | kit révision "
    "| engrenages | platine électronique | platine de commande | carte de commande | condensateur | "
    "condensateurs | potentiomètre | interrupteur marche | relais | fusible | fusibles | circuit imprimé "
    "| module de puissance | connecteur | bloc moteur | tête de lecture laser | nappe caméra",
    "module": "module caméra | module photo",
    "pump": "pompe à eau | pompe à huile",
}

_PROTECTED = {
    "": "en cours | aucun jeu | pas de jeu | erreur de taille | erreur d'achat | erreur de commande | "
    "erreur d'adresse | double emploi | cadeau en double | achat impulsif | cause double emploi | cause "
    "déménagement | suite déménagement | sous vitrine | en vitrine | exposé en vitrine | exposé sous "
    "vitrine | de vitrine | jamais tombé | jamais tombée | ni échange | échange accepté | échange étudié "
    "| étudie échange | étudie tout échange | étudie toute proposition | vente ou échange | vends ou "
    "échange | ou échange | échange non | sans échange | pas d'échanges | sous vide | non fumeur | maison "
    "non fumeur | faire offre | faire une offre | à débattre | offre possible | prix en baisse | baisse "
    "de prix | petit prix | prix mini | prix sympa | voir mes autres annonces | mes autres annonces | "
    "envoi mondial relay | mondial relay | colissimo | relais colis | pas sérieux s'abstenir | première "
    "main | 1ère main | 1re main | seconde vie | produit français | import japon | en bon état général | "
    "jeu de base",
    "complete": "ne manque pas | ne manque rien | il ne manque rien | rien ne manque | manque rien | ne "
    "manque aucune pièce | aucune pièce manquante | sans pièce manquante | aucun manque | toutes les "
    "pièces y sont | toutes pièces présentes | au complet | tout y est | ne manque pas une vis | ne "
    "manque pas une pièce | ne manque pas une brique",
    "with receipt": "copie de la facture | copie facture | facture à l'appui | preuve d'achat | avec "
    "facture | facture fournie | facture dispo | ticket de caisse fourni",
    "over #": "plus de #",
    "special issue": "hors série | hors-série | numéro spécial",
    "special edition": "édition spéciale",
    "tshirt": "t-shirt | tee-shirt | tee shirt | t shirt | t-shirts | tee shirts",
    "board game": "jeu de plateau | jeux de plateau",
    "manual wind": "remontage manuel | mouvement manuel | remontage mécanique | mouvement mécanique "
    "manuel | mécanique manuelle | mécanique manuel",
    "hand operated": "moulin manuel | moulin à café manuel | mode manuel | focus manuel | objectif "
    "manuel | mise au point manuelle | réglage manuel | boîte manuelle",
    "faux leather": "faux cuir | simili cuir | similicuir | cuir synthétique",
    "faux fur": "fausse fourrure",
    "skull": "tête de mort | têtes de mort",
    "impact wrench": "clé à choc | clé à chocs | clef à chocs | boulonneuse à choc | boulonneuse à chocs",
    "shockproof": "antichoc | antichocs | anti choc | anti chocs | résistant aux chocs | résistante aux "
    "chocs",
    "nutcracker": "casse noisette | casse noisettes | casse noix",
    "puzzle": "casse tête | casse têtes",
    "lamp": "lampe champignon",
    "disc brake": "freins à disque | frein à disque | freins à disques | frein disque | freins disques | "
    "disque de frein | disques de frein",
    "solar": "panneau solaire | panneaux solaires | chargeur solaire | lampe solaire | lampes solaires",
    "maternity": "femme enceinte | femmes enceintes",
    "platinum": "or platine | en platine | platine 950",
    "misprint": "erreur d'impression | variété erreur",
    "needs battery": "pile à changer | pile à remplacer | piles à changer | pile à prévoir | prévoir "
    "pile | pile vide | pile morte",
    "cosmetic": "défaut esthétique | défauts esthétiques | défaut d'aspect | petit défaut esthétique | "
    "léger défaut esthétique | défaut mineur | défauts mineurs | défauts d'usage | petits défauts d'usage "
    "| petit défaut de peinture | micro défauts",
    "used": "porté une fois | porte une fois | portée une fois | porté # fois | porte # fois | portée # "
    "fois | peu porte | portés # fois | portées # fois | utilisé # fois | bon état d'usage | état d'usage "
    "| de # main | peu servie",
    "unused": "jamais porte | jamais mis | jamais mise | jamais mises | jamais sorti | jamais sortie | "
    "jamais déballé | jamais déballée | jamais monté | jamais montée | jamais assemblé | jamais construit",
    "in original box": "ds sa boite | ds leur boite | ds son emballage | ds boite | dans leur boîte | "
    "dans son carton | dans sa boîte d'origine | ds boite d'origine | boîte d'origine présente | boîte "
    "présente | boîte fournie | boîte incluse | boite et notice | boîte notice | boîte + notice | boîte "
    "et facture | boîte et accessoires | complet en boîte | complète en boîte | complet boîte notice | "
    "avec sa boîte et notice",
    "with case": "avec sa housse | avec son étui | avec sa coque | avec sa valise | dans sa valise | "
    "dans son étui | dans sa mallette d'origine | en valise",
}

_MORE_KINDS = {
    "without manual": "manque la notice | manque juste la notice | il manque la notice | manque notice | "
    "sans la notice | il manque juste la notice | manque le manuel | manque seulement la notice",
    "without box": "manque la boîte | il manque la boîte | manque juste la boîte | manque boîte",
    "without charger": "manque le chargeur | il manque le chargeur | manque chargeur | manque juste le "
    "chargeur",
    "missing": "manque la | manque le | manque les | il manque le | il manque la | il manque les | "
    "manque juste | manque juste la | manque seulement | il manque juste",
    "suitcase": "valise",
    "booklet": "livre de recettes | livre recettes | livret de recettes | livre recette",
    "user manual": "guide officiel | guide stratégique | guide complet | soluce",
    "record": "# tours | disque # tours",
    "film": "argentique | argentiques",
    "included": "offert | offerte | offerts | offertes | en cadeau | en bonus",
    "# gb": "# go | #go | # giga | # gigas",
    "# tb": "#to | # téra",
    "# mb": "# mo | #mo",
    "# inch": "# pouces | #pouces | # pouce | #pouce",
    "# speed": "# vitesses | # vit | #vit",
    "# ct": "# carats | # cts",
    "# watts": "# watt | # watts",
    "size #": "?t # | p # | pointure # | taille # | eu #",
    "edp": "eau de parfum",
    "edt": "eau de toilette",
    "edc": "eau de cologne",
    "coin": "pièce argent | pièce or | pièce en argent | pièce en or | pièce euro | pièce euros | pièce "
    "francs | pièce franc | pièce commémorative | pièce romaine | pièce ancienne | pièce gauloise | pièce "
    "bronze",
    "coin #": "pièce de # | pièce # | pièces de #",
    "ring": "bague | anneau | alliance | chevalière",
    "seal": "bague d'étanchéité | bague de serrage",
    "telescope": "lunette astronomique | longue vue",
    "rifle scope": "lunette de tir | lunette de visée | lunette de chasse",
    "sunglasses": "lunette de soleil | lunettes solaires",
    "cd player": "lecteur cd | platine cd | lecteur de cd | platine laser",
    "dvd player": "lecteur dvd | platine dvd",
    "blu-ray player": "lecteur blu ray | lecteur bluray",
    "mp3 player": "lecteur mp3 | baladeur mp3",
    "cassette player": "lecteur cassette | lecteur cassettes | baladeur cassette",
    "cassette deck": "platine cassette | platine cassettes | platine k7",
    "card reader": "lecteur de carte | lecteur de cartes",
    "memory card": "carte mémoire | cartes mémoire",
    "sound card": "carte son",
    "portable console": "console portable | consoles portables",
    "portable speaker": "enceinte portable",
    "portable printer": "imprimante portable",
    "printer": "imprimante",
    "tablet": "tablette | tablette tactile",
    "robot mower": "robot tondeuse | tondeuse robot",
    "pool robot": "robot piscine | robot de piscine",
    "basketball": "ballon de basket",
    "basketball jersey": "maillot de basket | maillot basket",
    "jersey": "maillot",
    "dress": "robe",
    "coat": "manteau | parka | doudoune",
    "sweater": "pull | chandail",
    "trousers": "pantalon",
    "hat": "chapeau | casquette | bonnet",
    "scarf": "écharpe | foulard | carré soie | carré de soie",
    "belt": "ceinture",
    "pen": "stylo | stylo plume | stylo bille",
    "lighter": "briquet",
    "knife": "couteau | couteaux",
    "lamp": "lampe",
    "chair": "chaise | fauteuil",
    "doll": "poupée",
    "plush toy": "peluche | peluches | doudou",
    "scale model": "miniature | modèle réduit | voiture miniature | échelle 1",
    "comic": "bande dessinée | bd",
    "sewing machine": "machine à coudre | machine a coudre",
    "rose gold": "or rose",
    "white gold": "or blanc",
    "yellow gold": "or jaune",
    "18k gold": "or 18k | or 18 carats | or massif 18 carats | or 18 ct | or 750",
    "with mount": "monture | baïonnette | bague d'adaptation fournie",
    "with": "équipée de | équipé d'un | équipée d'un | équipé d'une | munie de | doté de | dotée de | "
    "livrée avec | vendue avec | livrés avec | accompagnée de | ainsi que",
}

_MORE_NOISE = {
    "right only": "pied droit uniquement | pied droit seul | pied droit seulement | chaussure droite "
    "seule | chaussure droite uniquement | écouteur droit seul | écouteur droit uniquement | écouteur "
    "droit",
    "left only": "pied gauche uniquement | pied gauche seul | pied gauche seulement | chaussure gauche "
    "seule | chaussure gauche uniquement | écouteur gauche seul | écouteur gauche uniquement | écouteur "
    "gauche",
    "successor of": "aîné du | aîné de | aînée du | aînée de | grand frère du | grand frère de | petit "
    "frère du | petit frère de | petite soeur du | petite soeur de | grande soeur du | grande soeur de la "
    "| cadet du | cadet de | cousin du | cousin de | cousine du | cousine de la | rival du | rival de | "
    "rivale du | rivale de | rivale de la | concurrent du | concurrent de | concurrente du | concurrente "
    "de la | ancêtre du | ancêtre de | ancêtre de la | héritier du | héritier de | héritière du | "
    "héritière de la | lignée du | lignée de la | digne successeur du | celui d'avant le | version "
    "d'avant le | modèle d'avant le | prédécesseur de | prédécesseur de la | remplaçante de la | remplace "
    "le | remplace la | remplacé par le | remplacée par la | descendant du | voisin du | proche du | "
    "proche de la",
    "unlike": "rien à voir avec | rien à voir avec le | à ne pas confondre avec | ne pas confondre avec "
    "| contrairement au | contrairement à",
    "than": "aussi puissant que le | aussi bien que le | aussi bon que le | aussi bon que la | aussi "
    "bien que la | mieux qu'un | mieux qu'une | juste sous | juste en dessous du | juste en dessous de | "
    "juste au dessus du | juste au dessus de | mieux que le | mieux que la | moins cher que | plus récent "
    "que | plus ancien que | plus petit que le | plus grand que le",
    "alternative to": "alternative au | alternative à la | en alternative au",
    "wtb": "j'échangerais | échangerais | qui aurait | qui possède | on cherche | nous recherchons | "
    "nous cherchons | je rachète | j'achèterais | je suis à la recherche | suis acheteur | acheteur de | "
    "en quête de | cherche à acheter | demande d'achat",
    "proust": "à la recherche du temps perdu",
    "rare": "=recherché | =recherchée | =recherchés | très recherché | très recherchés | collector",
    "worn": "=porté | =portés",
    "for rent": "louez | à la semaine | location week end | je prête | je loue",
    "repair service": "affûtage | aiguisage | ressemelage | cordonnerie | gravure sur | nettoyage de "
    "votre | réglage de votre | calibration | révision de | restauration de votre | numérisation de | "
    "débridage | flashage | pose de | installation de | service d'affûtage | dépannage de | "
    "reprogrammation",
    "custom": "customisation | sur mesure | personnalisé | personnalisée | personnalisable | customisé | "
    "customisée",
    "lot": "une dizaine de | dizaine de | une vingtaine de | vingtaine de | une trentaine de | une "
    "cinquantaine de | une centaine de | plusieurs | les # consoles | palette de retours | palette "
    "retours | petit lot | joli lot | beau lot",
    "bundle": "vendus ensemble | vendues ensemble | vendu ensemble | ensemble complet | groupe complet | "
    "kit complet avec | le trio | le duo | trio de consoles",
    "digital code": "plan pdf | plans pdf | fichier stl | fichier pdf | fichier numérique | patron pdf | "
    "patron couture | à télécharger | téléchargement | tutoriel | notice pdf | en pdf | abonnement",
    "box only": "boîtes seules | carton seulement | appareil vendu séparément | vendu sans l'appareil | "
    "vendu sans la console | vendu sans le jeu | vendu sans la montre | sans l'appareil | sans la montre "
    "| sans la console | sans le téléphone | console non incluse | montre non incluse | appareil non "
    "inclus | jeu non inclus | jeu absent",
    "empty bottle": "flacon vide | flacons vides | bouteille vide | bouteilles vides",
    "empty bowl": "vide poche | vide poches",
    "sample": "miniature de parfum",
    "dashboard sparepart": "tableau de bord seul",
    "electric panel": "tableau électrique",
}

_SIZES = {f"size {size}": f"t{size}" for size in range(35, 48)}  # "T42"

FRENCH_MORE = (_SIZES, _PARTS_BY_TRADE, _PROTECTED, _MORE_KINDS, _MORE_NOISE)
