"""Polish, as sellers on eBay.pl, Allegro and OLX write it."""

from __future__ import annotations

from watcher.core.titles.languages.base import Language, table
from watcher.core.titles.languages.pl_things import (
    POLISH_CASES,
    POLISH_OFFERS,
    POLISH_PARTS,
    POLISH_PROTECTED,
)

_GRAMMAR = {
    "with": "?z | ze | wraz z | razem z | wyposażony w",
    "incl": "w tym | łącznie z | włącznie z",
    "without": "bez",
    "no": "brak | żadnych | żadnej | żaden",
    "not": "nie",
    "only": "tylko | wyłącznie | jedynie | samo | sama",
    "and": "?i | oraz",
    "on": "?na",
    "in": "?w",
    "from": "z demontażu | wymontowany z | pochodzi z | wyjęty z | odzyskany z | ściągnięty z",
    "for": "do | dla | pasuje do | pasujący do | pasująca do | pasujące do | kompatybilny z | kompatybilna "
    "z | kompatybilne z | przeznaczony do | zgodny z | dedykowany do | zamiennik do | odpowiedni do | ?na "
    "telefon | do telefonu | do aparatu | do konsoli | do zegarka | do laptopa | do wiertarki | dedykowane "
    "do",
    "similar to": "podobny do | podobna do | podobne do | porównywalny z | w typie | taki jak",
    "than": "lepszy niż | większy niż | mniejszy niż | niż",
    "alternative to": "alternatywa dla",
    "successor of": "następca | następczyni | poprzednik",
    "included": "w zestawie | w komplecie | dołączony | dołączona | dołączone",
    "not included": "nie ma w zestawie | brak w zestawie | bez w zestawie | nie jest w zestawie",
    "missing": "brakuje | brakujący | brakująca | brakujące | niekompletny bez",
    "battery replaced": "nowa bateria | bateria wymieniona | wymieniona bateria | nowy akumulator | "
    "bateria 100% | kondycja baterii | bateria kondycja | kondycja bateria | po wymianie baterii",
    "screen replaced": "nowy ekran | ekran wymieniony | wymieniony ekran | nowy wyświetlacz | wyświetlacz "
    "wymieniony | po wymianie ekranu | nowa szybka",
    "": "nie wymieniam | bez zamiany | nie zamieniam | możliwa zamiana | możliwa wymiana | zamiana możliwa "
    "| zamienię lub sprzedam | sprzedam | sprzedam lub zamienię | sprzedaż | na sprzedaż | możliwa wysyłka "
    "| szybka wysyłka | wysyłka gratis zobacz | wysyłka możliwa | zobacz zdjęcia | patrz zdjęcia | patrz "
    "opis | jak na zdjęciu | jak na zdjęciach | zdjęcia poglądowe | stan jak na zdjęciu | z kolekcji | z "
    "mojej kolekcji | z prywatnej kolekcji | # sztuk dostępnych | dostępnych # | dostępny | dostępne | do "
    "negocjacji | cena do negocjacji | okazja | pilne | tanio | bcm | bdb stan oryginał | po serwisie | po "
    "przeglądzie | świeżo po serwisie | na zamówienie | polecam | od ręki | jak w opisie | wszystkie części "
    "| faktura vat | fv | fvat | fv23 | faktura vat 23 | gwarancja rozruchowa | nr # na aukcji | do dziś",
}

_NOISE = {
    "drum kit": "perkusja elektroniczna | perkusja",
    "sleeve only": "sama okładka płyty",
    "in carrying case": "z walizką",
    "empty box": "puste pudełko | puste opakowanie | pusty karton | puste pudełka | pudełko puste | "
    "opakowanie puste | karton pusty | puste etui | pusta pudełko | pusty box | pusty futerał | bez "
    "zawartości | pusta skrzynka | puste pudło",
    "box only": "samo pudełko | tylko pudełko | sam karton | samo opakowanie | tylko opakowanie | tylko "
    "karton | wyłącznie pudełko | same pudełko | sam box | pudełko bez telefonu | pudełko bez gry | pudełko "
    "bez | jedynie pudełko | samo oryginalne pudełko | tylko box | opakowanie bez | karton bez | sama "
    "okładka | bez płyty | sam futerał",
    "original box": "oryginalne pudełko | oryginalne opakowanie | z pudełkiem | w pudełku | pudełko i "
    "papiery | pełny zestaw | pełen komplet | pudełko i dokumenty | z oryginalnym pudełkiem | w oryginalnym "
    "pudełku | w oryginalnym opakowaniu | z kartonem | w kartonie | full set | komplet pudełko",
    "sealed": "zafoliowany | zafoliowana | zafoliowane | zaplombowany | zaplombowana | w folii | "
    "nieotwierany | nieotwierana | nieotwierane | nierozpakowany | nierozpakowana | nie otwierany | nie "
    "otwierane | fabrycznie zapakowany",
    "new in box": "nowy w pudełku | nowa w pudełku | nowe w pudełku | nowy w opakowaniu | nówka w pudełku",
    "box": "pudełko | pudełka | karton | pudło | pudelko",
    "packaging": "opakowanie | opakowania",
    "lot": "zestaw # sztuk | pakiet | paczka | hurtowo | kolekcja | miks | partia | zbiór | większa ilość "
    "| cała kolekcja | pełna kolekcja | resztki | wyprzedaż kolekcji",
    "bundle": "w jednym zestawie | oba | obie | wszystkie trzy | zestaw trzech | zestaw gier | razem | "
    "komplet gier | w pakiecie",
    "set of #": "zestaw # | komplet # | pakiet # | paczka # | zestaw po #",
    "# pcs": "# sztuk | # sztuki | # szt | # szt. | # elementy sztuk | # egzemplarze | # egzemplarzy",
    "2 pcs": "dwie sztuki | dwa komplety | para sztuk | obie sztuki | x2 sztuki | dwie szt",
    "3 pcs": "trzy sztuki",
    "4 pcs": "cztery sztuki",
    "one pair": "jedna para",
    "pair": "para | pary",
    "right only": "tylko prawy | tylko prawa | prawa słuchawka | sama prawa | tylko prawy but | prawy but",
    "left only": "tylko lewy | tylko lewa | lewa słuchawka | sama lewa | tylko lewy but | lewy but",
    "metal card": "karta metalowa | metalowa karta | złota karta",
    "wtb": "kupię | kupie | szukam | poszukuję | poszukuje | skupuję | chętnie kupię | zakupię | "
    "poszukiwany | poszukiwana | poszukiwane | ktoś sprzeda | kto sprzeda | potrzebuję",
    "we buy": "skup | odkupimy | skupujemy | wycena | sprzedaj nam | odkup",
    "rare": "bardzo rzadki | bardzo rzadka | rzadki | rzadka | rzadkie | unikat | unikatowy | poszukiwany "
    "model | trudno dostępny | biały kruk",
    "swap only": "zamiana | zamienię | zamienie | wymienię na | zamienię na | wymiana na | tylko zamiana | "
    "zamiana na | wymiana za",
    "for rent": "wynajem | wynajmę | wypożyczalnia | wypożyczenie | do wynajęcia | wypożyczę | na doby | "
    "za dobę | na wynajem | najem | na weekend | doba",
    "repair service": "przyjmuję zlecenia | renowacja | zlecenia | naprawa | serwis | usługa | naprawy | "
    "wymiana szybki | wymiana ekranu | wymiana baterii | wymiana wyświetlacza | naprawiamy | regeneracja | "
    "usługa naprawy | odblokowanie | simlock zdejmowanie | odzyskiwanie danych | robocizna | konserwacja | "
    "czyszczenie matrycy | przegląd serwisowy | renowacja usługa | pogwarancyjny serwis | wymiana gniazda",
    "replica": "replika | kopia | podróbka | imitacja | nieoryginalny | nieoryginalna | nieoryginalne | "
    "falsyfikat | nie oryginał | nie oryginalny | klon | sztuczna biżuteria | bez oryginału | zamiennik "
    "niemarkowy | podroba",
    "reprint": "reprint | przedruk | reprodukcja | wznowienie nieoficjalne",
    "dummy": "atrapa | makieta | dummy | atrapy",
    "inspired by": "inspirowany | inspirowana | inspirowane | w stylu | na wzór",
    "compatible bricks": "zamiennik lego | nie lego | kompatybilne z lego | klocki kompatybilne",
    "preorder": "przedsprzedaż | preorder | pre-order | zapowiedź | premiera | dostępne od | "
    "przedpremierowo | rezerwacja",
    "deposit": "zaliczka | zadatek | kaucja | depozyt",
    "instalments": "na raty | raty | w # ratach | raty 0",
    "choose": "do wyboru | wybór | wybierz | różne kolory | różne rozmiary | różne modele | wszystkie "
    "rozmiary | wszystkie kolory | wiele kolorów | kolory do wyboru | rozmiary do wyboru | kolor do wyboru "
    "| rozmiar do wyboru | kilka kolorów | rozmiary od | na wybór | różne warianty | różne pojemności | "
    "wybór koloru | wybór rozmiaru | dowolny | na sztuki | cena za sztukę wybór",
    "photo only": "tylko zdjęcie | samo zdjęcie | tylko fotografia",
    "photo of": "zdjęcie | fotografia | pocztówka | wydruk | fotos | odbitka",
    "press photo": "zdjęcie prasowe",
    "poster": "plakat | plakaty",
    "art print": "grafika na ścianę | wydruk artystyczny | litografia",
    "oil painting": "obraz olejny | obraz na płótnie | malowany obraz",
    "wall art": "tabliczka metalowa | tablica reklamowa | szyld | tabliczka ozdobna | ozdoba na ścianę | "
    "metalowa tabliczka",
    "advertisement": "reklama | reklama prasowa | reklama z gazety | stara reklama | ulotka reklamowa",
    "brochure": "broszura | ulotka | folder | prospekt",
    "catalog": "katalog | cennik",
    "magazine page": "wycinek | artykuł z gazety | wycinek prasowy",
    "gift voucher": "karta podarunkowa | voucher | bon podarunkowy | kupon | kod rabatowy | karta upominkowa",
    "digital code": "kod cyfrowy | klucz aktywacyjny | klucz cyfrowy | konto cyfrowe | wersja cyfrowa | "
    "kod aktywacyjny | kod do pobrania | klucz steam | dostęp do konta | licencja | kod na grę",
    "raffle": "loteria | losowanie | los na | losy | konkurs",
    "mystery box": "tajemnicze pudełko | niespodzianka | paczka niespodzianka | pudełko niespodzianka | "
    "mystery",
    "please read": "czytaj opis | przeczytaj opis | proszę czytać opis | czytać opis | proszę przeczytać | "
    "czytaj | opis czytaj | uwaga opis | zapoznaj się z opisem | czytajcie opis",
    "as is": "stan jak widać | bez gwarancji działania | tak jak jest | sprzedaję jak jest | w takim "
    "stanie jak | bez gwarancji sprawności | nie daję gwarancji | nieznany stan",
}

_ACCESSORIES = table("""
    accessories: akcesoria | akcesorium; case: etui | pokrowiec | futerał | pokrowce | obudowa ochronna |
      kabura | plecki etui; carrying case: walizka | walizka transportowa | torba transportowa | torba na
      aparat | kuferek; cover: pokrywka | narzuta | zaślepka; protector: szkło hartowane | folia ochronna |
      szkło ochronne | folia na ekran | osłona; battery: bateria | akumulator | baterie | akumulatory |
      bateryjka | ogniwo; charger: ładowarka | ładowarki | zasilacz ładowarka | ladowarka; charging case:
      etui ładujące | case ładujący | pudełko ładujące; dock: stacja dokująca | stacja ładowania | podstawka
      ładująca | stacja ładująca; power supply: zasilacz | zasilacze | zasilacz sieciowy; power cord: kabel
      zasilający | przewód zasilający; cable: kabel | kable | przewód | taśma; flex cable: taśma flex;
    holder: uchwyt | uchwyty | podstawka | uchwyt na; wall mount: uchwyt ścienny | wieszak ścienny; bracket:
      wspornik | mocowanie; stand: stojak | noga | nogi | statyw mikrofonowy; tripod: statyw; remote
      control: piloty; controller: kontroler | pady | dżojstik; strap: pasek | paski | pasek na ramię; watch
      strap: pasek do zegarka | pasek zegarka | bransoleta do zegarka; bracelet: bransoleta | bransoletka;
    bracelet links: ogniwa | ogniwa bransolety; dial: tarcza | cyferblat; hands: wskazówki; crown: koronka;
    buckle: sprzączka | klamra | zapięcie; crystal: szkiełko | szkło do zegarka; bezel: bezel | pierścień;
    movement: sam mechanizm | werk; lens cap: dekielek | dekiel obiektywu; rear cap: dekiel tylny | tylny
      dekielek; body cap: dekiel body | zaślepka body; lens hood: osłona przeciwsłoneczna; eyecup: muszla
      oczna; battery grip: grip | uchwyt grip; lid: pokrywa | klapka | przykrywka; battery cover: klapka
      baterii | pokrywa baterii | zaślepka baterii; back glass: tylna klapka | plecki | szkło tylne | tylna
      szybka; digitizer: szybka | dotyk | digitizer | szybka dotyk; screen: ekran | wyświetlacz | matryca |
      wyswietlacz; housing: obudowa | korpus obudowy | ramka; replacement part: część zamienna | część |
      element; replacement parts: części zamienne | części do; replacement: zamiennik | zamienny | zamienna
      | zamienne; manual: podręcznik; user manual: instrukcja | instrukcja obsługi | instrukcje | książeczka
      instrukcja; instruction manual: instrukcja budowania | instrukcja montażu; booklet: książeczka;
    service manual: instrukcja serwisowa | instrukcja napraw; receipt: paragon | faktura | dowód zakupu |
      rachunek; certificate: certyfikat | certyfikat autentyczności; papers: papiery | dokumenty; warranty:
      gwarancja | na gwarancji | gwarancją; warranty card: karta gwarancyjna; dustbag: worek przeciwkurzowy
      | dustbag | worek; keychain: brelok | breloczek; mug: kubek; brush: szczotka | szczotki | szczoteczka
      wymienna; brush head: końcówka | końcówki | główka | końcówki do szczoteczki; nozzle: dysza | ssawka |
      końcówka ssąca; hose: wąż | rura; dust bin: pojemnik na kurz; drip tray: tacka ociekowa; reservoir:
      zbiornik | zbiornik na wodę | pojemnik na wodę; portafilter: kolba; gasket: uszczelka | uszczelki;
    screws: śruby | śrubki | wkręty; mainboard: płyta główna | płytka | moduł | plyta glowna; blade: ostrze
      | ostrza | nóż | tarcza tnąca | brzeszczot; fan: wentylator | wentylatory; cooler: chłodzenie |
      cooler; heatsink: radiator; knob: gałka | pokrętło | potencjometr; button: przycisk | przyciski |
      guzik | klawisz | klawisze | wyłącznik | włącznik; handle: rączka | uchwyt boczny | rękojeść | klamka;
    hinge: zawias | zawiasy; wheels: koła | kółka; wheel: koło | felga; laces: sznurówki | sznurowadła;
    insoles: wkładki | wkładka; ear pads: nausznice | pady do słuchawek | gąbki | poduszki do słuchawek |
      gumki; cushion: poduszka; attachment: nasadka | przystawka; insert: wkład; light kit: zestaw
      oświetlenia | oświetlenie led; display case: gablota | witryna; minifigures: figurki lego |
      minifigurki | ludziki; filter: filtr | filtry; adapter: przejściówka | adapter | redukcja; charm:
      zawieszka; game case: obwoluta | okładka gry; whisk: trzepaczka
    """)

_PARTS = table("""
    brushes: szczotki węglowe | szczotki do wiertarki; padlock: kłódka; neck: gryf; strings: struny; fork:
      widelec rowerowy; course: lekcje; chuck: uchwyt wiertarski; hook: hak | hak przerzutki; cup: misa |
      dzbanek | kielich; panel: panel; frame: rama | widelec | ramka ekranu; base: podeszwa | podstawa |
      stopka; pedal: pedał | pedały; motor: silnik | silniczek; pump: pompa | pompka; switch: przełącznik |
      stycznik; mount: bagnet | stopka mocująca; mirror: lusterko | lustro; sensor: czujnik | sonda;
    shutter: migawka; port: gniazdo | złącze ładowania | gniazdo ładowania | port ładowania; plate: blacha;
    tray: szuflada | taca; chain: łańcuch | łańcuszek; gearbox: przekładnia | zębatka | zębatki; door: drzwi
      | drzwiczki; rail: prowadnica; spring: sprężyna; pin: sworzeń | ośka; guard: błotnik; headband: pałąk;
    seal: simmering; basket: kosz | koszyk; clip: zaczep | zatrzask; grip: chwyt; pads: klocki hamulcowe;
    tip: grot; sticker: naklejka | naklejki; recipe book: przepisy | książka kucharska; speaker: głośniczek;
    antenna: antena
    """)

_CONDITIONS = {
    "new": "nowy | nowa | nowe | nówka | fabrycznie nowy | nowiutki | nowka | nowych | nowe!",
    "like new": "jak nowy | jak nowa | jak nowe | stan idealny | idealny stan | stan jak nowy | stan "
    "perfekcyjny | idealny | idealna | perfekcyjny stan | stan bardzo dobry plus | prawie nowy | prawie "
    "nowa",
    "used": "używany | używana | używane | uzywany | uzywana | używka | z drugiej ręki",
    "unused": "nieużywany | nieużywana | nieużywane | nie używany | nie używana | nienoszony | nienoszone "
    "| nie noszone | nigdy nieużywany | nieuzywany",
    "worn": "ślady użytkowania | ślady używania | normalne ślady | noszone | ślady noszenia | zużycie | "
    "wytarcia",
    "very good": "bardzo dobry | bardzo dobra | bardzo dobre | bdb | stan bdb | rewelacyjny | świetny",
    "good": "dobry | dobra | dobre | stan db | ładny | ładna | ładne | zadbany | zadbana",
    "condition": "stan | stanie",
    "flawless": "bez zarzutu | nienaganny | bezbłędny",
    "fully working": "w pełni sprawny | w pełni sprawna | w pełni sprawne | w 100% sprawny | 100% sprawny "
    "| w pełni działający | działa bez zarzutu | działa idealnie | działa w 100% | wszystko działa | "
    "całkowicie sprawny | w pełni funkcjonalny | 100% sprawna | działa perfekcyjnie | działa prawidłowo",
    "working": "sprawny | sprawna | sprawne | działa | działający | działająca | działające | działają | "
    "dziala | ok",
    "tested": "przetestowany | przetestowana | przetestowane | sprawdzony | sprawdzona | sprawdzone | "
    "testowany",
    "refurbished": "odnowiony | odnowiona | odnowione | regenerowany | regenerowana | po regeneracji | "
    "odrestaurowany | po renowacji | refabrykowany",
    "repaired": "naprawiony | naprawiona | naprawione | po naprawie",
    "replaced": "wymieniony | wymieniona | wymienione | wymienione na nowe",
    "complete": "kompletny | kompletna | kompletne | komplet | pełny komplet",
    "scratches": "rysy | ryski | rysa | ryska | zarysowania | zarysowanie | rysek | rys | zadrapania | "
    "mikrorysy",
    "scratched": "porysowany | porysowana | porysowane | zarysowany",
    "unlocked": "bez simlocka | bez simlock | bez blokad | odblokowany | odblokowana | bez blokady | bez "
    "sim locka | wolny od simlocka",
    "worn battery": "słaba bateria | bateria słaba | bateria do wymiany | zużyta bateria | bateria zużyta "
    "| bateria trzyma krótko | słaby akumulator | akumulator do wymiany | padnięta bateria | bateria "
    "padnięta",
    "free shipping": "darmowa wysyłka | wysyłka gratis | darmowa dostawa | wysyłka w cenie | przesyłka "
    "gratis | dostawa gratis | kw w cenie",
    "local pickup": "odbiór osobisty | tylko odbiór osobisty | tylko odbiór | odbiór własny | bez wysyłki",
    "original": "oryginalny | oryginalna | oryginalne | oryginał | org | oryg | orginalny",
    "genuine": "autentyczny | autentyczna | prawdziwy",
    "edition": "edycja | wydanie | edycji",
    "limited": "limitowany | limitowana | limitowane",
    "1st edition": "pierwsze wydanie | wydanie pierwsze | i wydanie | wydanie i | pierwsza edycja",
    "vintage": "stary | stara | stare | antyk | zabytkowy | prl | retro",
    "1st": "pierwsza | pierwszy",
}

_KINDS = table("""
    camera: aparat | aparat fotograficzny | aparat cyfrowy | lustrzanka | bezlusterkowiec | lustrzanka
      cyfrowa; video camera: kamera; lens: obiektyw | obiektywy; watch: zegarek | zegarki; wristwatch:
      zegarek naręczny; mens watch: zegarek męski; womens watch: zegarek damski; phone: telefon | smartfon |
      komórka | telefony; headphones: słuchawki | słuchawki nauszne; earphones: słuchawki douszne; speaker:
      kolumna | kolumny | głośniki; tv: telewizor; graphics card: karta graficzna; hard drive: dysk twardy |
      dysk; ram: pamięć ram; keyboard: klawiatura; mouse: mysz | myszka; computer: komputer; console:
      konsola; game: gra | gra planszowa | planszówka; games: gry; card: karta; cards: karty; figure:
      figurka; toy: zabawka; coin: moneta; coins: monety; stamp: znaczek; stamps: znaczki; book: książka |
      powieść; books: książki; comic: komiks; comics: komiksy; record: winyl płyta | płyta winylowa; vinyl:
      winyl | winyle; shoes: buty | obuwie; sneakers: trampki | sneakersy | adidasy; boots: trzewiki |
      kozaki; jacket: kurtka; bag: torba | torebka | torebki; handbag: torebka damska; shoulder bag: torebka
      na ramię; crossbody bag: listonoszka; backpack: plecak; wallet: portfel; sunglasses: okulary
      przeciwsłoneczne; glasses: okulary; drill: wiertarka | wkrętarka | wiertarko-wkrętarka | wiertarko
      wkrętarka; hammer drill: wiertarka udarowa; rotary hammer: młotowiertarka | młot udarowy | młot;
    impact driver: zakrętarka | klucz udarowy; angle grinder: szlifierka kątowa; saw: piła | pilarka |
      zagłębiarka; jigsaw: wyrzynarka; chainsaw: piła łańcuchowa | pilarka łańcuchowa; sander: szlifierka;
    planer: strug; router: frezarka; trimmer: podkaszarka | kosa spalinowa | kosiarka; blower: dmuchawa;
    tool: narzędzie; vacuum: odkurzacz; robot vacuum: robot sprzątający; mixer: robot kuchenny | mikser |
      robot planetarny | robot | robot wieloczynnościowy; washing machine: pralka; dryer: suszarka;
    dishwasher: zmywarka; fridge: lodówka; coffee machine: ekspres | ekspres do kawy | ekspres ciśnieniowy;
    bicycle: rower; electric bicycle: rower elektryczny; scooter: hulajnoga | hulajnoga elektryczna; guitar:
      gitara; bass: bas; amplifier: wzmacniacz; turntable: gramofon; binoculars: lornetka; shaver: maszynka
      | golarka; toothbrush: szczoteczka | szczoteczka do zębów; necklace: naszyjnik; earrings: kolczyki;
    perfume: perfumy; pen: pióro | pióro wieczne; player: odtwarzacz; radio: radioodbiornik; blocks: klocki
    """)

_COLOURS = table("""
    black: czarny | czarna | czarne; white: biały | biała | białe; gray: szary | szara | szare; red:
      czerwony | czerwona | czerwone; blue: niebieski | niebieska | niebieskie; green: zielony | zielona |
      zielone; yellow: żółty | żółta; brown: brązowy | brązowa | brązowe; pink: różowy | różowa | różowe;
    purple: fioletowy | fioletowa; gold: złoty | złota | złote; silver: srebrny | srebrna | srebrne; orange:
      pomarańczowy; navy: granatowy | granatowa; clear: przezroczysty | przezroczyste; leather: skóra |
      skórzany | skórzana | skórzane; titanium: tytan | tytanowy; steel: stal | stalowy | stalowa; wood:
      drewno | drewniany; rubber: gumowy | gumowa; plastic: plastikowy | plastikowa; mens: męskie | męski |
      męska; womens: damskie | damski | damska; kids: dziecięce | dziecięcy | dziecięca | dla dzieci; size:
      rozmiar | rozm | roz; large: duży | duża | duże; small: mały | mała | małe; series: seria; vol: tomy;
    year: rok
    """)

_FAULTS = {
    "for parts": "na części | na czesci | na cześci | dawca | jako dawca | dawca części | dla "
    "majsterkowicza | dla majsterkowiczów | dla fachowca | na dawcę | dla złotej rączki | dla serwisu | dla "
    "elektronika | na podzespoły | na rozbiórkę | do rozbiórki | do majsterkowania | na dawce | na czesc | "
    "części z | na części zamienne | na organy | na dawcę części | jako części | do wykorzystania na części",
    "for repair": "niemy kanał | do naprawy | do remontu | do renowacji | do serwisu | wymaga naprawy | do "
    "regeneracji | do odświeżenia | wymaga serwisu | wymaga remontu | do przeglądu | wymaga wymiany | do "
    "wymiany | do zrobienia | do poprawek | wymaga regulacji | wymaga przeglądu | wymaga regeneracji | do "
    "odnowienia | pod naprawę | na remont | do lutowania | wymaga czyszczenia | wymaga strojenia | do "
    "czyszczenia | do uruchomienia | do sprawdzenia | do reanimacji | do dopieszczenia | wymaga interwencji "
    "| wymaga uwagi | wymaga pracy",
    "defective": "uszkodzony | uszkodzona | uszkodzone | zepsuty | zepsuta | zepsute | niesprawny | "
    "niesprawna | niesprawne | wadliwy | wadliwa | popsuty | popsuta | padnięty | padnięta | padł | padła | "
    "awaria | usterka | usterki | usterką | wada | wady | spalony | spalona | martwy | martwa | zwarcie | "
    "uszkodzony na | uszkodzenie | uszkodzenia | niedziałający | niedziałająca | niedziałające | nie dziala "
    "| uszkodzon* | zepsut* | niesprawn* | wadliw* | usterk* | usterek | wad | wadą | uszkodzeń | "
    "uszkodzeniem | niedziałając* | awarią | awarii | pali bezpieczniki | pali bezpiecznik | wywala "
    "bezpieczniki | wywala korki | strzela | kopci | śmierdzi spalenizną | spalon* | padnięt* | zdechł* | "
    "zepsuł się | popsut* | nie sprawn* | nie sprawny | z usterką | z uszkodzeniem | z wadą | ma usterkę | "
    "drobna usterka | do kasacji | na złom | wrak | trup | rozwalon*",
    "not working": "nie daje oznak życia | brak oznak życia | bez oznak życia | nie reaguje | wyłącza się "
    "| sam się wyłącza | gaśnie | czarny ekran | niebieski ekran | zbanowany | zbanowana | przestał działać "
    "| przestała działać | ban na | nie ma obrazu | nie widzi | nie wykrywa | nie odpala | nie startuje | "
    "nie wstaje | nie podnosi się | nie świeci | nie wyświetla | nie kopie | nie dostaje prądu | nie "
    "załącza się | nie łapie | nie wysuwa | nie czyta płyt | nie widzi karty | nie ostrzy | nie robi zdjęć "
    "| nie nagrywa | nie kręci | zgasł | zgasła | nie wydaje dźwięku | bez dźwięku | brak dźwięku",
    "faulty": "problem | problemy | z problemem | szwankuje | awaryjny | niemy | niem* kanał | jeden kanał "
    "niemy | jeden kanał nie gra | jeden kanał | nie gra jeden kanał | gra jeden kanał | gra tylko jeden "
    "kanał | gra na jeden kanał | buczy | bucząc* | brumi | przydźwięk | charczy | rzęzi | piszczy | "
    "zgrzyta | stuka | hałasuje | zniekształca | gra cicho | gra źle | źle działa | słabo działa | działa "
    "źle | działa częściowo | częściowo sprawn* | częściowo działa | nie w pełni sprawn* | działa "
    "połowicznie | nie do końca sprawn* | problemem | problemów | kłopoty | szwankuj* | nie działa jeden | "
    "ślizga | nie stroi | rozstrojon*",
    "damaged": "wgniecenie | wgniecenia | wgniecony | obity | obita | obite | zniszczony | zniszczona | "
    "zniszczone | zły stan | po upadku | stan zły | powypadkowy | wgnieceni* | wgniecion* | pogięt* | "
    "wygięt* | skrzywion* | krzyw* | zniszczon* | dziura | dziury | przetarcia na wylot | przypalon* | "
    "zardzewiał* | rdza | naderwan* | podart* | poplamion* | zaplamion* | zużyt* mocno | mocno zużyt* | "
    "mocno zniszczon* | w złym stanie | do poprawki | po przejściach | wypadkow*",
    "water damage": "zalany | zalana | zalanie | zalane | korozja | po zalaniu | zamoczony | zalan* | "
    "zamoczon* | po kąpieli | po kontakcie z wodą | wylane baterie | wylana bateria | zalany bateriami | "
    "zaśniedział*",
    "broken": "złamany | złamana | złamane | urwany | urwana | ułamany | ułamana | wyłamany | wyłamana | "
    "odklejona podeszwa | zerwany | zerwana | złaman* | urwan* | ułaman* | wyłaman* | zerwan* | odklejon* | "
    "odkleja się | rozklejon* | rozkleja się | połaman*",
    "cracked": "pęknięty | pęknięta | pęknięte | pęknięcie | pęknięcia | rozbity | rozbita | rozbite | "
    "zbity | zbita | zbite | stłuczony | stłuczona | wyszczerbiony | rozdarty | rozdarta | rozprucie | "
    "pęknięt* | pęknięć | pęknięciem | rozbit* | zbit* | stłuczon* | popękan* | nadpęknięt* | wyszczerbion* "
    "| rozdart* | pajączek na szybce",
    "cracked screen": "zbita szybka | rozbity ekran | pęknięty ekran | zbity ekran | pęknięta szybka | "
    "rozbita szybka | zbity wyświetlacz | ekran do wymiany | uszkodzony ekran | pęknięty wyświetlacz | "
    "szybka do wymiany | stłuczony ekran | stłuczona szybka | uszkodzony wyświetlacz | ekran zbity",
    "untested": "niesprawdzany | niesprawdzana | nie testowany | niesprawdzony | niesprawdzona | "
    "nietestowany | nietestowana | nietestowane | nie sprawdzony | nie sprawdzałem | nie testowałem | brak "
    "możliwości sprawdzenia | nie mam jak sprawdzić | bez możliwości sprawdzenia | stan nieznany | nie wiem "
    "czy działa | nie wiadomo czy działa | niesprawdzone | nie sprawdzana | nie sprawdzane | nie mam "
    "możliwości sprawdzenia | niewiadomy stan | brak możliwości przetestowania | niesprawdzan* | "
    "nietestowan* | niesprawdzon* | nie sprawdzon* | bez sprawdzania | nie testowan* | brak zasilacza do "
    "sprawdzenia | nie mam zasilacza | nie mam ładowarki | nie mam czym sprawdzić | nie znam się | nie wiem "
    "czy | nie podłączan* | niepodłączan* | nieznany stan techniczny | stan techniczny nieznany | jako "
    "niesprawdzony | sprzedaję jako niesprawn* | sprzedaję jako uszkodzon* | bez testów",
    "incomplete": "niekompletny | niekompletna | niekompletne | brak części | brakuje części | brakuje "
    "elementów | brak elementów | braki | brakuje kilku | nie kompletny | nie kompletne | niepełny | "
    "niepełny zestaw | bez końcówek mocy | bez końcówki mocy | bez silnika | bez ekranu | bez matrycy | bez "
    "dysku | bez płyty głównej | bez mechanizmu | bez wskazówek | bez szkiełka | bez soczewki | bez igły | "
    "bez wkładki gramofonowej | bez ramienia | bez obudowy | bez klapki baterii | bez klapki | bez koła | "
    "bez kół | bez strun | bez mostka | bez kluczy | bez głośników | bez transformatora | bez zasilacza "
    "wewnętrznego | bez figurek | bez ludzików | bez figurki | brak figurek | brak kilku | brak klapki | "
    "brak pokrywy | brak pokręteł | brak gałki | brak stron | brak kart | brak pionków | brakuje stron | "
    "brakuje kart | brakuje klocków | brak klocków | brakuje figurek | niekompletn* | niepełn* | "
    "zdekompletowan* | ogołocon*",
    "icloud locked": "blokada icloud | icloud zablokowany | zablokowany icloud | z icloud | na icloud | "
    "konto icloud",
    "activation locked": "blokada konta | zablokowany | zablokowana | konto google | blokada google | "
    "zapomniane hasło | blokada aktywacji | blokada frp | zablokowany kontem | blokada pin | zablokowan* | "
    "blokad* | z blokadą | blokada simlock | hasło bios | bios zablokowany | hasło na bios | mdm | blokada "
    "mdm | nieznane hasło | nieznany pin | z kontem google | zapomniany pin | zapomniany wzór | konto "
    "xiaomi | mi konto | konto mi | konto samsung",
    "blacklisted": "kradziony | imei zablokowany | na czarnej liście | zastrzeżony imei",
    "intermittent": "nie styka | przerywa | trzeszczy | trzeszczą | czasami | brak styku | szumi | chrobocze",
    "flickering": "miga | migocze | mruga",
    "dead pixels": "martwe piksele | bad pixele | martwy piksel | badpixele | wypalone piksele",
    "lines on screen": "paski na ekranie | linie na ekranie | pionowe paski | zielona linia | plama na "
    "ekranie | plamy na matrycy | pasy na ekranie | linia na ekranie | plamy na ekranie | pasek na ekranie",
    "artifacts": "artefakty | artefaktuje",
    "screen burn": "wypalony ekran | wypalenie ekranu | wypalony wyświetlacz | wypalenia",
    "overheats": "przegrzewa się | grzeje się | przegrzewa",
    "crashes": "zawiesza się | restartuje się | resetuje się | zacina się | bootloop | zawiesza | wiesza się",
    "error code": "kod błędu | błąd | wywala błąd | pokazuje błąd",
    "fungus": "grzyb | pleśń | grzyby | grzybem | grzyba | pleśni | grzybek | zagrzybion* | pajęczynka | "
    "mgiełka | zamglon* | zaparowan* | rozklejone soczewki",
    "rust inside": "zardzewiały | rdza w środku | zardzewiała",
    "stuck": "zacięty | zacięta | zacięte | stanął | stanęła | zablokowany mechanizm | zapieczony | "
    "zatarty | zacina | zacięt* | zatart* | zapieczon* | zablokowany zoom | nie obraca się | nie kręci się "
    "| ciężko chodzi | ciężko pracuje | zaolejone listki | zaolejona przysłona | zaklejone | tłuste listki "
    "| nie domyka się | nie zamyka się",
    "leaks": "cieknie | przecieka | wyciek | wycieki",
    "stick drift": "drift | dryf | driftuje | dryfują | driftują",
}

POLISH = Language(
    code="pl",
    signs="bez stan pudełko pudełku pudełkiem używany używana nowy nowa nowe działa sprawny sprawna ekran "
    "bateria ładowarka etui pokrowiec kabel instrukcja gwarancja zestaw sztuk części uszkodzony uszkodzona "
    "nie dla oraz czarny czarna biały biała wysyłka idealny bardzo dobry dobra oryginalny oryginalna "
    "oryginalne kupię szukam zegarek buty torebka telefon aparat obiektyw słuchawki gra płyta książka "
    "konsola komplet jak ładny rozmiar tylko pusty puste brak kolekcja zamiana naprawa wymiana rysy klocki "
    "jeden kanał amplituner wzmacniacz gramofon obiektywem zegarka zegarkiem paska panele obudowa czerwone "
    "niebieskie zielone sprzedam stanie zdjęcia książki trzy dwa dwie pięć głośniki kolumny przedni tylny "
    "lewy prawy zamienię wymienię wypożyczę oryginał używane uszkodzone działające",
    translations=(
        POLISH_PROTECTED,
        POLISH_OFFERS,
        _GRAMMAR,
        _NOISE,
        _ACCESSORIES,
        _PARTS,
        POLISH_PARTS,
        _CONDITIONS,
        _KINDS,
        _COLOURS,
        POLISH_CASES,
    ),
    faults=_FAULTS,
    negations="nie | nigdy",
    nones="brak | bez | żadnych | żaden | żadnej | zero | wolny od | nie ma",
    works="działa | działają | działał | działający | sprawny | sprawna | sprawne | włącza | włączają | "
    "uruchamia | odpala | startuje | ładuje | ładują | czyta | kręci | reaguje | drukuje | grzeje | trzyma "
    "| wykrywa | rozpoznaje | ssie | pompuje | chłodzi | ostrzy | zamyka | otwiera | gra | odtwarza | tnie "
    "| wiruje | odpompowuje | używalny | łączy | paruje | wyświetla | pokazuje | miele | mieli | spienia | "
    "wchodzi | zapisuje | bije | chodzi | nadaje | obraca | podaje | żyje | mrozi | pierze",
    functions="obraz | obrazu | dźwięk | dźwięku | sygnał | sygnału | zasięg | zasięgu | ssania | iskry | "
    "kompresji | pary | życia | ciśnienia | autofocus | autofocusa | podświetlenia | dotyku | działania | "
    "ładowania | mocy | łączności | reakcji | prądu | dźwięków | fonii | wizji | napięcia | zasilania | "
    "grzania | chłodzenia | ciągu | hamulca | hamulców",
    fillers="się | już | w ogóle | dobrze | poprawnie | zawsze | bardzo | całkiem | wszystko | jest | są | "
    "niestety | ma | też | do | na | w | w pełni | prawidłowo | chce | oznak | za | i | to | jego | każdy | "
    "całkowicie | czasem",
    cures="naprawiony | naprawiona | naprawione | wymieniony | wymieniona | wymienione | usunięty | "
    "usunięta | nowy | nowa | nowe | po naprawie | po wymianie | odnowiony | odnowiona | regenerowany | "
    "naprawiono | naprawion* | wymienion* | usunięt* | odnowion* | regenerowan* | po regeneracji | po "
    "remoncie | po renowacji | wyregulowany | wyczyszczony | przesmarowany | zrobiony | zrobiona | nowymi | "
    "nowego | nowej | rozwiązany | wyeliminowany",
    packaging="pudełko | opakowanie | karton | oryginalne pudełko | oryginalne opakowanie | okładka | folia",
    noun_first=True,
    endings="a ą ę e ego emu ej y ym ych ymi i im ich imi iego iej u em ie iem ów om ami ach owi o",
)
