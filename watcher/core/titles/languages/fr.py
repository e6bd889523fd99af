"""French, as sellers on eBay.fr, Leboncoin and 2ememain write it."""

from __future__ import annotations

from watcher.core.titles.languages.base import Language, table
from watcher.core.titles.languages.fr_things import FRENCH_MORE

_GRAMMAR = {
    "with": "avec | équipé de | muni de | livré avec | vendu avec | accompagné de",
    "incl": "inclus dans | y compris | incluant",
    "without": "sans | hors",
    "# gb": "# go | # gb",
    "no": "pas de | aucun | aucune | plus de",
    "not": "pas | non | pas la | pas le | pas les | pas un | pas une | ce n'est pas | n'est pas",
    "only": "seul | seule | seuls | seules | seulement | uniquement | rien que",
    "and": "et",
    "on": "sur",
    "by": "de | du | des | de la | de l'",
    "from": "provenant de | issu de | issue de | extrait de | tiré de | tirée de | récupéré sur | prélevé "
    "sur",
    "for": "pour | pour le | pour la | pour les | pour l' | pour un | pour une | pour votre | compatible "
    "avec | compatible | compatibles | compatibles avec | adapté à | adaptable sur | adaptable à | convient "
    "pour | convient à | s'adapte à | destiné à | prévu pour",
    "similar to": "similaire à | semblable à | équivalent à | comparable à | identique à | genre",
    "style": "style | façon",
    "than": "mieux que | plus grand que | plus petit que | à la place de | au lieu de",
    "alternative to": "alternative à | alternative au",
    "successor of": "successeur de | successeur du | remplaçant* du | remplaçant* de | remplaçant* de la | "
    "successeur de la | prédécesseur du",
    "included": "inclus | incluse | incluses | fourni | fournie | fournis | fournies | compris | comprise",
    "not included": "non inclus | non fourni | non fournie | non compris | non comprise | pas inclus | non "
    "livré | non fournis | non incluse",
    "missing": "manque | manquant | manquante | manquants | absent | absente | il manque",
    "battery replaced": "batterie neuve | batterie changée | batterie remplacée | nouvelle batterie | "
    "batterie neuf | batterie santé | santé batterie | état batterie | batterie 100%",
    "screen replaced": "écran neuf | écran remplacé | écran changé | nouvel écran",
    "": "pas d'échange | pas de retour | sans retour | ni repris | ni échangé | échange possible | échange "
    "ou | possibilité d'échange | envoi possible | envoi soigné | envoi rapide | envoi suivi | expédition "
    "rapide | voir photos | voir photo | voir les photos | voir description | voir descriptif | à voir | "
    "comme sur la photo | comme neuf voir photos | de ma collection | de collection privée | à saisir | # "
    "en stock | # disponibles | # disponible | en stock | prix ferme | prix à débattre | prix fixe | lot de "
    "bord | pile neuve | révision faite | révision récente | révision ok | révision effectuée | sur "
    "commande | sur demande | toutes les pièces | pièce rare | belle pièce | très belle pièce | superbe "
    "pièce | pièce de collection | pièce unique | sur photo | pas cher | urgent | dispo | vends | je vends "
    "| à vendre",
}

_NOISE = {
    "drum kit": "batterie électronique | batterie acoustique",
    "sleeve only": "pochette seule | pochette uniquement | seulement la pochette | pochette sans disque",
    "in carrying case": "en coffret | en mallette | dans sa mallette | dans son coffret",
    "empty box": "boîte vide | boite vide | boîtes vides | coffret vide | emballage vide | carton vide | "
    "vide | étui vide | boîte d'origine vide | sans contenu | boîtier vide | boîte seule vide",
    "box only": "boîte seule | boîte uniquement | boîte seulement | uniquement la boîte | seulement la "
    "boîte | que la boîte | juste la boîte | rien que la boîte | boîte sans téléphone | boîte sans console "
    "| boîte sans jeu | boîte sans montre | emballage seul | carton seul | coffret seul | boîte d'origine "
    "seule | uniquement boîte | seulement boîte | juste boîte | boîte d'origine uniquement | emballage "
    "uniquement | écrin seul | sans le jeu | sans jeu | étui seul",
    "original box": "boîte d'origine | emballage d'origine | carton d'origine | coffret d'origine | boîte "
    "origine | dans sa boîte | en boîte | avec boîte | avec sa boîte | boîte originale | emballage origine "
    "| full set | sous boîte | boîte et papiers | boîte papiers",
    "sealed": "scellé* | neuf sous blister | sous blister | blister | jamais ouvert | jamais ouverte | non "
    "ouvert | non ouverte | cacheté* | neuf scellé | sous scellé | emballé*",
    "new in box": "neuf en boîte | neuf en boite | neuf dans sa boîte | neuf dans son emballage | neuve en "
    "boîte | neuf emballé | neuve dans sa boîte",
    "box": "boîte | boîtes | coffret | carton | écrin",
    "packaging": "emballage | emballages | conditionnement",
    "lot": "lot | lots | gros lot | vrac | en vrac | assortiment | ensemble de | collection de | "
    "collection complète de | déstockage | liquidation | fin de stock",
    "bundle": "pack complet | bundle",
    "set of #": "lot de # | pack de # | ensemble de # | jeu de # | série de # | boîte de # | lot #",
    "# pcs": "# pièces | # pcs | # unités | # exemplaires | # pieces",
    "2 pcs": "lot de deux | deux pièces | par deux | les deux | duo de",
    "3 pcs": "lot de trois | trois pièces | trio de",
    "4 pcs": "lot de quatre | quatre pièces",
    "one pair": "une paire",
    "pair": "paire | paires",
    "wtb": "recherche | recherché par | je recherche | cherche | je cherche | achète | j'achète | nous "
    "achetons | on recherche | wanted | avis de recherche | souhaite acheter | à la recherche de | qui vend",
    "we buy": "rachat | rachète | rachetons | reprise de | achat au comptant | vendez votre | estimation "
    "gratuite",
    "rare": "très recherché | très rare | très recherchée | introuvable",
    "swap only": "échange | à échanger | échange contre | contre échange | troc | uniquement échange | "
    "échange uniquement",
    "for rent": "location | à louer | loue | louer | locations | prêt de | par jour | par semaine | à la "
    "journée | location courte durée",
    "repair service": "réparation | réparations | service de réparation | forfait réparation | "
    "remplacement écran | remplacement d'écran | changement écran | changement batterie | remplacement "
    "batterie | nous réparons | réparateur | dépannage | prestation | forfait | main d'oeuvre | révision "
    "complète par | remise en état de votre | entretien de votre | révision de votre | service de révision "
    "| déblocage | désimlockage | remplacement vitre",
    "homage": "hommage | hommages",
    "replica": "réplique | copie | imitation | contrefaçon | faux | fausse | répliques | pas d'origine | "
    "non authentique | pas authentique | non original",
    "reprint": "réimpression | réédition non officielle | retirage | fac-similé | fac similé | reproduction",
    "dummy": "factice | maquette | téléphone factice | modèle d'exposition factice | démo factice",
    "inspired by": "inspiré de | inspirée de | inspiré par | inspiration | dans le style de | à la manière "
    "de | style de | imitation de",
    "compatible bricks": "compatible lego | pas lego | non lego | type lego | pas de marque lego",
    "preorder": "précommande | pré-commande | en précommande | réservation | à paraître | sortie prévue | "
    "disponible le | prochainement | livraison prévue | pré commande",
    "deposit": "acompte | arrhes | dépôt de garantie | acompte pour",
    "instalments": "paiement en # fois | en plusieurs fois | # fois sans frais",
    "choose": "au choix | à choisir | choisir | choisissez | plusieurs couleurs | plusieurs tailles | "
    "plusieurs modèles | différentes couleurs | différentes tailles | différents modèles | toutes tailles | "
    "toutes les tailles | toutes couleurs | diverses couleurs | divers coloris | plusieurs coloris | "
    "coloris au choix | tailles au choix | couleur au choix | taille au choix | modèle au choix | à l'unité "
    "| toutes pointures | pointures au choix | tailles disponibles | toutes capacités",
    "photo only": "photo uniquement | photo seulement | photo seule | photographie seule",
    "photo of": "photo de | photo du | image de | photographie de | carte postale | tirage photo | "
    "impression de",
    "press photo": "photo de presse",
    "poster": "affiche | affiches | poster",
    "art print": "tirage d'art | estampe | lithographie | impression d'art",
    "oil painting": "peinture à l'huile | peinture sur toile | toile peinte | aquarelle",
    "wall art": "plaque métal | plaque publicitaire | plaque décorative | plaque émaillée | décoration "
    "murale | déco murale | cadre déco",
    "advertisement": "publicité | annonce presse | pub papier | publicité papier | ancienne publicité | "
    "publicité ancienne | réclame | pub ancienne",
    "brochure": "dépliant | plaquette | prospectus | brochure",
    "catalog": "catalogue",
    "magazine page": "article de presse | coupure de presse | page de magazine",
    "gift voucher": "bon d'achat | chèque cadeau | carte cadeau | bon cadeau | code promo | bon de réduction",
    "digital code": "code numérique | code de téléchargement | clé d'activation | code d'activation | "
    "version numérique | dématérialisé* | clé numérique | compte numérique | clé cd",
    "raffle": "tombola | loterie | tirage au sort | ticket de tombola | jeu concours",
    "mystery box": "boîte mystère | pochette surprise | lot surprise | lot mystère | box mystère",
    "please read": "lire description | lire annonce | lire descriptif | lire la description | lire "
    "l'annonce | bien lire | à lire | lire attentivement | lire svp | lisez la description | lire le "
    "descriptif",
    "as is": "en l'état | vendu en l'état | vendue en l'état | dans l'état | vendu tel quel | tel quel | "
    "telle quelle | vendu comme tel | dans son jus | état d'usage non garanti | sans garantie de "
    "fonctionnement | vendue en l etat",
}

_ACCESSORIES = table("""
    accessories: accessoires | accessoire; case: coque | coques | étui | étuis | housse | housses | coque de
      protection | étui de protection; carrying case: sacoche | sac de transport | valise de transport |
      mallette de transport | étui de transport | mallette | sac photo; cover: bâche | couverture | cache |
      revêtement | capot | protège; protector: verre trempé | film de protection | protection d'écran |
      protège écran | vitre de protection | protection écran | film protecteur | verres trempés; battery:
      batterie | batteries | accu | accus | pile | piles | batterie de rechange; charger: chargeur |
      chargeurs | chargeur rapide; charging case: boîtier de charge | boîtier de recharge | étui de charge |
      étui de recharge; dock: station d'accueil | socle | base de charge | station de charge; power supply:
      alimentation | bloc d'alimentation | bloc alimentation | adaptateur secteur | transfo; power cord:
      cordon d'alimentation | câble d'alimentation | cordon secteur | câble secteur; cable: câble | câbles |
      cordon | rallonge | nappe; flex cable: nappe connecteur | nappe de charge | nappe bouton; holder:
      support | supports | support téléphone; wall mount: support mural | fixation murale; bracket: équerre
      | patte | fixation | attache; stand: pieds | présentoir | socle support; tripod: trépied | trépieds;
    remote control: télécommande | télécommandes; strap: lanière | sangle | courroie | anse | bandoulières |
      dragonne; watch strap: bracelet de montre | bracelet montre | bracelet pour montre | bracelet nato;
    bracelet links: maillons | maillon; dial: cadran; hands: aiguilles; crown: couronne; buckle: boucle |
      boucle ardillon | boucle déployante; movement: mouvement seul; crystal: verre de montre | glace
      saphir; bezel: lunette; lens cap: bouchon d'objectif | cache objectif | bouchon objectif; rear cap:
      bouchon arrière; body cap: bouchon de boîtier | bouchon boîtier; lens hood: pare-soleil | pare soleil
      | parasoleil; eyecup: oeilleton; battery grip: poignée d'alimentation | grip d'alimentation | grip
      batterie; lid: couvercle; battery cover: cache batterie | trappe batterie | cache pile | cache piles |
      couvercle batterie; back glass: vitre arrière | face arrière | cache arrière; digitizer: vitre tactile
      | écran de rechange | écran de remplacement | bloc écran | écran complet | dalle | écran lcd | vitre |
      écran tactile de remplacement; housing: châssis | coque arrière | carcasse; replacement part: pièce
      détachée | pièce de rechange | pièce | pièce d'origine; replacement parts: pièces détachées | pièces
      de rechange | pièces pour; replacement: de rechange | de remplacement | remplacement; user manual:
      mode d'emploi | notice | manuel | notice d'utilisation | manuel d'utilisation | manuel utilisateur |
      notices | guide d'utilisation | mode d emploi; instruction manual: notice de montage | notice de
      construction | plan de montage | règle du jeu | règles du jeu; booklet: livret; service manual: manuel
      d'atelier | manuel de réparation | revue technique | rta | manuel technique; receipt: facture | ticket
      de caisse | facture d'achat; certificate: certificat | certificat d'authenticité; papers: papiers |
      papiers d'origine; warranty: garantie | sous garantie; warranty card: carte de garantie | carte
      garantie | bon de garantie; dustbag: dust bag | pochon | sac de protection | pochon d'origine;
    keychain: porte-clés | porte clés | porte clé; mug: tasse; brush: brosse | brosses; brush head:
      brossette | brossettes | tête de rechange; nozzle: embout | buse | suceur; hose: tuyau | flexible;
    dust bin: bac à poussière | bac; drip tray: bac récolte gouttes | bac d'égouttage | plateau; reservoir:
      réservoir | réservoir d'eau; portafilter: porte-filtre | porte filtre; gasket: joint | joints; screws:
      vis; mainboard: carte mère | carte électronique | carte principale; blade: lame | lames; fan:
      ventilateur | ventilateurs; cooler: refroidisseur; heatsink: dissipateur | radiateur; knob: molette;
    button: bouton | boutons | touche | touches | interrupteur; handle: poignée | poignées; hinge: charnière
      | charnières; wheels: roues | roulettes | roue; laces: lacets; insoles: semelles | semelle; ear pads:
      coussinets | mousses | oreillettes de rechange | coussinets d'oreille; cushion: coussin; attachment:
      accessoire de rechange; insert: insert | jaquette; game case: boîtier sans jeu | boîtier du jeu |
      boîtier de jeu; light kit: kit éclairage | kit led; display case: vitrine; minifigures: figurines |
      minifigurines; filter: filtre | filtres; adapter: adaptateur | bague d'adaptation | adaptateurs;
    charm: breloque
    """)

_PARTS = table("""
    brushes: charbons | balais; padlock: cadenas; module: module; neck: manche; strings: cordes | jeu de
      cordes; frame: cadre | cadre vélo; fork: fourche | potence; course: cours | leçons | formation;
    crossbody: bandoulière; chuck: mandrin; hanger hook: patte de dérailleur; hook: crochet; cup: bol |
      carafe | verseuse | tasse à mesurer; basket: panier; mirror: rétroviseur | miroir; port: connecteur de
      charge; sensor: capteur | sonde; motor: moteur; pump: pompe; gearbox: engrenage | pignon; pedal:
      pédale | pédales; grip: guidon; clip: clip; guard: garde boue; tray: tiroir; spring: ressort; pin:
      tige; plate: plaque | façade; headband: arceau; sticker: autocollant | autocollants | stickers; tip:
      pointe; switch: contacteur
    """)

_CONDITIONS = {
    "new": "neuf | neufs | neuve | neuves | tout neuf | neuf jamais utilisé | neuf jamais servi",
    "like new": "comme neuf | comme neuve | état neuf | quasi neuf | quasi neuve | presque neuf | presque "
    "neuve | parfait état | état impeccable | proche du neuf | état proche du neuf | comme neufs | "
    "quasiment neuf",
    "used": "occasion | d'occasion | usagé* | utilisé* | seconde main | servi",
    "unused": "jamais utilisé | jamais utilisée | jamais servi | jamais porté | jamais portée | jamais "
    "portés | jamais portées | peu servi | très peu servi | peu utilisé | peu porté | non utilisé | jamais "
    "joué",
    "worn": "traces d'usage | traces d'utilisation | usure | usures | marques d'usage | patine",
    "very good": "très bon | très bonne | excellent | excellente | tbe | superbe | magnifique",
    "good": "bon | bonne | beau | belle | correct | correcte",
    "condition": "état | etat",
    "flawless": "impeccable | parfait | parfaite | nickel",
    "fully working": "entièrement fonctionnel | parfaitement fonctionnel | en parfait état de marche | en "
    "état de marche | parfait état de marche | bon état de marche | 100% fonctionnel | totalement "
    "fonctionnel | fonctionne parfaitement | marche parfaitement | état de marche",
    "working": "fonctionnel* | fonctionne | fonctionnent | marche | ok | fonctionne bien | marche bien | "
    "opérationnel*",
    "tested": "testé* | vérifié* | contrôlé* | testé ok",
    "refurbished": "reconditionné* | remis à neuf | remise à neuf | révisé* | restauré*",
    "repaired": "réparé*",
    "replaced": "remplacé* | changé*",
    "complete": "complet | complète | complets | complètes",
    "scratches": "rayure | rayures | micro-rayures | micro rayures | éraflures | éraflure | griffes",
    "scratched": "rayé*",
    "unlocked": "débloqué* | désimlocké* | tout opérateur | tous opérateurs | toutes opérateurs | "
    "désimlocké | débloqué tout opérateur",
    "worn battery": "batterie faible | batterie fatiguée | batterie usée | batterie hs | batterie à "
    "changer | batterie à remplacer | batterie à prévoir | tient peu la charge",
    "free shipping": "livraison gratuite | port gratuit | frais de port offerts | envoi gratuit | "
    "livraison offerte | fdp offerts | port offert | fdpin | fdp in | frais de port inclus | fdp inclus | "
    "envoi offert",
    "local pickup": "retrait sur place | à venir chercher | remise en main propre | main propre | à "
    "retirer | enlèvement sur place | pas d'envoi | sur place uniquement | en main propre",
    "original": "originale | originaux | d'origine | origine",
    "genuine": "authentique | véritable | officiel | officielle",
    "edition": "édition",
    "limited": "limité*",
    "1st edition": "première édition | édition 1 | 1ère édition | 1re édition | édition originale",
    "vintage": "ancien | ancienne | anciens | anciennes",
}

_KINDS = table("""
    camera: appareil photo | appareil photographique | reflex | boîtier nu | boîtier photo | appareil photos
      | caméra; video camera: caméscope; lens: objectif | objectifs | zoom objectif | grand angle |
      téléobjectif; body: boîtier; watch: montre | montres; wristwatch: montre bracelet | montre-bracelet;
    mens watch: montre homme; womens watch: montre femme; phone: téléphone | téléphone portable; headphones:
      casque | casque audio; earphones: écouteurs | oreillettes; speaker: enceinte | enceintes |
      haut-parleur | haut parleur; monitor: écran pc | moniteur; tv: téléviseur | télévision | télé;
    graphics card: carte graphique; hard drive: disque dur; ram: mémoire vive | barrette mémoire;
    controller: manette | manettes; screen: écran; drive: lecteur; keyboard: clavier; mouse: souris; laptop:
      ordinateur portable | pc portable; computer: ordinateur; console: consoles; game: jeu | jeu vidéo |
      jeu de société; games: jeux | jeux vidéo; card: carte; cards: cartes; figure: figurine; toy: jouet;
    coin: pièce de monnaie; coins: monnaies; stamp: timbre; stamps: timbres; book: livre; books: livres;
    record: disque vinyle | 33 tours | disque; vinyl: vinyle | vinyles; shoes: chaussures | chaussure |
      mocassins; sneakers: baskets | basket; boots: bottes | bottines; jacket: veste | blouson; bag: sac |
      cabas; handbag: sac à main; shoulder bag: sac épaule | sac à épaule | sac porté épaule; crossbody bag:
      sac bandoulière; backpack: sac à dos; wallet: portefeuille; sunglasses: lunettes de soleil; glasses:
      lunettes; drill: perceuse | perceuse visseuse | perceuse-visseuse | visseuse; hammer drill: perceuse à
      percussion; rotary hammer: perforateur | marteau perforateur; impact driver: visseuse à chocs |
      boulonneuse | visseuse à choc; angle grinder: meuleuse | meuleuse d'angle | disqueuse; saw: scie |
      scie circulaire | scie plongeante; jigsaw: scie sauteuse; chainsaw: tronçonneuse; sander: ponceuse;
    planer: rabot; router: défonceuse; trimmer: tondeuse | coupe bordure; blower: souffleur; tool: outil;
    vacuum: aspirateur | aspirateur balai; robot vacuum: aspirateur robot | robot aspirateur; mixer: robot
      pâtissier | robot culinaire | robot de cuisine | robot multifonction | robot ménager | robot | mixeur
      | robot sur socle; whisk: batteur | fouet; washing machine: machine à laver | lave-linge | lave linge;
    dryer: sèche-linge | sèche cheveux | sèche-cheveux; dishwasher: lave-vaisselle; fridge: réfrigérateur |
      frigo; coffee machine: machine à café | cafetière | machine expresso | machine à expresso; bicycle:
      vélo; electric bicycle: vélo électrique; guitar: guitare; amplifier: amplificateur | ampli; turntable:
      platine vinyle | platine; binoculars: jumelles; shaver: rasoir; toothbrush: brosse à dents; necklace:
      collier; earrings: boucles d'oreilles; perfume: parfum
    """)

_COLOURS = table("""
    black: noir* | noirs | noires; white: blanc | blanche | blancs | blanches; gray: gris | grise; red:
      rouge | rouges; blue: bleu* | bleus; green: vert | verte; yellow: jaune; brown: marron | brun; pink:
      ?rose | rose pâle; purple: violet | violette; gold: doré* | =or jaune; silver: argenté* | =argent;
    orange: orangé; navy: bleu marine | bleu foncé; clear: transparent*; leather: cuir | cuir véritable;
    titanium: titane; steel: acier | inox | acier inoxydable; wood: bois; rubber: caoutchouc; plastic:
      plastique; mens: homme | hommes; womens: femme | femmes | dame; kids: enfant | enfants; size: taille |
      pointure; large: grand | grande | gm; small: petit | petite | pm; series: série; vol: tome | tomes;
    year: année
    """)

_FAULTS = {
    "skips": "saute | sautes",
    "for parts": "pour horloger | pour réparateur | pour technicien | pour un bricoleur | pour pièces | "
    "pour pieces | pour les pièces | pour pièces détachées | pièces détachées hs | pour bricoleur | "
    "bricoleur | à bricoler | épave | pour récupération | pour récup | donneur | donneuse | sert de donneur "
    "| pour pièce | vendu pour pièces | pour connaisseur | à désosser | à démonter | hs pour pièces | en "
    "pièces | pour mécano | mécano | pour bidouille | vendue pour pièces | vendus pour pièces | pour les "
    "pieces | pour pieces detachees | donneur de pièces | à dépecer | pièces uniquement | pour bricoleurs | "
    "pour bricoleur averti",
    "for repair": "à réparer | pour réparation | à réviser | réparation à prévoir | à restaurer | à "
    "remettre en état | pour restauration | à rénover | besoin d'une révision | révision à prévoir | à "
    "revoir | nécessite une révision | nécessite réparation | à faire réparer | nécessite une réparation | "
    "prévoir réparation | prévoir révision | prévoir une réparation | remise en état à prévoir | à changer "
    "| à remplacer | à bidouiller | besoin d'un coup de main | pour bidouilleur | bonne base de "
    "restauration | base de restauration | projet de restauration | sortie de grange | prévoir remise en "
    "état | prévoir changement | à dépanner | restauration à prévoir | besoin de réparation | à retaper | à "
    "remonter",
    "defective": "hs | h s | h.s | hors service | en panne | panne | défectueux | défectueuse | "
    "défaillant* | foutu | grillé* | morte | cramé* | défaut | défauts | kaput | naze | vice caché | ko | "
    "complètement mort | moteur mort | écran mort | mort pour pièces | est mort | est morte | en rade | "
    "disjoncte | fume au | fume dès | fume quand | qui fume | fume beaucoup | fait disjoncter | fait sauter "
    "le disjoncteur | fait sauter les plombs | sent le brûlé | odeur de brûlé | moteur serré | moteur "
    "grillé | tourne au ralenti | ne tourne plus rond | perd de l'huile | court circuit | en court circuit "
    "| défectueuses | défectueuse | carte mère hs | alimentation hs | hors d'état | en défaut | muet | "
    "muette | claqué | claquée | flingué | flinguée",
    "not working": "inopérant* | banni* | ne s'allume plus | hors d'usage | inutilisable | non "
    "fonctionnel* | non fonctionnelle | ne donne plus signe de vie | aucun signe de vie | pas fonctionnel | "
    "s'éteint | s'arrête | s'éteint tout seul | plus d'image | plus de son | pas de son | pas d'image | "
    "lecteur hs | écran noir | écran bleu | plus rien | plus de signal | plus de tension | plus de jus | ne "
    "répond plus | ne réagit plus | n'a plus de son | se coupe | se coupe tout seul | reste noir | reste "
    "bloqué | bloqué sur le logo | bloqué sur logo | bloqué au démarrage | bloqué sur | en boucle | "
    "redémarre sans cesse | écran blanc | écran vert | on ne m'entend plus | on ne m'entend pas | refuse de "
    "| refuse de démarrer | refuse de s'allumer | n'accroche plus | tombe en panne",
    "faulty": "image floue | photos floues | caméra floue | caméra arrière floue | appareil photo flou | "
    "problème | problèmes | souci | soucis | dysfonctionnement | dysfonctionne | bug | bugs | défaut de "
    "fonctionnement | anomalie | soucis de | fonctionne mal | marche mal | fonctionne une fois sur deux | "
    "une fois sur deux | fait des siennes | bruit anormal | bruit suspect | bruit de roulement | claque | "
    "vibre anormalement | saute des maillons",
    "damaged": "abîmé* | endommagé* | accidenté* | dégât | dégâts | détérioré* | choc | chocs | mauvais "
    "état | très mauvais état | tordu* | voilé* | suite à chute | suite chute | suite à une chute | a chuté "
    "| accident | faussé* | déformé* | décollé* | troué* | gauchi* | amputé* | écrasé* | mutilé* | brûlé* | "
    "enfoncé* | percé* | décousu* | arraché* | moisi* | effiloché*",
    "water damage": "oxydé* | tombé dans l'eau | dégât des eaux | oxydation | prise d'eau | tombé à l'eau "
    "| tombée à l'eau | tombé dans l'eau de mer | tombé à l'eau de mer | pris l'eau | a pris l'eau | "
    "inondé* | passé à la machine | oxydée",
    "broken": "cassé* | brisé* | rompu* | cassure | en deux morceaux | en morceaux | casse net",
    "cracked": "fêlé* | fissuré* | fissure | fissures | fêlure | fendu* | déchiré* | déchirure | ébréché* "
    "| éclaté* | fendillé*",
    "cracked screen": "écran cassé | vitre cassée | écran fissuré | vitre fissurée | écran brisé | écran "
    "fêlé | vitre brisée | écran à changer | écran hs | vitre à changer | vitre fêlée | écran à remplacer",
    "untested": "non testé* | pas testé* | à tester | jamais testé | impossible à tester | impossible de "
    "tester | je n'ai pas pu tester | pas pu tester | non vérifié* | fonctionnement inconnu | non contrôlé* "
    "| état inconnu | pas de quoi tester | ne peux pas tester | sans pouvoir tester | fonctionnement non "
    "garanti | pas essayé | je n'ai pas essayé | pas pu essayer | non essayé | sans garantie | vendu sans "
    "garantie | pas de chargeur pour tester | faute de chargeur | faute de matériel | fonctionnement non "
    "testé | pas moyen de tester | aucun moyen de tester | jamais essayé | jamais branché | sans avoir "
    "testé | non branché",
    "incomplete": "sans figurines | sans les figurines | sans minifigurines | sans les minifigurines | "
    "sans figurine | incomplet | incomplète | incomplets | pièces manquantes | manque des pièces | manque "
    "pièces | il manque des pièces | pas complet | manque une pièce | manque # pièces | non complet | il me "
    "reste environ | reste environ | presque complet | quasi complet | presque complète | quasi complète | "
    "sans moteur | sans mouvement | sans lame | sans couvercle | sans tête | sans écran | sans disque dur | "
    "sans roues | il manque un | il manque une | il en manque | à compléter | pièces perdues | dépareillé* "
    "| manque quelques | quelques pièces manquantes | manque page | pages manquantes",
    "icloud locked": "bloqué icloud | verrouillé icloud | icloud bloqué | compte icloud | icloud "
    "verrouillé | icloud actif | bloqué par icloud | compte apple | identifiant apple oublié | code apple "
    "oublié",
    "activation locked": "verrouillé* | compte google bloqué | code oublié | mot de passe oublié | compte "
    "google | code inconnu",
    "blacklisted": "blacklisté* | imei bloqué | =volé*",
    "intermittent": "faux contact | faux contacts | par intermittence | capricieux | aléatoire | grésille "
    "| crachote | grésillement | instable",
    "flickering": "clignote | scintille | scintillement",
    "dead pixels": "pixels morts | pixel mort",
    "lines on screen": "lignes à l'écran | ligne à l'écran | lignes sur l'écran | traits sur l'écran | "
    "bandes sur l'écran | rayures à l'écran interne | ligne verte | lignes verticales | tache écran | "
    "taches écran | ligne sur écran | tâche sur l'écran | lignes sur écran",
    "artifacts": "artefacts | bugs d'affichage",
    "screen burn": "écran marqué | brûlure écran | rémanence",
    "overheats": "surchauffe | chauffe trop | chauffe anormalement",
    "crashes": "plantages | redémarre en boucle | redémarre tout seul | se bloque | freeze | qui plante | "
    "plante au démarrage | plante parfois | plante souvent | plante en jeu | plante régulièrement | fige | "
    "se fige",
    "error code": "code erreur | message d'erreur | code d'erreur | affiche une erreur | affiche erreur | "
    "en erreur | erreur disque | erreur lecture | erreur de lecture",
    "fungus": "moisissure | moisissures | présence de champignons | champignons optique | traces de "
    "champignons | avec champignons | champignons dans l'optique | champignon lentille | champignons "
    "internes | champignon sur lentille",
    "stuck": "coincé* | grippé* | enrayé* | touches collantes | boutons collants | revêtement collant | "
    "caoutchouc collant | bouton collant | gommant",
    "rust inside": "rouille sous | rouille à l'intérieur | rouille interne | rouillé* | mouvement rouillé "
    "| rongé par la rouille | piqué par la rouille",
    "leaks": "fuit | prend l'eau | prend l eau | fuite | fuites | perd de l'eau | perd l'eau | suinte",
    "stick drift": "drift | joystick qui drift",
}

FRENCH = Language(
    code="fr",
    signs="avec sans boîte très neuve livraison coque chargeur fonctionne écran batterie seule uniquement "
    "housse montre recherche cuir testé une cassé réparer état etat vends jamais débloqué envoi rayure "
    "rayures étui vendu manette manettes reconditionné livré authentique =complète facture d'origine "
    "couleur noire blanche appareil objectif boîtier bouchon chaussures pointure taille lire annonce "
    "dérailleur moteur =scie vendus occasion neuves révisé révisée sac portée porté jeux lunettes rouge "
    "bleu =taillé",
    translations=(*FRENCH_MORE, _GRAMMAR, _NOISE, _ACCESSORIES, _PARTS, _CONDITIONS, _KINDS, _COLOURS),
    faults=_FAULTS,
    negations="pas | plus | ne | n' | jamais | non | ni | sans",
    nones="aucun | aucune | sans | pas de | plus de | pas d' | plus d' | perte de | absence de | jamais de",
    works="fonctionne | fonctionnent | fonctionnel* | fonctionnait | marche | marchent | s'allume | allume "
    "| démarre | charge | s'ouvre | lit | lisent | tourne | répond | imprime | chauffe | tient | capte | "
    "affiche | détecte | reconnaît | reconnaissent | reconnu | aspire | pompe | refroidit | zoome | focus | "
    "se ferme | ferme | réagit | joue | coupe | essore | vidange | garantie de fonctionner | allumer | "
    "démarrer | fonctionner | charger | lire | utilisable | opérationnel* | éteindre | aspirer | vole | "
    "enregistre | projette | grave | coud | embraye | avance | gonfle",
    functions="image | son | affichage | courant | signal | réseau | aspiration | étincelle | compression "
    "| vapeur | vie | pression | autofocus | mise au point | rétroéclairage | tactile | fonctionnement | "
    "jus | tension | réseau mobile | flash | lecture",
    fillers="se | s' | le | la | les | plus | pas | bien | correctement | toujours | très | parfois | du | "
    "tout | que | l' | en | à | complètement | totalement | est | sont | a | ont | y | plus du | "
    "malheureusement | apparemment | de | aux | au | signe de | signe | vraiment | souvent | encore | même "
    "| rien | sûrement",
    cures="supprimé* | retiré* | réparé* | remplacé* | changé* | résolu* | neuf | neuve | refait* | "
    "révisé* | corrigé* | restauré* | refait | refaite | repris | reprise | soudé* | réparés | ressemelé* | "
    "nettoyé* | graissé* | changés | remplacés | réglé*",
    packaging="boîte | emballage | carton | coffret | boîte d'origine | emballage d'origine | étui | "
    "blister | jaquette | boite abîmée | housse | pochette",
    noun_first=True,
    endings="e s es",
    elisions="d l s n qu j c m t",
)
