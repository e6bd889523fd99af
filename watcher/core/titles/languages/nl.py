"""Dutch, as sellers on eBay.nl, 2dehands and Marktplaats write it."""

from __future__ import annotations

from watcher.core.titles.languages.base import Language, joined, table
from watcher.core.titles.languages.nl_phrases import (
    DUTCH_COMPARISONS,
    DUTCH_OFFERS,
    DUTCH_PARTS,
    DUTCH_TRADE_FAULTS,
)

_GRAMMAR = {
    "installed": "vanaf dag # | vanaf aankoop | sinds aankoop | vanaf het begin | vanaf dag een |"
    " gemonteerd | erop | ingebouwd",
    "and": "en | alsmede",
    "with accessories": "diverse accessoires | verschillende accessoires | veel accessoires | div"
    " accessoires | plus accessoires | alle accessoires | met toebehoren",
    "with receipt": "aankoopbon | factuur | ?bon | kassabon | aankoopbewijs | met bon | met aankoopbon |"
    " met factuur | bon aanwezig | factuur aanwezig",
    "with # batteries": "#x #ah accu | # x #ah accu | # #ah accu | #x #ah accu's | # x #ah accu's | #x"
    " accu | #x accu's | # #ah accu's",
    "with": "met | voorzien van",
    "incl": "incl | inclusief | inkl",
    "without": "zonder | exclusief | excl",
    "no": "geen",
    "not": "niet",
    "only": "alleen | enkel | uitsluitend | slechts",
    "on": "op",
    "by": "van | van de | van het",
    "from": "uit | afkomstig van | afkomstig uit",
    "for": "voor | voor de | voor het | voor een | voor je | voor uw | voor jouw | voor alle | voor op |"
    " geschikt voor | passend voor | passend op | past op | past bij | compatibel met | compatible met |"
    " bestemd voor | bruikbaar voor | bedoeld voor",
    "similar to": "vergelijkbaar met | lijkt op | gelijk aan | gelijkwaardig aan | soortgelijk",
    "than": "beter dan | groter dan | kleiner dan | goedkoper dan | in plaats van | ipv",
    "alternative to": "alternatief voor",
    "successor of": "opvolger van | voorganger van",
    "included": "gratis erbij | krijg je erbij | cadeau erbij | aanwezig | inbegrepen | meegeleverd |"
    " erbij | bijgeleverd | zit erbij | zitten erbij | is aanwezig | wordt meegeleverd",
    "not included": "ontbreekt | ontbreken | ontbreekt helaas | niet inbegrepen | niet aanwezig | niet"
    " meegeleverd | zit er niet bij | zitten er niet bij | niet erbij",
    "missing": "mist | missende | ontbrekende",
    "": "nieuwe collectie | zomercollectie | wintercollectie | uit de collectie | collectie # | per pakket"
    " | pakketpost | via pakketpost | pakket verzending | als pakket | pakketdienst | reserveren mogelijk"
    " | ruil niet | liever niet ruilen | geen ruilen | ruilen niet | geen ruilverzoeken | zonder bon |"
    " geen bon | bon kwijt | geen garantie | geen retour | geen ruil | niet ruilen | ruilen mogelijk | ook"
    " ruilen | ook ruil | ruil mogelijk | inruil mogelijk | inruilen mogelijk | verkoop of ruil | per stuk"
    " | prijs per stuk | stuksprijs | verzenden mogelijk | verzending mogelijk | kan verzonden worden |"
    " ook verzenden | zie foto | zie foto's | zie beschrijving | zie omschrijving | zoals op de foto |"
    " zoals op foto | zoals afgebeeld | uit verzameling | uit collectie | uit eigen collectie | uit eigen"
    " verzameling | uit nalatenschap | uit een verzameling | # op voorraad | # stuks beschikbaar | #"
    " beschikbaar | # stuks op voorraad | op voorraad | alle onderdelen | na reparatie | na onderhoud |"
    " met onderhoud | pas onderhouden | onderhoud gehad | onderdelen leverbaar | gratis ophalen | op"
    " aanvraag | op de foto | op foto",
}

_NOISE = {
    "gaming pc": "game pc | gamepc | game computer | gamingpc | complete pc | complete game pc",
    "cleaning service": "sensor reiniging | sensorreiniging | schoonmaakservice",
    "photos": "foto's",
    "appraisal service": "taxatie | taxatierapport | waardebepaling",
    "installation service": "cursus | fotoworkshop | installatieservice | inbouwservice | montageservice",
    "ornament": "miniatuur | kerstbal",
    "3 x": "drie",
    "set of three": "set van drie | setje van drie",
    "set of two": "set van twee | setje van twee",
    "magazine article": "testverslag | artikel uit",
    "digital file": "stl bestand | pdf bestand | patroon pdf | bouwplaat",
    "do not bid": "niet bieden | niet kopen | testadvertentie | alleen ter info",
    "extended warranty": "garantieverlenging | verzekering | extra garantie",
    "assortment": "meerdere | diverse | verschillende | gemengd | doos vol | zak vol | bak vol",
    "empty": "lege | leeg",
    "custom": "zelfgemaakt* | zelf gemaakt | #d print | #d geprint",
    "2 x": "twee",
    "receipt only": "alleen bon | alleen de bon | alleen factuur",
    "case for": "tas voor | tasje voor | rugzak voor",
    "no item": "zonder toestel | zonder apparaat",
    "no console": "zonder console | zonder spelcomputer",
    "no camera": "zonder camera",
    "no watch": "zonder horloge",
    "no phone": "zonder telefoon",
    "empty box": "lege koffer | lege doos | lege doosje | leeg doosje | lege verpakking | lege dozen |"
    " doos leeg | doosje leeg | verpakking leeg | lege originele doos | lege originele verpakking | lege"
    " ovp | zonder inhoud",
    "box only": "alleen doos | alleen de doos | alleen doosje | alleen het doosje | alleen verpakking |"
    " alleen de verpakking | enkel doos | enkel de doos | enkel verpakking | enkel de verpakking | alleen"
    " originele doos | alleen de originele doos | alleen lege doos | alleen de lege doos | doos zonder"
    " toestel | doos zonder inhoud | verpakking zonder inhoud",
    "packaging box": "verpakking | originele doos | orginele doos | originele verpakking | orginele"
    " verpakking | org doos",
    "original box": "ovp",
    "sealed": "geseald* | gesealed* | ongeopend* | verzegeld* | niet geopend | nieuw in seal | nooit geopend",
    "new in box": "nieuw in doos | nieuw in verpakking | nieuw in de doos | nib | nieuw in originele doos"
    " | nieuw in de verpakking | nieuw in originele verpakking",
    "box": "doos | doosje | dozen | doosjes | krat",
    "packaging": "verpakkingen",
    "lot": "collectie | lotje | loten partij | alles in een koop | in een koop | in # koop | alles in #"
    " koop | samen te koop | hele partij | groot pakket | hele verzameling | complete verzameling | boedel"
    " | groot aantal | partij | partijtje | kavel | verzameling | restpartij | restant | stapel | allerlei"
    " | verzamelingen | groot lot | hele collectie | collectie verkoop | inboedel",
    "bundle": "pakket | voordeelpakket | bundel",
    "set of #": "stel van # | lot van # | verzameling van # | collectie van # | kavel van # | serie van #"
    " | set van # | setje van # | pakket van # | doos van # | partij van #",
    "# pcs": "# toestellen | # camera's | # horloges | # telefoons | # consoles | # paar | # dozen | #"
    " stuks | # stuk | # st | # stukken | # exemplaren",
    "2 pcs": "duo set | duoset | een koppel | twee stuks | dubbelpak | duopack | duo pack | twee stuk",
    "3 pcs": "drie stuks | drie stuk",
    "4 pcs": "vier stuks | vier stuk",
    "one pair": "een paar",
    "pair": "paar | setje",
    "wtb": "verzamelaar zoekt | verzamelaar koopt | gezocht | gevraagd | te koop gevraagd | ik zoek | op"
    " zoek naar | zoek | zoeken | zoekt | wie heeft | tkg | wie verkoopt | wij zoeken | gezocht naar",
    "we buy": "verkoop ons | verkoop jouw | inkoop | wij kopen | opkoper | opkopers | verkoop uw | verkoop"
    " je | verkopen aan ons | inkoop van",
    "rare": "veel gevraagd | veel gezocht | zeer gezocht | zeldzaam | zeldzame | erg gewild",
    "swap only": "ruilen voor | ruilen tegen | ruil tegen | ruil voor | te ruil | alleen ruil | ruilen |"
    " ruil | te ruilen | alleen ruilen",
    "for rent": "huurprijs | dagprijs | huurmachine | weekendhuur | weekhuur | huurkoop | leasing |"
    " private lease | te huur | verhuur | huren | huur | te leen | lenen | verhuren | leentoestel | per"
    " dag | per weekend",
    "repair service": "batterijvervanging voor | schermvervanging voor | onderhoudsbeurt voor | scherm"
    " vervangen voor | batterij vervangen voor | scherm laten vervangen | reparatie | reparaties |"
    " reparatieservice | schermreparatie | wij repareren | herstelling | herstellingen | reparatiedienst |"
    " data recovery",
    "replica": "namaak | kopie | imitatie | nep | nagemaakt* | replika | vervalsing | niet origineel |"
    " niet originele | geen origineel",
    "reprint": "herdruk | reproductie | herslag",
    "dummy": "dummytoestel | showmodel dummy | nepmodel",
    "inspired by": "geïnspireerd op | in de stijl van | in stijl van",
    "compatible bricks": "geen lego | niet van lego | lego compatibel | bouwstenen compatibel",
    "preorder": "voorbestelling | voorbestellen | voorverkoop | nog niet uit | binnenkort leverbaar |"
    " levering vanaf | leverbaar vanaf | vooruitbestelling",
    "deposit": "aanbetaling | ?borg | borgsom | waarborg | aanbetalen | reservering",
    "instalments": "in termijnen | gespreid betalen | op afbetaling",
    "choose": "naar keuze | keuze uit | kies je | kies uw | kies zelf | te kiezen | diverse kleuren |"
    " diverse maten | diverse modellen | verschillende kleuren | verschillende maten | verschillende"
    " modellen | meerdere kleuren | meerdere maten | meerdere modellen | alle maten | alle kleuren | keuze"
    " | div kleuren | div maten | verschillende soorten | diverse soorten | vele kleuren | verschillende"
    " varianten | kiezen",
    "photo only": "alleen foto | enkel foto | alleen de foto",
    "photo of": "foto van | afbeelding van | plaatje van | prent van",
    "press photo": "foto afdruk | fotoafdruk | ansichtkaart | ansichtkaarten | postkaart | persfoto |"
    " handtekeningkaart",
    "poster": "affiche | aanplakbiljet | filmaffiche",
    "art print": "kunstdruk",
    "oil painting": "schilderij",
    "wall art": "wandbord | wanddecoratie | metalen bord | metalen wandbord | muurdecoratie | reclamebord"
    " | emaillebord",
    "advertisement": "reclameblad | reclamefolder | originele reclame | advertentieblad | reclame |"
    " advertentie uit | krantenadvertentie | reclameadvertentie",
    "brochure": "folder | foldertje | prospectus",
    "catalog": "catalogus | prijslijst",
    "magazine page": "krantenknipsel | krantenartikel | tijdschriftpagina",
    "gift voucher": "cadeaubon | waardebon | tegoedbon | kortingsbon | cadeaukaart | kortingscode",
    "digital code": "digitale code | activatiecode | downloadcode | licentiecode | licentiesleutel |"
    " spelcode",
    "raffle": "verloting | loterij | winactie",
    "mystery box": "verrassingspakket | verrassingsbox | verrassingsdoos | grabbelton",
    "please read": "lees beschrijving | lees omschrijving | lees advertentie | goed lezen | lezen aub |"
    " eerst lezen | lees goed | lees tekst | lees aub | lees de beschrijving | lees de omschrijving |"
    " beschrijving lezen",
    "as is": "zoals het is | zoals gezien | verkocht zoals gezien | zoals hij is | zoals het nu is | in"
    " deze staat",
}

_ACCESSORIES = table("""
    patch: speldje | speld | opnaaier; carburetor: carburateur;
    display case: horlogebox | horlogedoos | opbergbox | opbergdoos | horlogekist | vitrine;
    guide book: kookboek | receptenboek | receptenboekje;
    cleaning kit: reinigingstabletten | reinigingsset | ontkalker | ontkalkingstabletten | onderhoudsset |
      ontkalkingstablet;
    @ sparepart: riemclip | opzetkammen | opzetkam set | mengarm | clip | zijhandgreep | regenhoes |
      zonnescherm wagen | koppeling | joggingset | vervangend scherm | los scherm | schermglas | kapje |
      dopje | schokbrekers | schokdempers | schokbreker | schokdemper | bougie | bougies | zuiger | cilinder
      | krukas | luchtfilter | oliefilter | benzinetank | derailleur | wielset | neuspads | tandwielset |
      naald | velg | velgen | fietsband | fietsbanden | stuur | stuurpen | crank | remmen | voorvork |
      spatborden | koplamp | uitlaat | snaren | plectrum | filterzakken | toner | inktcartridge |
      inktcartridges | printkop | wielset | armleuning | sleutel | sleutels | zitkussen | bodemplaat |
      achterwand | zijwand | frontpaneel | scheerkop | scheerkoppen | scheerblad | opzetkam | glazen kan |
      koffiekan | bakplaat | deeghaak | garde | kloppers | gehaktmolen | snijschijven | lamphouder |
      projectorlamp | gloeilamp | laadconnector | oorschelp | oorschelpen | simlade | simkaarthouder |
      cameramodule | achtercamera | luidsprekermodule | flexkabel | reservelamp | deurscharnier | klepdeksel
      | bagagedrager | fietsaccu | spatbord | spatborden | stofzuigerzak | stofzuigerzakken | zadel |
      fietszadel | waterreservoir | watertank | lekbak | stofreservoir | stofbak | zetgroep | boorkop |
      deurrubber | verwarmingselement | pomp | koolborstels | koolborstel | rotor | tandwiel |
      tandwielen | grillrooster | ovenrooster | glasplaat | groentelade | laadpoort | draaiplateau |
      zaagketting | zijpanelen | zijpaneel | kogellager | mengkom | mixkom | pootjes | trommel | snaar
      | aandrijfriem; accessories: accessoires | toebehoren | accessoire;
    case: hoes | hoesje | hoesjes | hoezen | beschermhoes | telefoonhoesje | beschermhoesje | etui;
    carrying case: draagtas | transportkoffer | opbergtas | cameratas | beschermtas | draagkoffer | reistas;
    cover: afdekhoes | stofhoes | bekleding | overtrek;
    screen protector: screenprotector | beschermglas | schermbeschermer | beschermfolie | folie;
    battery: batterij | batterijen | accu | accu's | accupack | accupakket;
    charger: oplader | opladers | lader | snellader;
    charging case: oplaadcase | oplaaddoosje | laadcase | oplaadhoesje;
    dock: laadstation | oplaadstation | basisstation;
    power supply: voeding | netvoeding | voedingsadapter | stroomadapter;
    power cord: netsnoer | stroomkabel | stroomsnoer;
    cable: kabel | kabels | oplaadkabel | laadkabel | snoer | verlengkabel | aansluitkabel;
    holder: houder | houders | telefoonhouder | steun;
    wall mount: muurbeugel | wandbeugel | ophangbeugel | muursteun; bracket: beugel | beugels;
    stand: standaard | voet | standaards | onderstel; tripod: statief | statieven;
    remote control: afstandsbediening | afstandbediening | afstandsbedieningen;
    strap: riem | draagriem | schouderriem | polsbandje | bandje | rubberen band | camerariem;
    watch strap: horlogeband | horlogebandje | horlogebandjes;
    bracelet: stalen band | leren band | lederen band | metalen band | stalen armband | leren horlogeband |
      armband; bracelet links: schakels | schakel | losse schakels; dial: wijzerplaat; hands: wijzers;
    crown: kroon; buckle: gesp; movement: uurwerk; crystal: horlogeglas; lens cap: lensdop | lensdopje;
    rear cap: achterdop; body cap: bodydop; lens hood: zonnekap; eyecup: oogschelp | oogkap;
    battery grip: batterijgrip | batterijgreep; lid: deksel | dekseltje | klepje;
    battery cover: batterijklep | batterijklepje | accudeksel | batterijdeksel;
    back glass: achterglas | achterkant glas | backcover; housing: behuizing | omkasting;
    replacement part: onderdeel | reserveonderdeel | vervangingsonderdeel;
    replacement parts: onderdelen | reserveonderdelen | losse onderdelen;
    replacement: vervangend | vervangende | reserve;
    user manual: handboek | gebruikershandboek | handleiding | gebruiksaanwijzing | instructieboekje |
      gebruikershandleiding | handleidingen;
    instruction manual: bouwinstructies | bouwboekje | bouwinstructie | bouwhandleiding | spelregels;
    booklet: boekje | boekjes;
    service manual: werkplaatshandboek | servicehandleiding | reparatiehandleiding;
    certificate: certificaat | echtheidscertificaat; papers: papieren;
    warranty: garantie | fabrieksgarantie | restgarantie; warranty card: garantiekaart | garantiebewijs;
    dustbag: stofzak | dustbag; keychain: sleutelhanger; mug: mok; brush: borstel | borstels;
    brush head: opzetborstel | opzetborstels | borstelkop; nozzle: zuigmond | mondstuk;
    hose: slang | stofzuigerslang; drip tray: druppelbak | lekrooster; portafilter: filterdrager;
    gasket: pakking | afdichting | afdichtring; screws: schroeven | schroefjes;
    mainboard: printplaat | moederbord; blade: zaagblad | zaagbladen | mesje | mesjes;
    fan: ventilator | ventilatoren; cooler: koeler; heatsink: koelblok | koelelement;
    knob: knop | draaiknop; button: knoppen | toets | toetsen | schakelaar;
    handle: handvat | handgreep | greep; hinge: scharnier | scharnieren; wheels: wielen | wieltjes;
    laces: veters; insoles: inlegzolen | inlegzool; ear pads: oorkussens | oorkussen;
    cushion: kussen | kussens; attachment: opzetstuk | hulpstuk | opzetstukken | hulpstukken;
    insert: inzet | inlay; light kit: verlichtingsset; minifigures: minifiguren | poppetjes;
    game case: leeg hoesje | lege hoes | lege hoesjes; filter: filters | filterset; bumper: stootrand;
    adapter: verloopstuk | verloopring | verloop
    """)

_CONDITIONS = table("""
    excellent: top | super staat | super nette staat | topstaat | top staat | supermooi | super mooi |
      topconditie;
    right earbud: rechter airpod | rechter oordopje | rechter oortje | rechteroor | alleen rechts | alleen
      rechter;
    left earbud: linker airpod | linker oordopje | linker oortje | linkeroor | alleen links | alleen linker;
    battery health: batterijconditie | accuconditie | batterijcapaciteit | batterij conditie |
      batterijgezondheid | accu conditie;
    battery health #: batterij # percent | accu # percent | batterijconditie # percent | accuconditie #
      percent | batterij conditie # percent | batterij op # percent;
    new: nieuw | nieuwe | gloednieuw* | splinternieuw* | fabrieksnieuw*;
    like new: zgan | z g a n | zo goed als nieuw | als nieuw | nieuwstaat | in nieuwstaat | in nieuwe staat
      | nagenoeg nieuw | bijna nieuw | vrijwel nieuw | nieuwstaat verkerend;
    used: gebruikt* | tweedehands | 2dehands | 2e hands | occasion;
    unused: ongebruikt* | niet gebruikt | nooit gebruikt | ongedragen | nooit gedragen | nauwelijks
      gebruikt; worn: gedragen | gebruikssporen | gebruiksporen | slijtage;
    very good: zeer goede | zeer goed | heel goed | heel goede | in uitstekende | uitstekend | uitstekende;
    good: goede | goed | nette | netjes; condition: staat | conditie;
    flawless: vlekkeloos | smetteloos | perfecte;
    fully working: volledig werkend* | helemaal werkend | volledig functioneel;
    working: werkt | werkend* | werken | functioneert | functioneel | werkt perfect | werkt goed | werkt
      prima; tested: getest | geteste | gecontroleerd;
    refurbished: gereviseerd* | gerefurbished | opgeknapt* | gereviseerde | reconditioned;
    repaired: gerepareerd* | hersteld*; replaced: vervangen | vernieuwd*;
    complete: compleet | complete | volledig | volledige;
    scratches: deukje | deukjes | deuk | deuken | krassen | kras | krasjes | krasje; scratched: bekrast*;
    unlocked: simlockvrij | simlock vrij | zonder simlock | zonder abonnement | sim lock vrij | simvrij;
    worn battery: batterij zwak | zwakke batterij | accu zwak | zwakke accu | batterij matig | accu slecht |
      accu loopt snel leeg | batterij loopt snel leeg | accu leeg | batterij leeg;
    free shipping: gratis verzending | gratis verzenden | gratis verzonden | inclusief verzending | incl
      verzending | incl verzendkosten | inclusief verzendkosten | verzendkosten inbegrepen;
    local pickup: alleen ophalen | alleen afhalen | ophalen | afhalen | alleen op te halen | enkel afhalen |
      enkel ophalen | niet verzenden | geen verzending | ophalen in;
    original: origineel | originele | orgineel | orginele; genuine: echt | echte;
    edition: editie | uitgave | uitvoering; limited: gelimiteerd*; 1st edition: eerste druk | eerste editie;
    vintage: antiek | antieke; old: oud | oude
    """)

_KINDS = table("""
    standard edition: standaard editie | standaard uitvoering | standaard versie | standaard model;
    hedge trimmer: heggenschaar | accuheggenschaar; mower: grasmaaier | accugrasmaaier;
    tableware: koffieservies | theeservies | eetservies | servies;
    suitcase: koffer | koffertje | reiskoffer;
    camera: fototoestel | fotocamera | spiegelreflexcamera | spiegelreflex | systeemcamera | compactcamera |
      camera's; video camera: videocamera; lens: objectief | lenzen | groothoeklens | telelens | zoomlens;
    watch: horloge | horloges | uurwerken; wristwatch: polshorloge; mens watch: herenhorloge;
    womens watch: dameshorloge; phone: telefoon | mobiel | gsm | mobieltje | toestel;
    headphones: koptelefoon | hoofdtelefoon | koptelefoons; earphones: oordopjes | oortjes;
    speaker: luidspreker | luidsprekers | speakers; monitor: beeldscherm; tv: televisie | televisietoestel;
    graphics card: videokaart | grafische kaart; hard drive: harde schijf;
    ram: werkgeheugen | geheugenmodule; keyboard: toetsenbord; mouse: muis;
    console: spelcomputer | spelconsole | consoles; game: spel | spelletje | bordspel;
    games: spellen | spelletjes; card: kaart | kaartje; cards: kaarten | kaartjes; figure: figuur | beeldje;
    toy: speelgoed; coin: munt; coins: munten; stamps: postzegels; stamp: postzegel; book: boek;
    books: boeken; record: elpee | langspeelplaat; shoes: schoenen | damesschoenen | herenschoenen;
    sneakers: gympen; boots: laarzen; jacket: jas | jasje | winterjas; bag: tas | tasje;
    handbag: handtas | handtasje; shoulder bag: schoudertas; crossbody bag: crossbodytas; backpack: rugzak;
    wallet: portemonnee | portefeuille; sunglasses: zonnebril; glasses: bril;
    drill: boormachine | schroefboormachine | accuboormachine | accuboor | accuschroefmachine |
      schroefmachine | accu schroefboormachine | accutol; hammer drill: klopboormachine | klopboor;
    rotary hammer: boorhamer | combihamer;
    impact driver: slagschroevendraaier | slagmoersleutel | slagschroefmachine;
    angle grinder: haakse slijper | slijptol;
    saw: zaag | cirkelzaag | invalzaag | tafelzaag | afkortzaag | zaagmachine; jigsaw: decoupeerzaag;
    chainsaw: kettingzaag; planer: schaafmachine; sander: schuurmachine | bandschuurmachine;
    router: bovenfrees; trimmer: grastrimmer | baardtrimmer; blower: bladblazer; tool: gereedschap;
    vacuum: stofzuiger | steelstofzuiger; robot vacuum: robotstofzuiger;
    mixer: keukenmachine | keukenrobot | staafmixer | handmixer; washing machine: wasmachine;
    dryer: droger | wasdroger | föhn; dishwasher: vaatwasser; fridge: koelkast;
    coffee machine: koffiezetapparaat | koffiemachine | espressomachine | koffiezetter;
    bicycle: fiets | racefiets; guitar: gitaar; amplifier: versterker; turntable: platenspeler;
    binoculars: verrekijker; shaver: scheerapparaat; toothbrush: tandenborstel;
    necklace: ketting | halsketting; earrings: oorbellen; machine: apparaat; computer: pc
    """)

_COLOURS = table("""
    gen #: #e generatie | #de generatie | # generatie; number: nr | nummer;
    #st edition: #e druk | #e editie | #de druk | #ste druk | #e uitgave; size #: ?mt # | maat #;
    vol #: deel #; right: rechts | rechter; left: links | linker; black: zwart*; white: wit | witte;
    gray: grijs | grijze; red: rood | rode; blue: blauw*; green: groen*; yellow: geel | gele; brown: bruin*;
    pink: roze; purple: paars*; gold: goud | gouden; silver: zilver | zilveren; orange: oranje;
    navy: donkerblauw*; clear: doorzichtig* | transparant*; leather: leder | lederen | leren;
    titanium: titaan; steel: staal | stalen | edelstaal | rvs; wood: hout | houten; rubber: rubberen;
    plastic: kunststof | plastieken; mens: heren; womens: dames; kids: kinderen | kinder; size: maat;
    large: groot | grote; small: klein | kleine; series: serie; year: bouwjaar
    """)

_FAULTS = {
    "activation lock": "slot erop | activatieslot | icloud slot",
    "crack": "barst | barsten | barstje | barstjes | scheur | scheuren | scheurtje | scheurtjes",
    "faults": "gat | gaten | gaatje | gaatjes | chip eraf | schilfer | schilfers | vochtplekken |"
    " beschadiging | beschadigingen | schade | valschade | transportschade | lakschade | kabelbreuk |"
    " defecten | gebrek | gebreken | mankement | mankementen | storing | storingen | fout | fouten |"
    " probleem | problemen | euvel",
    "crackling": "ruist | ruis | bromt | piept",
    "for parts": "voor onderdelen | voor de onderdelen | voor knutselaar | voor de knutselaar | knutselaar"
    " | knutselaars | voor de handige | voor handige harry | voor de hobbyist | als onderdelen | donor |"
    " als donor | donortoestel | sloop | sloopobject | voor sloop | voor de sloop | sloper | voor slopers"
    " | als sloop | onderdelentoestel | onderdelen toestel | om te slopen | voor doe het zelver | doe het"
    " zelver | doehetzelver",
    "for repair": "restauratieobject | restauratie object | te repareren | moet gerepareerd worden |"
    " reparatie nodig | om te repareren | ter reparatie | voor reparatie | opknapper | opknappertje | om"
    " op te knappen | op te knappen | moet opgeknapt worden | toe aan reparatie | heeft reparatie nodig |"
    " moet vervangen worden | moet nagekeken worden | moet gemaakt worden | te herstellen | kan"
    " gerepareerd worden | klusproject | restauratieproject | te restaureren",
    "defective": "defect | defecte | defekt | defekte | kapot | kapotte | is stuk | scherm stuk | display"
    " stuk | stuk gegaan | gaat stuk | glas stuk | motor stuk | total loss | begeven | doorgebrand |"
    " mankeert",
    "not working": "wordt niet warm | wordt niet heet | wordt niet koud | koelt niet meer | heeft kuren |"
    " werkt maar half | werkt maar even | loopt even | rode lamp knippert | lampje knippert rood | plaat"
    " slaat over | slaat over | blijft haken | blijft zwart | scherm blijft zwart | zwart scherm | zwart"
    " beeld | blijft donker | schakelt zichzelf uit | gaat steeds uit | gaat spontaan uit | schakelt"
    " steeds uit | blijft hangen | blijft stilstaan | staat stil | stilgevallen | werkt soms | werkt half"
    " | werkt gedeeltelijk | deels werkend | gedeeltelijk werkend | niet volledig werkend | knippert rood"
    " | knippert alleen | leest geen | herkent geen | toont geen | speelt geen | pakt geen | laadt geen |"
    " print geen | geeft geen | gaat na # minuten uit | gaat na # seconden uit | buiten werking | buiten"
    " gebruik | doet het niet | doet niets | doet niks | geen wifi | geen bluetooth | het niet |"
    " valt steeds uit | gaat uit | gaat vanzelf uit | schakelt uit | slaat af | zonder werking | geen"
    " leven | geen teken van leven",
    "faulty": "foutje",
    "damaged": "gehavend* | afgestoten | beschadigd*",
    "water damage": "waterschade | vochtschade",
    "broken": "afgescheurd | laat los | losgelaten | gebroken | afgebroken | gebroke | breuk",
    "cracked": "gesprongen | gebarsten | gescheurd* | ingescheurd",
    "cracked screen": "schermbreuk | schermschade | glasbreuk | kapot scherm | scherm kapot | displaybreuk",
    "untested": "niet getest | ongetest | niet kunnen testen | kan niet testen | kan ik niet testen |"
    " werking onbekend | niet gecontroleerd | niet te testen | onbekend of | niet geprobeerd | staat"
    " onbekend | kan niet getest worden | onbekende staat | niet testen | weet niet of",
    "incomplete": "pagina's missen | kaarten missen | steentjes missen | er mist | er missen | ontbreekt"
    " een | mist een | missen onderdelen | kroon ontbreekt | glas ontbreekt | incompleet | incomplete |"
    " niet compleet | onvolledig* | onderdelen missen | mist onderdelen | onderdelen ontbreken | niet"
    " volledig | ontbreken onderdelen",
    "icloud locked": "icloud lock | icloud vergrendeld | icloud geblokkeerd | met icloud",
    "activation locked": "google account erop | account erop | icloud erop | google lock | google"
    " vergrendeld | account vergrendeld | wachtwoord vergeten | pincode vergeten | code vergeten |"
    " activeringsslot | bios wachtwoord | toegangscode vergeten | vergrendeld*",
    "blacklisted": "geblokkeerd | geblokkeerde | imei geblokkeerd | gestolen",
    "intermittent": "valt uit | slecht contact | hapert | haperend* | kraakt | kraken | valt weg",
    "flickering": "flikkert | flikkeren | flikkerend",
    "dead pixels": "dode pixels | dode pixel | pixelfout | pixelfouten",
    "lines on screen": "strepen in scherm | strepen in beeld | strepen op scherm | lijnen in scherm |"
    " streep in scherm | strepen in het scherm | strepen in het beeld | strepen op het scherm | streep in"
    " beeld | lijn in scherm | lijnen op scherm",
    "artifacts": "beeldfouten | beeldstoring | beeldfout",
    "screen burn": "ingebrand* | inbranding | inbranden",
    "overheats": "oververhit | oververhitting | oververhit snel | wordt te heet | wordt te warm",
    "crashes": "loopt vast | vastloper | valt in herhaling | start steeds opnieuw op",
    "error code": "foutmelding | foutcode | geeft error | foutmeldingen",
    "fungus": "schimmel | lensschimmel",
    "stuck": "zit vast | zitten vast | klemt | vastgelopen | vastgeroest | vastzittend",
    "leaks": "lekt | lekkage | lekkend*",
    "stick drift": "driftend | stickdrift | stick drift | drift",
}

DUTCH = Language(
    code="nl",
    signs="voor het een zonder niet geen ook werkt werkend gebruikt zgan staat goede doos doosje hoesje"
    " oplader handleiding onderdelen kapot nieuwstaat verpakking verzenden ophalen gezocht gevraagd zwart"
    " wit originele origineel met nieuwe batterij accu aanwezig compleet maat nieuw inclusief verzending"
    " scherm defecte",
    translations=(
        *(_GRAMMAR, DUTCH_COMPARISONS, _NOISE, DUTCH_OFFERS, _ACCESSORIES),
        *(DUTCH_PARTS, _CONDITIONS, _KINDS, _COLOURS),
    ),
    faults=joined(_FAULTS, DUTCH_TRADE_FAULTS),
    negations="nergens | niks | nie | niet",
    nones="geen | zonder | nooit | vrij van",
    works="doet | schrijft | bevriest | droogt | boort | zaagt | opgeladen | werkt | werken | werkend* |"
    " gaat | gaan | laadt | laad | laden | opladen | oplaadt | start | starten | opstarten | opstart |"
    " aangaat | aanzetten | aanspringt | springt | slaat | reageert | reageren | leest | lezen | gelezen |"
    " herkent | herkend | print | printen | draait | draaien | speelt | afspelen | verbindt | verbinden |"
    " zoomt | focust | scherpstellen | koelt | verwarmt | pompt | zuigt | maalt | centrifugeert | ontvangt"
    " | zendt | sluit | opent | naait | tikt | loopt | functioneert | functioneren | functioneel |"
    " bruikbaar | inschakelen | flitst | trilt | knipt | schakelt",
    functions="beeld | geluid | stroom | functie | signaal | ontvangst | verbinding | zuigkracht | vonk |"
    " compressie | stoom | leven | druk | autofocus | beeldweergave",
    fillers="meer | helemaal | goed | het | zich | op | aan | uit | meteen | altijd | soms | helaas | ook |"
    " nog | steeds | te | is | zijn | wordt | kan | wil | hij | echt | naar behoren | volledig |"
    " momenteel | licht | iets | de | in | aan te | ineens | plotseling | zomaar | correct | naar |"
    " behoren | werd | werden | is net | net | pas | onlangs | recent | recentelijk | al | eerder",
    cures="gerepareerd* | vervangen | hersteld* | verholpen | opgelost | gereviseerd* | vernieuwd* |"
    " gereinigd* | schoongemaakt* | gesmeerd* | geslepen | opgeknapt* | nagekeken | nieuw geplaatst"
    " | opnieuw bekleed | opnieuw gelakt | opnieuw gestoffeerd | opnieuw gesoldeerd | gelast",
    packaging="doos | doosje | verpakking | originele doos | originele verpakking | kartonnen doos | koffer"
    " | kofferslot | binnenhoes | buitenhoes | blister",
    heads=table("""
        faults: schade; cleaning service: reiniging; protector: bescherming | beschermer;
        @ sparepart: deksel | klepje | houder | beugel | standaard | borstel | slang | knop | handvat |
          handgreep | ventilator | printplaat | bandje | riem | afdichting | reservoir | pomp | rooster |
          element | ventiel | lager | veer | tandwiel | rotor | stekker | patroon | hendel | module | klem |
          behuizing | bakje | glaasjes | glaasje | voetje | wielen | stok | stokken | zeil | vellen | mandje |
          scharnier | spoel | naald | haak | poten | poot | kapje | dopje | klepjes | houders;
        case: hoesje | hoesjes | hoes | koffer; pouch: tasje;
        battery: accu | batterij | batterijen; cable: kabel | snoer; charger: oplader | lader;
        power supply: voeding; box: doos | doosje | verpakking; user manual: handleiding; booklet: boekje;
        adapter: adapter; protector: folie | protector; filter: filter; parts: onderdelen;
        repair service: service | reparatie | reparaties; for rent: verhuur; lot: verzameling;
        poster: poster | affiche; sticker: sticker | stickers; camera: camera; watch: horloge;
        shoes: schoenen; remote control: afstandsbediening; dock: laadstation; headphones: koptelefoon;
        voucher: waardebon; screws: schroeven; motherboard: printplaat
        """),
    prefixes=table("""
        phone: telefoon | gsm; carrying: draag | transport; protective: bescherm; leather: leer;
        charging: laad | oplaad; camera: camera; watch: horloge; replacement: reserve | vervangings;
        wall: muur | wand; silicone: siliconen; laptop: laptop
        """),
    linking="s e en n",
    endings="e s en",
)
