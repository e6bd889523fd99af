"""Polish things and turns of phrase: words that mean two things, parts by trade, and cases."""

from __future__ import annotations

from watcher.core.titles.languages.base import table

POLISH_PROTECTED = {
    "": "sprzedam lub wymienię | sprzedam/zamienię | zamienię lub wymienię | łatwy montaż | do kolekcji | "
    "do grania | do nauki | do domu | do szkoły | do biura | do pracy | do biegania | do gier | do "
    "fotografii | do zdjęć | do muzyki | do sprzedania | do sprzedaży | do odbioru | do wysyłki | do "
    "obejrzenia | do użytku | do jazdy | do zabawy | do uzgodnienia | do ustalenia | do rozmowy | do końca "
    "| do codziennego użytku | do kawy | do golenia | do strzyżenia | do szycia | do włosów | do zębów | do "
    "twarzy | do chleba | do mięsa | do drewna | do metalu | do betonu | do trawy | do nauki gry | do "
    "samodzielnego | do # zł | do # osób | do # kg | do #m | do #kg | dla niej | dla niego | dla kobiety | "
    "dla mężczyzny | dla chłopca | dla dziewczynki | dla kolekcjonera | dla kolekcjonerów | dla fana | dla "
    "fanów | dla każdego | dla gracza | dla początkujących | dla wymagających | dla profesjonalistów | na "
    "prezent | idealny na prezent | idealna na prezent | idealne na prezent | pomysł na prezent | świetny "
    "prezent | prezent | pod choinkę | na święta | na komunię | na urodziny | nowa kolekcja | kolekcja "
    "jesień | kolekcja zima | kolekcja lato | super stan | stan super | super cena | świeży serwis | "
    "zrobiony serwis | po serwisach | ostatni serwis | serwisowany | serwisowana | regularnie serwisowany | "
    "serwis zrobiony | pełny serwis zrobiony | po wymianie pasków | po wymianie uszczelek | po wymianie "
    "kondensatorów | wymienione kondensatory | jedyny taki | jedyna taka | jak nowy bez śladów | niepalący "
    "| brak śladów | bez śladów | bez śladów użytkowania | brak śladów użytkowania | bez rys | bez rysek | "
    "brak rys | bez pęknięć | bez wgnieceń | bez uszkodzeń | bez wad | bez usterek | nie wymaga wkładu | "
    "nie wymaga naprawy | bez wkładu | bez wkładu finansowego | nic do roboty | wysyłka w 24h | wysyłka 24h "
    "| wysyłka dziś | wysyłka jutro | wysyłka inpost | wysyłka olx | paczkomat | możliwość sprawdzenia | "
    "możliwość przetestowania | do sprawdzenia na miejscu | do przetestowania | można sprawdzić | można "
    "przetestować | cena ostateczna | ostateczna cena | cena do uzgodnienia | nie negocjuję | bez "
    "negocjacji | tylko dziś | tylko poważne oferty | na gwarancji do | wada druku | odporny na wstrząsy | "
    "odporny na upadki | odporna na upadki | wodoodporny | nieużywany od | z domu | od nowości | pierwszy "
    "właściciel | jeden właściciel | jedyny właściciel | z polskiej dystrybucji | polska dystrybucja | "
    "polski salon | z salonu | kupiony w polsce",
    "collectors edition": "edycja kolekcjonerska | wydanie kolekcjonerskie | edycji kolekcjonerskiej | "
    "edycję kolekcjonerską",
    "sealed": "nowa folia | folia fabryczna | oryginalna folia | fabryczna folia | w oryginalnej folii | "
    "plomba fabryczna | oryginalna plomba | nowy folia | nowa zafoliowana",
    "screen protector": "folia do | folia na | folia szkło | folie",
    "same": "taki sam | taka sama | takie samo | ten sam | ta sama | to samo | takie same | te same",
    "similar to": "taki sam jak | taka sama jak | jak w | tak jak | bliźniaczy do | bliźniak | odpowiednik "
    "| zbliżony do | brat | młodszy brat | starszy brat | konkurent | konkurencja dla | adaptacja | na "
    "motywach | na podstawie",
    "than": "lepsza niż | lepsze niż | tańszy niż | tańsza niż | nowszy niż | nowsza niż | szybszy niż | "
    "mocniejszy niż | zamiast | nie mylić z | w odróżnieniu od | w przeciwieństwie do",
    "successor of": "kontynuacja | następna część | nowsza wersja | poprzednia wersja | ulepszona wersja | "
    "ulepszony",
    "vol #": "tom #",
    "vol 1": "tom i",
    "telescope": "luneta celownicza | luneta astronomiczna | luneta obserwacyjna | luneta myśliwska | "
    "luneta biegowa",
    "like new": "stan igła | igła stan | jak igła | w stanie idealnym | idealnym stanie | w idealnym "
    "stanie | stan salonowy",
    "@ module": "igła do | igła gramofonowa | igła",
    "@ tableware": "serwis kawowy | serwis obiadowy | serwis do kawy | serwis do herbaty | serwis "
    "porcelana | garnitur kawowy",
    "remote control": "pilot do | pilot od | pilot tv | pilot uniwersalny | pilot zdalnego sterowania | "
    "pilot zdalnego | pilot oryginalny | nowy pilot | z pilotem | bez pilota | brak pilota",
    "remote control module": "pilota",
    "steering wheel module": "kierownica do | kierownica rowerowa | kierownica samochodowa | kierownica "
    "skórzana do",
    "not included": "bez zestawu | do dokupienia | nie wchodzi w skład",
    "with original box": "z oryginalnym opakowaniem | z pudełkiem i dokumentami | komplet z pudełkiem | "
    "pudełko papiery | pudełko papiery komplet | z papierami | z opakowaniem | pudełko instrukcja | w "
    "komplecie z pudełkiem",
    "empty box": "puszka bez | pudełko i papiery bez | pudełko + papiery bez | puszka metalowa | "
    "opakowanie po | pudełko po | karton po | puszka po | pudełka po | puste | pusta puszka | pusta "
    "obwoluta | pusta okładka | samo etui po",
    "damaged box": "pudełko uszkodzone | uszkodzone pudełko | naderwane pudełko | zniszczone pudełko | "
    "pudełko zniszczone | pogniecione pudełko | pudełko pogniecione | pudełko naderwane | pęknięte pudełko "
    "| pudełko pęknięte | pęknięta okładka pudełka | uszkodzone opakowanie | opakowanie uszkodzone | "
    "zgnieciony karton | wgnieciony karton | pudełko ze śladami | pudełko lekko uszkodzone | pudełko "
    "przetarte | porysowane pudełko | zniszczona obwoluta | uszkodzona obwoluta",
    "battery replaced": "bateria nowa | nowe ogniwa | nowe baterie | bateria po wymianie | bateria w "
    "dobrym stanie | bateria trzyma | bateria # percent | bateria #% | kondycja # percent | stan baterii | "
    "bateria trzyma dobrze | bateria idealna | bateria jak nowa | bateria oryginalna",
    "with clean housing": "obudowa do odświeżenia | obudowa do wymiany | obudowa ze śladami | obudowa po "
    "odnowieniu | obudowa lekko | obudowa porysowana | obudowa idealna | obudowa stan | obudowa po "
    "lakierowaniu | porysowana obudowa | ładna obudowa | obudowa wytarta | obudowa do poprawek | obudowa do "
    "malowania",
    "with clean screen": "ekran idealny | ekran bez rys | ekran jak nowy | ekran bez śladów | ekran igła | "
    "ekran stan idealny | ekran bez pęknięć | matryca idealna | matryca bez | ekran czysty | wyświetlacz "
    "bez rys",
    "hardcover": "twarda oprawa | oprawa twarda | twarda okładka | okładka twarda",
    "softcover": "miękka oprawa | oprawa miękka | miękka okładka | okładka miękka",
    "hand wound": "ręczny naciąg | nakręcany ręcznie | naciąg ręczny",
    "manual focus": "ręczna ostrość | manualny | manualna",
    "carrying case included": "w walizce | w walizeczce | walizka w komplecie | walizka w zestawie",
    "induction hob": "płyta indukcyjna",
    "cd": "płyta cd | płyty cd",
    "dvd": "płyta dvd | płyty dvd",
    "disc only": "sama płyta | tylko płyta | sama płyta bez",
    "@ sparepart": "płyta czołowa | płyta przednia | płyta tylna | front panel do | panel przedni | panel "
    "frontowy | panel tylny",
    "replica": "kopie | repliki | podróbki | jak oryginał | podobna do oryginału | nieoryginalny zamiennik "
    "| chińska wersja | chińska kopia | chińczyk | wersja fanowska | fanowski | fanowska | proxy | "
    "nieoficjalny | nieoficjalna | homage | hołd | wzorowany na | wzorowana na | odlew kopii",
    "printed 3d sparepart": "druk 3d | wydruk 3d | wydrukowany 3d | drukowany 3d | drukowane 3d | "
    "drukowana 3d | z drukarki 3d | wydrukowane 3d",
    "choose colors": "mix kolorów",
    "lot": "mix gier | mix klocków | mix figurek | mix części | mix książek | hurt detal | w hurcie | "
    "kolekcja gier | kolekcja książek | sprzedam kolekcję",
    "gift voucher": "bon na | bon upominkowy | voucher na",
    "controller": "pad do | pady do | pad bezprzewodowy | pad przewodowy | 2 pady | dwa pady | z padem | z "
    "dwoma padami | bez pada | dodatkowy pad",
}

POLISH_OFFERS = table("""
    course: kurs | szkolenie | warsztaty | kurs online | lekcja | nauka gry na | korepetycje | webinar |
      poradnik wideo; repair service: naprawimy | naprawiam | regeneruję | regenerujemy | czyszczenie |
      konserwacja i | przegląd i | strojenie | serwisujemy | usługi | usuwanie | instalacja | programowanie
      | flashowanie | odblokowywanie | odblokuję | wymienię | wymiana matrycy | wymiana obudowy | wymiana
      klawiatury | wymiana gniazda ładowania | wymiana głowicy | wymiana akumulatora | wymiana szkła |
      wymiana paska | przezwajanie | lakierowanie | polerowanie | renowacje | dorabianie | dorabianie kluczy
      | kodowanie | diagnostyka | ekspertyza | wyślij do | demontaż i naprawa | rozbudowa | modernizacja |
      przeróbka | przeróbki; for rent: wypożycz | wynajmij | wynajmę na | pożyczę | na godziny | na dni | za
      dzień | cena za dobę | cena za dzień | zł/doba | doby | na imprezę | na eventy; wtb: kupię każdy |
      kupię każdą | kupię każde | szukam do kupienia | przyjmę | poszukuje się | chcę kupić | pilnie kupię |
      pilnie szukam | odkupię | skupuje | interesuje mnie | kto ma | potrzebny | potrzebna | potrzebne; swap
      only: zamiana za | wymienię za | zamieniam | zamieniam na | wymiana na inny | zamienię za | chętnie
      zamienię; toy model: zabawkowy | zabawkowa | zabawkowe | miniaturka | model do sklejania | model
      kartonowy | dla lalek | dla lalki | drewniany model | pluszak | maskotka | pluszowa | pluszowy |
      przytulanka; tshirt: koszulka | koszulki | bluza | bluzy; mug: kubki | kubek z; keychain: breloki |
      smycz | smycz do; mousepad: podkładka pod mysz | podkładka; patch: naszywka | naszywki; badge pin:
      przypinka | przypinki | wpinka; stickers: nalepka | nalepki | wlepki; ornament: bombka | ozdoba; mat
      coaster mug: podkładki pod kubek | podkładki pod kubki; magnet ornament: magnes na lodówkę | magnesy;
    wall art: tabliczka | tablica | obraz na ścianę | obraz z | obraz drukowany | neon | zegar ścienny z;
    poster: plakat z | afisz; soundtrack: ścieżka dźwiękowa | soundtrack; guide book: poradnik | poradnik do
      gry | przewodnik | książka o | encyklopedia | monografia | opracowanie | streszczenie | ściąga |
      audiobook | ebook | e-book | film na podstawie; recipe book: książka z przepisami | przepisy na; photo
      of: zdjęcie z | autograf | fotosy; schematic manual: schemat | schematy | schemat ideowy |
      dokumentacja techniczna | instrukcja serwisowa ze schematem
    """)

POLISH_PARTS = table("""
    @ module: transformator | transformatory | trafo | panele | panele obudowy | szlufka | szlufki |
      teleskopy | teleskop paska | dekiel | dekle | osłony | osłonka | pokrętła | gałki | potencjometry |
      kondensatory | kondensator | bezpiecznik | bezpieczniki | żarówka | żarówki | żaróweczki | lampa |
      lampy | lampka | tranzystory | końcówka mocy | końcówki mocy | przekaźnik | przekaźniki | skala |
      szyba | szkło | listwa | listwy | nóżki | nóżka | stopki | blat | płyta | półka | zamek | rolka |
      rolki | pasek napędowy | paski napędowe | pasek klinowy | talerz | talerz gramofonu | ramię | ramię
      gramofonu | wkładka gramofonowa | głowica | głowice | wirnik | stojan | łożysko | łożyska | tłok |
      tłoki | gaźnik | świeca | świece | filtr powietrza | filtr oleju | tarcze hamulcowe | tarcza hamulcowa
      | zacisk hamulcowy | zacisk | amortyzator | amortyzatory | sprężyny | wahacz | wahacze | zderzak |
      maska silnika | klapa | klapa bagażnika | reflektor | reflektory | kierunkowskaz | kierunkowskazy |
      kierunek | lampa tylna | lampa przednia | lusterka | alternator | rozrusznik | sprzęgło | tłumik |
      wydech | kolektor | chłodnica | pompa wody | pompa paliwa | wtryskiwacz | wtryskiwacze |
      turbosprężarka | felgi | opona | opony | dętka | kołpak | kołpaki | siodło | siodełko | sztyca |
      mostek rowerowy | korba | kaseta rowerowa | przerzutka | przerzutki | manetka | manetki | hamulec |
      hamulce | łańcuchy | prowadnica do | noże | nóż do | bęben | tarnik | worki do odkurzacza | worki |
      filtr hepa | elektroszczotka | szczotka boczna | turboszczotka | rura teleskopowa | mopy | nakładka |
      nakładki | misa do | dzieża | tarcze | sitko | młynek do | blok zaparzający | dysza spieniająca |
      spieniacz do | pojemnik | grzałka | termostat | programator | koperta | koperta zegarka | teleskopy do
      paska | mechanizm | balans | wałek naciągowy | luneta | pierścienie | pierścień pośredni | mieszek |
      matówka | pryzmat | wizjer | wizjerek | celownik | przysłona | przysłony | soczewka | soczewki | grupa
      soczewek | gorąca stopka | pasek do aparatu | taśmy | głośnik | mikrofon do | aparat tylny | kamera
      tylna | tacka | tacka sim | korpus | klawiatura do | touchpad | wentylator do | napęd | laser do |
      soczewka lasera | analogi | gałki analogowe | triggery | przyciski do | stacja | podstawka pod |
      stojak na | wieszak | torba na | torba do | plecak na | walizka na | skrzynka na | organizer do |
      podeszwy | prawidła | fleki | pasek do torebki | łańcuszek do | uchwyt do | rączka do | gryf do |
      struny do | klucze | klucze do gitary | siodełko gitara | mostek do | mostek gitara | przetwornik |
      przetworniki | pickguard | kostki | ustnik | stroik | stroiki | naciąg | pałki | pulpit | gąbka |
      nauszniki | maskownica | maskownice | membrana | kopułka | kopułki | zawieszenie głośnika | zwrotnica
      | zwrotnice | kapsel | kapsle na monety | klaser | klaser na | album na | album do | karty do albumu |
      ramka na | gablota na | koszulki na karty | insert do | plansza | pionki | żetony | kości | instrukcja
      do | okładka | okładka do | klucz do | kluczyk | kluczyki | karta pamięci do | daszek | budka | budka
      do | gondola | gondola do | spacerówka do | moskitiera | folia przeciwdeszczowa | śpiwór do | adaptery
      | adaptery do | torba pielęgnacyjna | barierka | materacyk | szelki
    """)

POLISH_CASES = table("""
    camera: aparat* | aparat* fotograficzn* | lustrzank*; lens: obiektyw*; watch: zegark*; phone: telefon* |
      smartfon*; headphones: słuchawk* | słuchawek; speaker: głośnik* | kolumn* | głośników; tv: telewizor*;
    keyboard: klawiatur*; mouse: myszk*; computer: komputer*; laptop: laptop*; console: konsol*; games:
      gier; game: grę | grą; books: książek; book: książk*; comic: komiks*; record: płyt*; vinyl: winyl*;
    shoes: butów | butami; bag: torb* | torebk*; backpack: plecak*; wallet: portfel*; glasses: okular*;
    drill: wiertark* | wkrętark*; saw: pilark* | pił*; angle grinder: szlifierk* kątow*; sander: szlifierk*;
    router: frezark*; mower: kosiark*; vacuum: odkurzacz*; mixer: robota | robotem | mikser*; washing
      machine: pralk*; dryer: suszark*; fridge: lodówk*; coffee machine: ekspresu | ekspresem | ekspresy;
    bicycle: rowerem | roweru | rowery; scooter: hulajnog*; guitar: gitar*; amplifier: wzmacniacz*;
    receiver: amplituner*; turntable: gramofon*; player: odtwarzacz*; radio: radioodbiornik*; cassette deck:
      magnetofon*; blocks: klock*; figure: figurk*; figures: figurek; coins: monet*; coin: monetą; stamps:
      znaczk*; card: kartę | kartą; cards: kart | kartami; necklace: naszyjnik*; perfume: perfum*; pen:
      pióra | piórem; binoculars: lornetk*; jacket: kurtk*; printer: drukark*; tablet: tablet* | tabletu;
    sewing machine: maszyna do szycia; box: puszka | pudełkiem | pudełku | kartonem | kartonie | kartonu;
    case: futerał* | pokrowc* | pokrowcem | pokrowca; carrying case: walizk*; charger: ładowark* |
      ładowarek; power supply: zasilacz*; battery: baterią | bateryjk* | baterii | akumulator*; cable: kabl*
      | przewod*; strap: pask*; bracelet: bransolet* | bransoletk*; stand: stojak*; tripod: statyw*; holder:
      uchwyt*; adapter: adapter* | przejściówk*; filter: filtr*; user manual: instrukcj* | instrukcję |
      instrukcją; receipt: paragon* | fakturą | fakturę; papers: papier* | dokument*; warranty: gwarancj*;
    sticker: naklejk* | naklejek; packaging: opakowaniem | opakowaniu; lid: pokryw* | pokrywk*; housing:
      obudow*; screen: ekranem | ekranu | wyświetlacz*; glass: szkł*; lens cap: dekielk* | dekl*;
    accessories: akcesoriami | akcesoriów | dodatkami | dodatki; remote control: pilotem; black: czarn*;
    white: biał*; gray: szar*; red: czerwon*; blue: niebiesk*; green: zielon*; yellow: żółt*; brown:
      brązow*; pink: różow*; purple: fioletow*; gold: złot*; silver: srebrn*; orange: pomarańczow*; leather:
      skórzan*; steel: stalow*; wood: drewnian*; metal: metalow*; plastic: plastikow*; new: nowego | nowej |
      nowym | nową; used: używan*; original: oryginaln*; automatic: automatyczn*; wireless: bezprzewodow*;
    electric: elektryczn*; mens: męsk*; womens: damsk*; large: duż*; small: mał*; rare: rzadk*; complete:
      kompletn*; limited: limitowan*; left: lewy | lewa | lewe | lewego | lewej; right: prawy | prawa |
      prawe | prawego | prawej; front: przedni | przednia | przednie | przód | przedniego; rear: tylny |
      tylna | tylne | tylnego; polish: polska | polski | polskie | po polsku | wersja polska; english:
      angielski | angielska | po angielsku; german: niemiecki | niemiecka; japanese: japoński | japońska; 2:
      dwa | dwie; 3: trzy; 4: cztery; 5: pięć; 6: sześć
    """)
