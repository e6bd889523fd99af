"""German, as sellers on eBay.de and Kleinanzeigen write it."""

from __future__ import annotations

from watcher.core.titles.languages.base import Language, joined, table
from watcher.core.titles.languages.de_phrases import GERMAN_COMPARISONS, GERMAN_OFFERS, GERMAN_TRADE_FAULTS
from watcher.core.titles.languages.de_things import (
    GERMAN_ACCESSORIES,
    GERMAN_COLOURS,
    GERMAN_KINDS,
    GERMAN_PARTS,
)

_GRAMMAR = table("""
    installed: ab kauf | seit kauf | ab tag # | seit tag # | von anfang an | verbaut | montiert | angebracht
      | eingebaut | drauf; with #: plus #; with case: plus hülle;
    with charger: plus ladegerät | plus netzteil | plus ladekabel;
    with accessories: diverses zubehör | verschiedenes zubehör | div zubehör | viel zubehör | reichlich
      zubehör | jede menge zubehör | umfangreiches zubehör | diverse extras | verschiedene extras | plus
      zubehör | plus extras; per day: pro tag | pro nacht; per week: pro woche | pro wochenende | pro monat;
    with receipt: rechnung | kaufbeleg | originalrechnung | mit rechnung | inkl rechnung | rechnung
      vorhanden | rechnung dabei | rechnung liegt bei | mit originalrechnung;
    with # batteries: #x #ah akku | # x #ah akku | # #ah akku | #x #ah akkus | # x #ah akkus | # #ah akkus |
      #x akku | #x akkus; with: mit | samt | nebst; incl: inkl | inklusive | inclusive | einschließlich;
    without: ohne; no: kein | keine | keinen | keiner | keinem | keinerlei; not: nicht | nich;
    only: nur | ausschließlich | lediglich; and: und | sowie; or: oder; in: im; on: auf; by: von | vom;
    from: aus;
    for: =für | fuer | ?fur | für das | für die | für den | für dein | für deine | für alle | für ihr | für
      ihre | passend für | passend zu | passend zum | passend zur | passend auf | passt für | passt zu |
      passt auf | geeignet für | kompatibel mit | kompatibel zu | kompatibel für | verwendbar für;
    like: wie;
    similar to: ähnlich wie | ähnlich | vergleichbar mit | baugleich mit | baugleich zu | baugleich;
    than: besser als | größer als | kleiner als | günstiger als | statt | anstatt | anstelle von;
    alternative to: alternative zu | alternative zum | alternative zur | ersatz für;
    successor of: nachfolger von | nachfolger vom | nachfolger der | nachfolger des | vorgänger von;
    included: gratis dazu | kostenlos dazu | geschenkt dazu | gibts dazu | gibt es dazu | on top | vorhanden
      | dabei | enthalten | beiliegend | liegt bei | liegen bei | mit dabei | beigelegt;
    not included: fehlt | fehlen | nicht dabei | nicht enthalten | nicht vorhanden | nicht im lieferumfang |
      fehlt leider | ist nicht dabei | sind nicht dabei | gehört nicht dazu; missing: fehlend | fehlende;
    : im paket | per paket | paket versand | dhl paket | hermes paket | versand per paket | paketversand |
      versand im paket | reservierung möglich | anzahlung möglich | tausch ausgeschlossen | ohne tausch |
      tausche nicht | keine tauschanfragen | bitte kein tausch | kein interesse an tausch | tauschangebote |
      ohne rechnung | rechnung fehlt | keine rechnung | stand # | stand heute | auf dem neuesten stand |
      neuester stand | neustem stand | guter stand | titangehäuse | stahlgehäuse | edelstahlgehäuse |
      goldgehäuse | metallgehäuse | kunststoffgehäuse | aluminiumgehäuse | alugehäuse | holzgehäuse |
      alurahmen | stahlrahmen | carbonrahmen | aluminiumrahmen | optische mängel | kleine mängel | leichte
      mängel | schönheitsfehler | kosmetische mängel | kein tausch | keine garantie | keine gewährleistung |
      ohne garantie | ohne gewährleistung | keine rücknahme | ohne rücknahme | auch tausch | tausch möglich
      | tausch oder verkauf | verkauf oder tausch | auch im tausch | ratenzahlung möglich | finanzierung
      möglich | versand möglich | als paket | versichertes paket | je stück | pro stück | stückpreis | #
      stück verfügbar | # verfügbar | # stück vorhanden | # stück auf lager | aus sammlung | aus meiner
      sammlung | aus privater sammlung | aus einer sammlung | aus sammlungsauflösung | aus sammelauflösung |
      aus haushaltsauflösung | aus nachlass | wie beschrieben | wie abgebildet | wie auf den bildern | wie
      auf den fotos | siehe bild | siehe bilder | siehe foto | siehe fotos | siehe beschreibung | aus erster
      hand | im bild | auf dem bild | auf den bildern | alle teile | auf wunsch | ersatzteile erhältlich |
      nur probehalber | aus tierfreiem | nichtraucherhaushalt
    """)

_NOISE = table("""
    gaming pc: spiele pc | spielepc | komplett pc | komplettpc | komplettrechner | gamer pc | gaming rechner
      | desktop rechner | zocker pc | gaming computer mit | gamingpc | pc komplettsystem | komplettsystem;
    cleaning service: sensor reinigung | reinigungsservice; photos: fotos; photo: foto | fotografie;
    appraisal service: gutachten | wertgutachten | wertermittlung | schätzung | seriennummer abfrage;
    installation service: schulung | fotoworkshop | onlinekurs | einbauservice |
      montageservice | einrichtungsservice;
    ornament: miniatur | miniaturen | weihnachtskugel | christbaumschmuck;
    set of three: set aus drei | dreier set; set of two: set aus zwei | zweier set; 3 x: drei;
    digital file: schnittmuster pdf | stl datei | druckvorlage | bastelbogen | vorlage pdf;
    magazine article: testbericht | zeitschrift test | artikel aus;
    do not bid: nicht bieten | testauktion | testangebot | spaßauktion | nicht kaufen | bitte nicht kaufen |
      nur zur info | platzhalter;
    extended warranty: garantieverlängerung | versicherung | geräteversicherung | geräteschutz;
    assortment: mehrere | diverse | verschiedene | gemischt* | sammelsurium | kiste voll | karton voll |
      tüte voll; empty: leer | leere | leerer | leeres | leeren;
    custom: selbstgebaut* | selbst gebaut | #d druck | #d gedruckt | eigenbau umbau | umlackiert*;
    2 x: zwei; receipt only: nur rechnung | nur die rechnung | nur originalrechnung;
    case for: tasche für | taschen für | tasche passend für | tasche kompatibel mit | rucksack für;
    no item: ohne gerät | ohne maschine | ohne artikel; no console: ohne konsole; no camera: ohne kamera;
    no watch: ohne uhr | ohne uhrwerk; no phone: ohne handy | ohne smartphone | ohne telefon;
    empty box: gehäuse leer | leeres gehäuse | leergehäuse | innenkarton | leerkarton | leerkartons |
      leerverpackung | leere ovp | leere verpackung | leerer karton | leere schachtel | leere box | leerbox
      | leerschachtel | leere originalverpackung | ovp leer | leer ovp | karton leer | verpackung leer | box
      leer | schachtel leer | leerhülle | leere hülle | leerer originalkarton | ovp ist leer | ovp ohne
      inhalt | karton ohne inhalt | box ohne inhalt | verpackung ohne inhalt | schachtel ohne inhalt | leer
      ohne inhalt | ohne inhalt;
    box only: nur ovp | nur die ovp | nur karton | nur der karton | nur verpackung | nur die verpackung |
      nur originalverpackung | nur die originalverpackung | nur originalkarton | nur schachtel | nur die
      schachtel | nur box | nur die box | nur leerkarton | nur der leere karton | ovp only | nur die leere
      ovp | nur leere ovp | nur leerverpackung | karton ohne gerät | ovp ohne gerät | verpackung ohne gerät;
    with original box: ovp;
    packaging box: verpackung | originalkarton | originalverpackung | originalschachtel | originalbox | orig
      verpackung | orig karton | verpackungskarton;
    damaged box: ovp beschädigt | ovp leicht beschädigt | beschädigte ovp | defekte ovp | ovp eingerissen |
      ovp mit beschädigungen | ovp mit mängeln | ovp hat mängel | ovp hat risse | ovp eingedrückt |
      kartonschaden | verpackungsschaden;
    sealed: originalverpackt* | originalversiegelt* | versiegelt* | eingeschweißt* | verschweißt* |
      ungeöffnet* | noch verschlossen | verschlossen* | nicht geöffnet;
    box: karton | kartons | schachtel | schachteln | umkarton | umverpackung | kiste | pappkarton;
    packaging: verpackungen | verpackungsmaterial;
    lot: alles zusammen | in einem paket | komplettverkauf | sammlungsverkauf | nachlass konvolut | großes
      paket | ganze sammlung | komplette sammlung | flohmarktware | posten | konvolut* | sammelposten |
      großposten | sammlung | sammlungen | sammlungsauflösung | sammelauflösung | kiloware | mengenposten |
      lagerauflösung; bundle: paket | sparpaket | paketangebot | bündel;
    set of #: set aus # | set bestehend aus # | satz von # | #er posten | #er bündel | #er set | #er pack |
      #er packung | #er paket | #er konvolut | #er lot | #er bundle | #er satz | set mit # | #x set;
    # pcs: # geräte | # kameras | # uhren | # handys | # konsolen | # paar | # kisten | # stück | # stk | #
      st | # stücke | # exemplare; 2 pcs: zwei stück | doppelpack | doppelset | zweierpack | zweierset;
    3 pcs: drei stück | dreierpack | dreierset; 4 pcs: vier stück | viererpack | viererset;
    one pair: ein paar; pair: paar;
    wtb: sammler sucht | sammler kauft | sucht | bin auf der suche | suche | suchen | kaufe | gesuch |
      gesucht | kaufgesuch | kaufgesuche | wer verkauft | ich suche | wir suchen | zu kaufen gesucht;
    we buy: verkaufen sie uns | verkaufen sie ihre | verkaufe deine | verkauf deine | ankauf | wir kaufen |
      ankauf von | sofortankauf | barankauf | höchstpreise | zahle bar;
    rare: sehr gesucht | viel gesucht | heiß gesucht | selten* | rarität | äußerst selten;
    swap only: tauschangebot | tauschobjekt | tausche | tausch gegen | zum tausch | nur tausch | im tausch
      gegen | tausch | tauschen | zu tauschen | eintauschen;
    for rent: leihkamera | leihobjektiv | leihmaschine | mietmaschine | mietkamera | tagesmiete |
      wochenmiete | mietpreis | leihgebühr | mietkauf | leasing | dauerleihgabe | zu vermieten | vermiete |
      vermieten | zur miete | mieten | miete | verleih | verleihe | zum mieten | zum ausleihen | ausleihen |
      leihen | zu verleihen | vermietung | mietgerät | leihgerät | leihweise | mietweise | zum verleih;
    repair service: cla service | justage | kalibrierung | überholung service | service überholung |
      belederung service | akkutausch für | akkuwechsel für | wartung für | wartung ihrer | inspektion für |
      displaytausch für | display austausch | akku austausch | akku tausch | update service | updateservice
      | softwareupdate | reparaturservice | reparaturdienst | reparaturauftrag | reparaturangebot |
      reparatur | reparaturen | displayreparatur | wir reparieren | ich repariere | instandsetzung |
      umbauservice | datenrettung | kostenvoranschlag | reparaturpauschale;
    : nach reparatur | frische wartung | wartung neu | wartung gemacht | inspektion neu | inspektion gemacht
      | neue inspektion | reparatur durchgeführt | akkuwechsel gemacht | batteriewechsel gemacht | wartung
      durchgeführt | frisch gewartet | mit wartung | nach inspektion | nach wartung;
    replica: eigenbau | nachbau | nachbauten | nachbildung | replik | repliken | replika | kopie | imitat |
      imitation | fälschung | plagiat | klon | nachahmung | kein original | nicht original;
    reprint: nachdruck | reproduktion | neudruck | nachprägung;
    dummy: attrappe | attrappen | handyattrappe | displaydummy | schaufensterdummy | ausstellungsdummy |
      dekoattrappe; inspired by: inspiriert von | im stil von | im stile von | angelehnt an | im look von;
    compatible bricks: klemmbausteine | klemmbaustein | kein lego | nicht lego | nicht von lego;
    preorder: vorbestellung | vorbestellen | vorbestellt | vorbestellbar | vorverkauf | noch nicht
      erschienen | vorankündigung | lieferbar ab | auslieferung ab | bestellbestätigung;
    deposit: anzahlung | reservierung | kaution | reservierungsgebühr;
    instalments: ratenzahlung | ratenkauf | teilzahlung;
    choose: modellauswahl | farbauswahl | größenauswahl | farbe wählbar | größe wählbar | zur auswahl | zum
      aussuchen | nach wahl | freie auswahl | auswahl | wählbar | frei wählbar | aussuchen | zum auswählen |
      auswählen | bitte wählen | große auswahl | wunschfarbe | wunschgröße | verschiedene farben |
      verschiedene größen | verschiedene modelle | verschiedene ausführungen | verschiedene sorten |
      verschiedene varianten | diverse modelle | diverse farben | diverse größen | versch farben | versch
      größen | versch modelle | alle farben | alle größen | mehrere farben | mehrere größen | alle modelle |
      viele modelle;
    photo only: nur foto | nur das foto | nur bild | nur fotos | nur ein foto | nur ein bild;
    photo of: postkarte von | autogramm von | foto von | foto vom | bild von | bild vom | fotografie von |
      fotografie des | abbildung von;
    press photo: postkarte | ansichtskarte | fotoabzug | foto abzug | pressefotos | pressefoto | aushangfoto
      | autogrammkarte | sammelbild; poster: plakat | plakate | werbeplakat;
    art print: kunstdruck | kunstdrucke | leinwanddruck;
    wall art: wandbild | leinwandbild | wandbilder | wandtattoo | blechschild;
    advertisement: werbeblatt | werbeschild | werbetafel | werbedruck | werbeheft | originalanzeige |
      originalreklame | werbedisplay | anzeige aus | werbung | werbeanzeige | reklame | zeitungsanzeige |
      zeitungswerbung | originalwerbung;
    brochure: prospekt | prospekte | werbeprospekt | broschüre | faltblatt | verkaufsprospekt;
    catalog: katalog | kataloge | preisliste;
    magazine page: zeitungsausschnitt | zeitungsbericht | zeitschriftenseite;
    gift voucher: gutschein | geschenkgutschein | geschenkkarte | gutscheincode | wertgutschein;
    digital code: aktivierungscode | downloadcode | lizenzschlüssel | produktschlüssel | spielcode;
    raffle: verlosung | gewinnspiel | tombola | verlose | los für | lose für;
    mystery box: überraschungsbox | wundertüte | überraschungspaket | mystery paket | überraschungstüte;
    please read: bitte lesen | bitte text lesen | beschreibung lesen | artikelbeschreibung lesen | text
      lesen | beschreibung beachten | text beachten | bitte beschreibung | artikelbeschreibung beachten;
    as is: gekauft wie gesehen | verkauf wie gesehen | wie gesehen | wie besehen | wie er ist | wie es ist
    """)


_CONDITIONS = table("""
    excellent: top | super zustand | super erhalten | super gepflegt | super gerät | super schön | super
      preis | super sound | super bild | super teil | super set | topzustand | top zustand | bestzustand |
      hervorragend*;
    right earbud: rechter airpod | rechter kopfhörer | rechter ohrhörer | rechter hörer | rechtes ohr | nur
      rechts | rechter ohrstöpsel | nur rechter;
    left earbud: linker airpod | linker kopfhörer | linker ohrhörer | linker hörer | linkes ohr | nur links
      | linker ohrstöpsel | nur linker;
    battery health: akkuzustand | batteriezustand | akkukapazität | batteriekapazität | akkugesundheit |
      maximale kapazität | batteriestatus;
    battery health #: akku # percent | akku bei # percent | akku noch # percent | akkuzustand # percent |
      batterie # percent | akkukapazität # percent | batteriezustand # percent | bh # percent | akku max #
      percent;
    new: neu | neue | neuer | neues | neuem | neuen | fabrikneu* | nagelneu* | niegelnagelneu | neuware;
    like new: neuwertig* | wie neu | fast neu | nahezu neu | so gut wie neu | neuwertiger zustand;
    used: gebraucht* | gebrauchtware | benutzt* | bespielt;
    unused: unbenutzt* | unbespielt* | ungebraucht* | ungetragen* | nicht benutzt | nie benutzt | nie
      getragen | nicht gebraucht | nie gebraucht;
    worn: getragen* | gebrauchsspuren | tragespuren | abgenutzt*;
    very good: sehr gut | sehr guter | sehr gute | sehr gutem | sehr guten | sehr gutes;
    good: guter | gute | gutem | gutes | ?gut | ?guten; condition: zustand;
    flawless: einwandfrei* | tadellos* | makellos*;
    fully working: voll funktionsfähig* | voll funktionstüchtig*;
    working: funktioniert | funktionieren | funktionsfähig* | funktionstüchtig* | funktionierend* |
      betriebsbereit | funktionsbereit | einsatzbereit | funktion ok | läuft;
    tested: getestet* | geprüft* | funktionsgeprüft;
    refurbished: generalüberholt* | überholt* | aufbereitet* | wiederaufbereitet* | aufgearbeitet* |
      revidiert*; repaired: repariert* | instandgesetzt*;
    replaced: ersetzt* | getauscht* | ausgetauscht* | erneuert* | gewechselt*;
    complete: komplettpaket | komplettset | komplett* | vollständig*;
    scratches: macke | macken | delle | dellen | kleine macken | kratzer | schrammen | kratzspuren;
    scratched: verkratzt* | zerkratzt*;
    unlocked: simlockfrei | ohne simlock | simlock frei | entsperrt | ohne vertrag | frei für alle netze |
      ohne sim lock | netlockfrei;
    worn battery: akku schwach | schwacher akku | akku hält nicht lange | akku verbraucht | akku alt | akku
      nicht mehr der beste | akku hält nicht mehr lange | batterie schwach | batterie leer;
    free shipping: versandkostenfrei | gratisversand | kostenloser versand | gratis versand | portofrei |
      kostenlos* versand | inkl versand | versand inklusive;
    local pickup: nur abholung | selbstabholung | nur selbstabholung | selbstabholer | nur an selbstabholer
      | abholung | nur abholer | kein versand | keine lieferung;
    original: orig | originale | originaler | originales; genuine: echt | echte | echter | echtes;
    limited: limitiert*; edition: ausgabe | auflage | ausführung;
    1st edition: erstausgabe | erstauflage | erste auflage | erste edition; vintage: antik*;
    old: alt | alte | alter | altes
    """)


_FAULTS = table("""
    activation lock: sperre | sperren | icloudsperre | gerätesperre;
    crack: riss | risse | rissen | haarriss | haarrisse | sprünge | sprüngen | mit sprung | hat sprung |
      glas sprung | sprung im glas | sprung im display;
    faults: kolbenfresser | halsbruch | kopfbruch | displaybruch rückseite | abplatzer | abplatzung |
      abplatzungen | bestoßung | bestoßungen | loch | löcher | wasserflecken | stockflecken | beschädigung |
      beschädigungen | schaden | schäden | sturzschaden | sturzschäden | transportschaden | lackschaden |
      brandschaden | unfallschaden | kabelbruch | rahmenbruch | gehäusebruch | bruchschaden | defekte |
      defekten | defekts | mängel | mit mängeln | mit mangel | störung | störungen | funktionsmängel |
      technische mängel | funktionsstörung | mit fehler | mit fehlern | fehler | funktionsfehler;
    crackling: rauscht | rauschen | knistert | knistern | brummt | brummen | kratzgeräusche | knackt;
    for parts: für bastler | an bastler | bastler | bastlerware | bastlergerät | bastlerobjekt |
      bastlerstück | zum basteln | zum ausschlachten | ausschlachten | ausschlachter | ersatzteilspender |
      ersatzteilträger | teilespender | teileträger | als ersatzteil | als ersatzteile | als ersatzteillager
      | ersatzteillager | für ersatzteile | für ersatzteilgewinnung | ersatzteilgewinnung | zum schlachten |
      schlachtgerät | organspender | für teile | teileverwertung | zur verwertung | bastelobjekt |
      bastelware | bastelgerät | für tüftler | an tüftler | für hobbybastler | hobbybastler | schlachtfest |
      als teilespender;
    for repair: reparaturbedürftig* | zur reparatur | zum reparieren | für reparatur | reparatur nötig |
      reparatur notwendig | reparatur erforderlich | muss repariert werden | muß repariert werden | zu
      reparieren | kann repariert werden | müsste repariert werden | muss gemacht werden | instandsetzung
      nötig | zum herrichten | zum restaurieren | restaurationsobjekt | zum aufarbeiten;
    defective: defekt | defekter | defektes | defektem | deffekt | kaputt* | schadhaft* | fehlerhaft* |
      funktionsuntüchtig* | funktionslos* | totalschaden | elektronikschaden | funktionsunfähig* |
      platinenschaden | mainboardschaden | motorschaden | getriebeschaden | teildefekt* | lagerschaden |
      totalausfall | ausgefallen | durchgebrannt* | verschmort* | durchgeschmort*;
    not working: wird nicht warm | wird nicht heiß | wird nicht kalt | wird nicht mehr warm | platte springt
      | schallplatte springt | springt an einer stelle | bleibt hängen | bleibt schwarz | bleibt dunkel |
      schwarzer bildschirm | bildschirm schwarz | schwarzes bild | schwarzes display | blackscreen | display
      schwarz bleibt | display bleibt schwarz | geht einfach aus | geht immer aus | geht immer wieder aus |
      geht ständig aus | geht von alleine aus | geht von selbst aus | geht sporadisch aus | schaltet immer
      wieder ab | schaltet immer wieder aus | schaltet einfach ab | schaltet einfach aus | schaltet ständig
      ab | schaltet sich immer wieder ab | schaltet sich immer wieder aus | schaltet sich ständig aus |
      schaltet sich einfach aus | schaltet sich von selbst aus | schaltet von alleine ab | schaltet sofort
      ab | schaltet nach kurzer zeit ab | bleibt stehen | steht still | uhr steht | werk steht | stehen
      geblieben | stehengeblieben | läuft nur kurz | läuft kurz an | läuft unrund | geht nur kurz | blinkt
      nur | blinkt rot | rote led blinkt | led blinkt rot | pulsiert | eingeschränkt funktionsfähig* |
      bedingt funktionsfähig* | teilweise funktionsfähig* | eingeschränkte funktion | funktioniert nur
      teilweise | funktioniert nur bedingt | funktioniert teilweise | teilfunktion | mdm sperre | zieht kein
      | zieht keine | zieht keinen | liest keine | erkennt keine | erkennt kein | zeigt kein | zeigt keine |
      spielt keine | nimmt keine | lädt keine | druckt kein | druckt keine | gibt kein | gibt keinen | hat
      kein bild | hat keinen ton | geht nach # minuten aus | geht nach # sekunden aus | geht nach # min aus
      | geht nach kurzer zeit aus | schaltet nach # minuten ab | ohne funktion | außer funktion | außer
      betrieb | nicht intakt | nicht in ordnung | nicht io | nicht i o | kein lebenszeichen | macht keinen
      mucks | kein wlan | kein bluetooth | kein sound | kein gps | tot | mausetot | streikt | spinnt | geht
      aus | schaltet ab | schaltet sich ab | schaltet sich aus | geht sofort aus | ging nicht mehr | geht
      nicht | lässt sich nicht | tut nicht | tut es nicht | macht nichts; faulty: mangelhaft*;
    damaged: bestoßen* | angeschlagen* | lädiert* | ramponiert* | mitgenommen* | beschädigt* | demoliert*;
    water damage: wasserschaden | feuchtigkeitsschaden | flüssigkeitsschaden;
    broken: zerrissen* | löst sich | lösen sich | abgelöst | durchgerostet* | verrostet* | gebrochen* |
      abgebrochen* | zerbrochen* | zertrümmert* | bruchstelle;
    cracked: gesplittert* | zersplittert* | gerissen* | gesprungen* | zersprungen* | eingerissen* |
      angerissen*;
    cracked screen: displaybruch | displayschaden | glasbruch | glasschaden | spiderapp | spider app |
      spinnenapp | displayriss | bildschirmbruch | displaydefekt;
    untested: ungetestet* | ungeprüft* | nicht getestet | nicht geprüft | zustand unbekannt | unbekannter
      zustand | funktion unbekannt | ohne funktionsprüfung | keine testmöglichkeit | nicht testbar | nicht
      testen | nicht prüfen | ohne test | nicht überprüft | konnte nicht getestet werden | funktion nicht
      geprüft | funktion nicht getestet | nicht auf funktion geprüft;
    incomplete: seiten fehlen | seite fehlt | karten fehlen | figuren fehlen | steine fehlen | räder fehlen
      | krone fehlt | glas fehlt | teil fehlt | ein teil fehlt | einige teile fehlen | unvollständig* |
      nicht vollständig | nicht komplett | inkomplett | teile fehlen | es fehlen teile | fehlende teile |
      fehlteile | unkomplett | teilweise unvollständig;
    icloud locked: icloud gesperrt | icloud sperre | icloud lock | mit icloud;
    activation locked: aktivierungssperre | google sperre | googlesperre | frp sperre | kontosperre |
      account gesperrt | konto gesperrt | code vergessen | passwort vergessen | pin vergessen | bios
      passwort | bios gesperrt | passwortgeschützt | mdm gesperrt | codesperre | pin unbekannt;
    blacklisted: gesperrt* | imei gesperrt;
    intermittent: wackelkontakt | wackelkontakte | aussetzer | setzt aus | kontaktprobleme | kontaktproblem;
    shorted: kurzschluß | kurzschluss | kurzgeschlossen;
    flickering: flackert | flackern | flimmert | flimmern | bildflackern | displayflackern;
    dead pixels: pixelfehler | pixelfehlern | tote pixel | toter pixel;
    lines on screen: streifen im display | streifen im bild | displaystreifen | bildstreifen | linien im
      display | linien im bild | streifen auf dem display | streifen auf display | linie im display;
    artifacts: bildfehler | grafikfehler | bildstörungen | bildstörung | artefakte;
    screen burn: eingebrannt* | einbrenneffekt | einbrennen | burnin | geisterbild | geisterbilder;
    overheats: überhitzt | überhitzung | wird zu heiß;
    crashes: stürzt ab | abstürze | friert ein | hängt sich auf | startet ständig neu | startet immer neu;
    bootloop: bootschleife | startschleife;
    error code: fehlermeldung | fehlercode | zeigt fehler | zeigt error | fehlermeldungen;
    fungus: pilz | fungus | glaspilz | pilzbefall | linsenpilz | pilzspuren;
    fogged: glastrübung | linsentrübung | eingetrübt* | milchig;
    stuck: verschluss hängt | spiegel hängt | blende hängt | hängt fest | hängen geblieben | lamellen verölt
      | blende verölt | verschluss klemmt | klemmt | verklemmt* | blockiert* | festgefressen | verharzt* |
      verklebt* | verkeilt | festgerostet;
    leaks: leckt | undicht* | tropft | verliert wasser | verliert öl | verliert luft | ausgelaufen;
    stick drift: driftet | stickdrift | stick drift | drift;
    bent pins: verbogene pins | pins verbogen | verbogener pin | pin verbogen;
    battery leak: batterie ausgelaufen | batterien ausgelaufen | ausgelaufene batterie
    """)

GERMAN = Language(
    code="de",
    signs="und oder =für ohne nicht kein keine keinen sehr nur auch sowie zum zur beim wird wurde zustand"
    " neuwertig gebraucht defekt kaputt zubehör größe gehäuse hülle ladegerät ovp originalverpackung"
    " bastler ungetestet funktioniert funktionsfähig schwarz weiß =stück rechnung suche konvolut"
    " ersatzteile guter einwandfrei inkl karton anleitung bedienungsanleitung versand neu voll geht"
    " einwandfreier teile verpackung akku",
    translations=(
        *(_GRAMMAR, GERMAN_COMPARISONS, _NOISE, GERMAN_OFFERS, GERMAN_ACCESSORIES),
        *(GERMAN_PARTS, _CONDITIONS, GERMAN_KINDS, GERMAN_COLOURS),
    ),
    faults=joined(_FAULTS, GERMAN_TRADE_FAULTS),
    negations="?net | nix | nichts | nicht | nich",
    nones="kein | keine | keinen | keiner | keinem | keinerlei | ohne | frei von | nie",
    works="bespielbar | schreibt | schreiben | friert | trocknet | bohrt | schraubt | sägt | mixt |"
    " aufgeladen | schlägt | tut | hält | funktioniert | funktionieren | funktionert | geht | gehen |"
    " läuft | laufen | startet | starten | bootet | hochfahren | hochfährt | fährt | fahren | lädt | laden"
    " | ladet | aufladen | geladen | einschalten | schaltet | anschalten | einzuschalten | angeht |"
    " angehen | anmachen | springt | anspringt | anspringen | reagiert | reagieren | erkennt | erkannt |"
    " liest | lesen | gelesen | druckt | drucken | dreht | spielt | abspielen | verbindet | verbinden |"
    " koppelt | koppeln | zoomt | fokussiert | scharf | löst | auslösen | auslöst | kühlt | heizt | pumpt"
    " | saugt | mahlt | schleudert | sendet | empfängt | schließt | öffnet | öffnen | ausfahren | zieht |"
    " zündet | schneidet | näht | tickt | klingelt | leuchtet | blitzt | vibriert | funktionsfähig* |"
    " funktionstüchtig* | funktionierend* | betriebsbereit | einsatzbereit | fahrbereit | fahrtüchtig |"
    " lauffähig | gangbar | verwendbar | benutzbar | nutzbar | brauchbar | spielbar | bedienbar | bedienen"
    " | ok | okay",
    functions="bild | ton | strom | funktion | signal | empfang | anzeige | verbindung | lebenszeichen |"
    " reaktion | saugkraft | saugleistung | zündfunke | zündfunken | funken | ladefunktion | kompression |"
    " dampf | bildausgabe | tonausgabe | videosignal | bildsignal | autofokus | touchfunktion |"
    " displayanzeige",
    fillers="auf | gut | sich | mehr | leider | immer | noch | ganz | richtig | so | es | mal | aber | auch"
    " | gar | an | ein | ab | hoch | teilweise | manchmal | voll | vollständig | korrekt |"
    " zuverlässig | ist | sind | wird | kann | man | momentan | aktuell | derzeit | überhaupt |"
    " leicht | etwas | stark | zu | das | die | der | mehr so | aus | komplett | lässt | lassen |"
    " einfach | plötzlich | wurde | wurden | worden | war | waren | frisch | gerade | erst |"
    " kürzlich | neulich",
    cures="repariert* | behoben* | ersetzt* | getauscht* | ausgetauscht* | erneuert* | gewechselt* |"
    " instandgesetzt* | beseitigt* | gelöst | gereinigt* | gewartet* | geölt | geschärft* |"
    " aufgefrischt* | nachgekauft | neu bezogen | neu gepolstert | neu lackiert | neu verlötet |"
    " aufgerüstet* | überholt* | generalüberholt*",
    packaging="karton | schachtel | verpackung | umverpackung | umkarton | originalkarton |"
    " originalverpackung | box | pappkarton | kartonage | ovp karton | verpackungskarton | schuber | koffer |"
    " innenhülle | schutzhülle | blister | tragetasche | aufbewahrungstasche",
    heads=table("""
        faults: schaden | schäden | defekt | fehler; carrying case: köcher | futteral | koffer;
        cleaning service: reinigung; protector: schutz | schoner;
        @ sparepart: deckel | halterung | ständer | bürste | bürsten | schlauch | platine | knopf | taste |
          riemen | gurt | lupe | kurbel | dichtung | dichtungen | dichtring | behälter | gruppe | tank |
          topf | rost | schiene | schienen | pumpe | heizstab | ventil | lager | feder | federn | getriebe |
          rotor | buchse | stecker | patrone | patronen | einsatz | kappe | kappen | hebel | schublade |
          elektronik | spule | zahnrad | walze | kohlen | kohlebürsten | scheibe | schelle | klammer | haken
          | klappe | gehäuse | modul | schutzrahmen | gläser | messerkopf;
        case: hülle | hüllen | etui | case; pouch: tasche | taschen | beutel;
        battery: akku | akkus | batterie | batterien; cable: kabel; charger: ladegerät | ladegeräte | lader;
        power supply: netzteil | netzgerät; box: karton | schachtel | verpackung | kartons | verpackungen;
        user manual: anleitung | handbuch; adapter: adapter; strap: armband;
        cover: abdeckung | bezug | schutzhaube; protector: folie | schutzglas | panzerglas; filter: filter;
        parts: ersatzteile; repair service: service | reparatur | reparaturservice | reparaturen;
        for rent: verleih | vermietung; lot: sammlung | sammlungen; poster: plakat | poster;
        brochure: prospekt | katalog; sticker: aufkleber; figure: figur; camera: kamera;
        screws: schraube | schrauben; dock: ladestation | dockingstation; remote control: fernbedienung;
        machine: maschine; vacuum: sauger | staubsauger; shoes: schuhe; console: konsole;
        headphones: kopfhörer; voucher: gutschein
        """),
    prefixes=table("""
        empty: leer; replacement: ersatz | austausch; original: original; parts: bastler;
        protective: schutz; phone: handy | smartphone; carrying: trage | transport; leather: leder;
        silicone: silikon; charging: lade; camera: kamera; lens: objektiv; watch: uhr | uhren; wall: wand
        """),
    linking="s n en es",
    endings="e er es en em n s",
)
