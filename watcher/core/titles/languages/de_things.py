"""German things: accessories and parts, kinds of items, colours and sizes."""

from __future__ import annotations

from watcher.core.titles.languages.base import table

GERMAN_ACCESSORIES = table("""
    @ sparepart: regenverdeck | verdeck | sonnensegel | joggingset | buggyset | kupplung | displayglas |
      displayeinheit | ersatzdisplay | austauschdisplay | frontglas | touchscreen glas | handgriff |
      haltegriff | zusatzgriff | kameragriff | daumenauflage | belederung | tragriemen | rückspulkurbel |
      sucherlupe | okular | korrekturlinse | batteriefach | speicherkartenfach | deckkappe;
    patch: anstecker | anstecknadel | aufnäher | pin anstecker; carburetor: vergaser;
    display case: uhrenbox | aufbewahrungsbox | transportbox | uhrenkoffer | uhrenschachtel | uhrenbeweger |
      vitrine | schaukasten | acrylbox | acrylvitrine;
    guide book: buch über | buch zur | buch zum | das große buch | fotobuch zur | kochbuch | begleitbuch |
      rezeptbuch | fachbuch | praxisbuch | kamerabuch | rezeptheft;
    cleaning kit: reinigungstabletten | reinigungsset | pflegeset | entkalker | entkalkungstabletten |
      entkalkungsset;
    @ sparepart: schwert und kette | führungsschwert | zündkerze | zündkerzen | kolben | zylinder |
      kurbelwelle | kragen | nasenpads | brillenbügel | pleuel | luftfilter | ölfilter | benzintank |
      kettenrad | ritzel | schaltwerk | umwerfer | laufradsatz | felgensatz | dämpfer | radlager |
      ersatznadel | abtastnadel | felge | felgen | reifen | lenker | vorbau | kurbel | kurbelgarnitur |
      bremse | bremsen | federgabel | kotflügel | blinker | scheinwerfer | auspuff | endschalldämpfer |
      verkleidung | stoßstange | saiten | gigbag | plektrum | mundstück | staubsaugerbeutel | filterbeutel |
      toner | tintenpatrone | tintenpatronen | druckkopf | druckerpatronen | radsatz | radsätze | armlehne |
      armlehnen | schlüssel | ersatzschlüssel | anbauteile | toploader | münzkapsel | schatulle | ersatzglas
      | ersatzgläser | sitzbezug | bodenplatte | grundplatte | rückwand | seitenwand | frontblende | blende
      front | gehäusedeckel pc | linsenabdeckung | objektivbajonett | ersatzrolle | ersatzkette | scherkopf
      | scherfolie | klingenkopf | rasierkopf | aufsteckkämme | kammaufsatz | milchaufschäumer aufsatz |
      ersatzkanne | glaskanne | thermoskanne ersatz | backblech | drehspieß | rührbesen | knethaken |
      rührschüssel | schüssel | fleischwolf | gemüseschneider | schneidscheiben | griffschale | griffschalen
      | zubehörhalter | leuchtmittel | ersatzlampe | beamerlampe | glühbirne | netzstecker | ladebuchse |
      kopfband | ersatzkabel | ohrmuschel | ohrmuscheln | kartenslot | simtray | sim schlitten |
      simkartenhalter | kameramodul | kameralinse | rückkamera | frontkamera | lautsprechermodul |
      powerbutton | wassertank | wasserbehälter | staubbehälter | auffangbehälter | bohnenbehälter |
      brühgruppe | brüheinheit | mixtopf | milchtopf | mixmesser | grillrost | türdichtung | displayrahmen |
      gehäuserahmen | mittelrahmen | zwischenbaurahmen | einbaurahmen | schutzrahmen | seitenteile |
      seitenteil | keilriemen | antriebsriemen | gebläsemotor | antriebsmotor | saugmotor | lüftermotor |
      heizelement | heizung | rotor | stator | getriebe | laufwerk | laufwerke | tender | brenner |
      brennerrohr | haftreifen | zahnriemen | bohrfutter | sägeketten | sägekette | führungsschiene |
      einlegeboden | gemüsefach | glasplatte | kochfeld ersatz | drehteller | besteckkorb | bremsbeläge |
      bremsscheiben | sattelstütze | pedale | ersatzrad | standfüße;
    accessories: zubehör | zubehörteile | zubehörpaket | zubehörset;
    case: hülle | hüllen | etui | schutzhülle | schutzhüllen | hartschale;
    carrying case: transporttasche | tragetasche | schutztasche | transportkoffer | tragekoffer;
    flip case: klapphülle | klappetui | buchhülle;
    cover: abdeckung | abdeckungen | abdeckhaube | schutzhaube | staubschutz | staubschutzhaube | schonbezug
      | schonbezüge | bezug | bezüge | haube | überzug;
    screen protector: schutzfolie | schutzfolien | displayschutz | displayschutzfolie | displayfolie |
      panzerglas | panzerfolie | schutzglas | folie | folien | glasfolie | panzerglasfolie;
    battery: akku | akkus | batterie | batterien | akkupack | wechselakku;
    charger: ladegerät | ladegeräte | ladeadapter | schnellladegerät | schnelllader | lader | ladestecker;
    charging case: ladecase | ladeschale | ladebox | ladeetui | lade case;
    dock: ladestation | ladedock | basisstation | dockingstation;
    power supply: netzteil | netzteile | netzgerät | netzadapter | steckernetzteil;
    power cord: netzkabel | stromkabel | anschlusskabel | netzanschlusskabel;
    cable: kabel | ladekabel | verbindungskabel | verlängerungskabel | datenkabel | flexkabel;
    holder: halterung | halterungen | halter | wandhalter | handyhalterung;
    wall mount: wandhalterung | deckenhalterung | wandhalterungen;
    stand: ständer | standfuß | untergestell | aufsteller; tripod: stativ | stative | dreibein;
    remote control: fernbedienung | fernbedienungen | fernsteuerung;
    strap: riemen | gurt | gurte | tragegurt | trageriemen | schultergurt | schulterriemen | kameragurt |
      kautschukband | gummiband | textilarmband | handschlaufe | uhrenband | kautschukarmband |
      ersatzarmband | natoband; watch strap: uhrenarmband | uhrenarmbänder | uhrarmband;
    bracelet: stahlband | lederband | lederarmband | titanband | edelstahlband | stahlarmband |
      edelstahlarmband | metallband | metallarmband | armband | armbänder;
    bracelet links: armbandglieder | bandglieder | bandglied | ersatzglieder;
    dial: zifferblatt | zifferblätter; hands: zeiger | zeigersatz | uhrzeiger; crown: krone;
    buckle: schließe | schnalle | faltschließe | dornschließe; bezel: lünette;
    bezel insert: lünetteneinlage | lünetteninlay; movement: uhrwerk | werk; crystal: uhrglas | saphirglas;
    lens cap: objektivdeckel | frontdeckel | objektivkappe; rear cap: rückdeckel | objektivrückdeckel;
    body cap: gehäusedeckel | kameradeckel; lens hood: gegenlichtblende | sonnenblende | streulichtblende;
    battery grip: batteriegriff | akkugriff | hochformatgriff; eyecup: augenmuschel;
    focusing screen: mattscheibe | einstellscheibe; lid: deckel;
    battery cover: akkudeckel | batteriedeckel | batteriefachdeckel | akkufachdeckel | batterieklappe;
    back glass: backcover | rückglas | akkudeckelglas | gehäuserückseite;
    housing: gehäuseschale | chassis | gehäuseteil;
    replacement part: ersatzteil | ersatzteile | ersatzteilset | austauschteil | einzelteil | einzelteile;
    replacement: ersatz;
    user manual: bedienungsanleitung | bedienungsanleitungen | anleitung | gebrauchsanweisung | handbuch |
      gebrauchsanleitung | benutzerhandbuch | betriebsanleitung | nutzerhandbuch | bedienungshandbuch;
    instruction manual: bauanleitung | aufbauanleitung | anleitungen | bauanleitungen | spielanleitung |
      montageanleitung;
    service manual: reparaturanleitung | werkstatthandbuch | serviceanleitung | serviceheft;
    receipt: kassenbon | kaufbeleges | kassenzettel;
    certificate: zertifikat | echtheitszertifikat | expertise;
    papers: papiere | papieren | originalpapiere | unterlagen;
    warranty card: garantiekarte | garantieschein | garantieheft;
    warranty: garantie | restgarantie | herstellergarantie | gewährleistung;
    dustbag: staubbeutel | staubtasche; sticker: aufkleber | sticker | klebefolie | skin;
    decal kit: dekorsatz | aufklebersatz | aufkleberset; keychain: schlüsselanhänger | schlüsselband;
    tshirt: tshirt | trikotdruck; mug: tasse | kaffeebecher;
    adapter: adapterring | zwischenring | umkehrring; filter: filter | filterset | ersatzfilter;
    brush: bürste | ersatzbürste | bürsten;
    brush head: bürstenkopf | aufsteckbürste | aufsteckbürsten | bürstenköpfe;
    nozzle: düse | düsen | bodendüse; hose: schlauch | saugschlauch;
    drip tray: abtropfschale | tropfschale | abtropfgitter; portafilter: siebträger;
    gasket: dichtung | dichtungen | dichtring | dichtungsring | dichtungssatz;
    seal kit: dichtungsset | reparatursatz | dichtsatz; screws: schrauben | schraubenset;
    mainboard: logicboard | logikplatine;
    mainboard: platine | hauptplatine | leiterplatte | steuerplatine; motor: ersatzmotor;
    blade: klinge | klingen | sägeblatt | sägeblätter | scherblatt; fan: lüfter | gehäuselüfter;
    heatsink: kühlkörper; cooler: kühler; handle: griff | griffe | tragegriff;
    knob: knopf | drehknopf | drehregler; button: taste | tasten | schalter; hinge: scharnier | scharniere;
    wheels: räder | rollen | laufräder; lace set: schnürsenkel; insoles: einlegesohlen | einlegesohle;
    cushion: ohrpolster | polster | sitzpolster | kissen | ersatzpolster;
    attachment: aufsatz | aufsätze | vorsatz; insert: einsatz | einlage | inlay;
    light kit: beleuchtungsset | beleuchtungssatz | lichtset; sleeve: schuber | kartenhülle | kartenhüllen;
    steelbook: steelbook; stickers: sticker set; game case: spielhülle | leerhüllen | spielehülle;
    minifigures: minifiguren | minifigur
    """)

GERMAN_PARTS = table("""
    @ sparepart: motoranker | ersatzanker | kapsel treiber;
    @ sparepart: treiber einzeln | treiber kapsel | einzelner treiber | gelenkstück |
      kopfbügel | kopfbandpolster | bügelpolster | schaumstoffpolster | mikrofonarm | ohrhaken |
      ersatztreiber | glas mit stern | uhrengläser |
      federsteg | federstege | unruh | unruhwelle | aufzugswelle | aufzugsfeder | automatikmodul |
      datumscheibe | datumsscheibe | bodendeckel | gehäusering |
      werkhaltering | e spule | ersatzspule | rollenspule | spulenkopf | kurbelknauf | kurbelgriff |
      rollengriff | bremsscheibe | schnurlaufröllchen | rollenfuß | rutenspitze | spitzenteil | handteil |
      rutenringe | rutenfutteral | palmrest | handballenauflage | topcase | tastaturabdeckung |
      displaydeckel | displayscharnier | ersatztastatur | touchpad einzeln | trackpoint kappe | wlan modul |
      wlan karte | ladeplatine | usb platine | gehäuseunterteil |
      gehäuseoberteil | unterschale | oberschale | bodenwanne | lüftergitter | slotblech | slotblende | io
      blende | laufwerksblende | festplattenrahmen | einbauschlitten | laufwerkschacht | schleifer # |
      mittelschleifer | radschleifer | haftreifensatz | drehgestell | fahrgestell | kuppelstange | gestänge
      | pantograph | stromabnehmer | lokgehäuse | ersatzgehäuse | leergehäuse lok | anfahrschleifer |
      decoder einzeln | umbausatz | umbaukit | umrüstsatz | kardanwelle | motorschild | lichtleiter |
      kupplungskopf | luftfiltergehäuse | luftfilterdeckel | anwerfer | anwerfseil | seilstarter |
      starterdeckel | starterseil | kettenradschutz | kettenschutz | krallenanschlag | ölpumpe |
      membransatz | vergasermembran | zündspule | zündmodul | schwungrad | fliehkraftkupplung |
      kupplungstrommel | handschutz | tankdeckel | öltankdeckel | kolbensatz | zylindersatz | kurbelgehäuse
      | motorgehäuse | mähmesser | ersatzmesser | messerbalken | fadenkopf | fadenspule | grasfangkorb |
      fangkorb | fangsack | mulchkit | radkappe | radkappen | nabendeckel | anlasser | riemenscheibe |
      freilauf | regler lichtmaschine | kühlergrill | grill front | außenspiegel | spiegelglas |
      spiegelkappe | türgriff | türverkleidung | fensterheber | kofferraummatte | gummimatten | fußmatten |
      kofferraumwanne | rücklicht | rückleuchte | heckleuchte | nebelscheinwerfer | steuergerät |
      luftmassenmesser | lambdasonde | einspritzdüse | turbolader | ladeluftkühler | querlenker |
      stoßdämpfer | antriebswelle | radnabe | kotflügel links | motorhaube | heckklappe | schaltknauf |
      schaltsack | lenkradbezug | sonnenblende auto | dachträger | grundträger | anhängerkupplung |
      bremssattel | bremshebel | schalthebel | schaltauge | schaltzug | bremszug | tretlager | steuersatz |
      sattelklemme | gepäckträger | schutzblech | schutzbleche | lenkerband | lenkergriffe | speichen | nabe
      | radkranz | kassette ritzel | kettenblatt | innenlager | motorabdeckung | displayhalter |
      fahrradständer | bohnenbehälterdeckel | mahlwerk | mahlstein | mahlsteine | mahlkranz | drainageventil
      | auslaufventil | magnetventil | durchlauferhitzer | dampfdüse | dampflanze |
      milchdüse | cappuccinatore | auslauf | kaffeeauslauf | tresterbehälter | kaffeesatzbehälter |
      restwasserschale | wassertankdeckel | filterhalter | siebeinsatz | sieb | tamper | brühsieb |
      duschsieb | brühkopf | wasserfilter | filterpatrone | filterkartusche | milchschlauch | kapselhalter |
      kapselbehälter | backblende | garraumtür | ofentür | türglas | innenglas | schublade | eiswürfelschale
      | flaschenfach | türfach | laugenpumpe | umwälzpumpe | ablaufpumpe | türmanschette | trommelrippe |
      stoßdämpfer wama | kohlebürste | bedienblende | bedienteil | drehknebel | sprüharm | geschirrkorb |
      oberkorb | unterkorb | nähfuß | knopflochfuß | reißverschlussfuß | obertransportfuß | spulenkapsel |
      greifer | nähmaschinennadeln | fußanlasser | pedal anlasser | anschiebetisch | stichplatte |
      garnrollenhalter | kofferhaube | poti | potis | potentiometer | potikappe | potikappen |
      tastenkappe | fußschalter einzeln | displaymodul | ersatzfader |
      plattentellerauflage | plattenteller | slipmat | staubhaube | haubenscharniere | gegengewicht |
      stegsatz | steg | sattel gitarre | stimmmechanik | stimmmechaniken | pickguard |
      schlagbrett | tonabnehmer einzeln | gitarrengurt | tremolohebel | ligatur |
      blattschraube | kinnhalter | schulterstütze | notenständer | lehne | rückenlehne | kopfstütze |
      sitzfläche | gasfeder | gasdruckfeder | rollensatz | fußkreuz | bettkasten | lattenrost | bezugstoff |
      ersatzbezug | möbelfüße | tischbein | tischbeine | glasplatte | lampenschirm | ersatzschirm |
      ersatzglas | glasschirm | baldachin | zelttasche | zeltboden | innenzelt | außenzelt |
      vorzelt | zeltunterlage | zeltplane | zeltstange | zeltstangen | gestängesatz | heringe |
      abspannleinen | sonnensegel zelt | fußsack | regenschutz | babywanne | kinderwagenrad |
      vorderrad | vorderräder | hinterrad | hinterräder | schiebergriff | schutzbügel | sonnendach |
      sitzeinlage | adaptersatz | adapter babyschale | getränkehalter | wickeltasche | moskitonetz |
      stativschelle | objektivring | fokusring | zoomring | gummiring | bajonettring | objektivköcher |
      spiegelkasten | prismensucher | sucherscheibe | verschlussvorhang | filmrückteil | magazin einzeln |
      kamerarückwand | blitzschuh | blitzschuhabdeckung | gummierung | belederungsset | flakon leer | leerer
      flakon | leerflakon | zerstäuber | sprühkopf | verschlusskappe | tester karton | lederpatch |
      hosenträger | knopf set | ersatzknöpfe | ersatzknopf | gürtelschnalle | schuhspanner | schuhbeutel |
      formeinlage | taschenorganizer | tascheneinsatz | tascheneinlage | bodeneinlage | taschenhenkel |
      schulterriemen einzeln | kettenhenkel | reißverschlussanhänger | taschenanhänger | analogstick |
      joystickmodul | schultertaste | schultertasten | triggertaste | laufwerk einzeln | laserkopf |
      lasereinheit | controllerschale | gehäuseshell | ersatzshell | konsolenständer | akkuhalter |
      akkuhalterung | akkuadapter | kohlebürstensatz | getriebegehäuse | bohrfutterschlüssel |
      zusatzhandgriff | tiefenanschlag | parallelanschlag | absaugadapter | staubabsaugung | spannflansch |
      spannmutter | schleifteller | stützteller | sägetisch | saugrohr | teleskoprohr | elektrobürste
      | turbobürste | bürstenwalze | walzenbürste | fugendüse | polsterdüse | motorfilter | hepafilter |
      vorfilter; empty box: pappschachtel mit einlage | pappschachtel leer | leere pappschachtel | schachtel
      mit einlage | karton mit einlage | karton mit styropor | styroporeinlage | styropor einlage |
      kartoneinlage | blisterverpackung leer | leere blisterverpackung;
    strap: ersatzband | ersatzbänder | wechselband | zweitband; cable: aux kabel | kopfhörerkabel |
      symmetrisches kabel | ersatzkopfhörerkabel | lautsprecherkabel;
    cushion: ersatzohrpolster | ohrpolsterpaar | velourspolster | lederpolster
    """)

GERMAN_KINDS = table("""
    cartridge: tonabnehmer | tonabnehmersystem; hedge trimmer: heckenschere | akkuheckenschere;
    mower: rasenmäher | akkurasenmäher;
    tableware: kaffeeservice | teeservice | tafelservice | speiseservice | essservice;
    memory card: speicherkarte | sd karte; suitcase: koffer | reisekoffer; bowl: schale;
    trousers: hose | hosen | lederhose | jeanshose;
    camera: kamera | kameras | fotoapparat | fotokamera | digitalkamera | systemkamera | spiegelreflexkamera
      | kompaktkamera | spiegelreflex | kameragehäuse | digicam; video camera: videokamera;
    lens: objektiv | objektive | weitwinkelobjektiv | teleobjektiv | zoomobjektiv | festbrennweite;
    body: gehäuse;
    watch: uhr | uhren | taucheruhr | sportuhr | automatikuhr | quarzuhr | fliegeruhr | taschenuhr;
    wristwatch: armbanduhr | armbanduhren; mens watch: herrenuhr | herrenarmbanduhr;
    womens watch: damenuhr | damenarmbanduhr; phone: handy | handys | telefon | mobiltelefon | smartphone;
    headphones: kopfhörer | ohrhörer | bügelkopfhörer; earphones: inear kopfhörer;
    speaker: lautsprecher | lautsprecherbox | standlautsprecher | regallautsprecher | musikbox;
    monitor: bildschirm | bildschirme; tv: fernseher | fernsehgerät;
    printer: drucker | laserdrucker | tintenstrahldrucker; graphics card: grafikkarte | grafikkarten;
    cpu: prozessor; ram: arbeitsspeicher; hard drive: festplatte | festplatten;
    motherboard: hauptplatine pc; keyboard: tastatur; mouse: maus; computer: rechner;
    console: konsole | konsolen | spielkonsole | spielekonsole | spielkonsolen;
    game: spiel | videospiel | brettspiel; games: spiele | videospiele;
    card: karte | sammelkarte | einzelkarte; cards: karten | sammelkarten;
    booster box: boosterdisplay | booster display; figure: figur | sammelfigur | actionfigur;
    figures: figuren; doll: puppe; toy: spielzeug; coin: münze | goldmünze | silbermünze; coins: münzen;
    stamps: briefmarken; stamp: briefmarke; book: buch; record: schallplatte; records: schallplatten;
    shoes: schuhe | herrenschuhe | damenschuhe | halbschuhe;
    sneakers: turnschuhe | sportschuhe | laufschuhe; boots: stiefel | stiefeletten;
    jacket: jacke | lederjacke | winterjacke; bag: tasche; handbag: handtasche | handtaschen;
    crossbody bag: umhängetasche; shoulder bag: schultertasche; backpack: rucksack;
    wallet: geldbörse | portemonnaie | brieftasche | geldbeutel; sunglasses: sonnenbrille;
    drill: akkuschrauber | akkubohrschrauber | bohrschrauber | akku bohrschrauber | bohrmaschine |
      akkubohrer | akku bohrmaschine | akkubohrmaschine;
    hammer drill: schlagbohrmaschine | akkuschlagbohrschrauber | schlagbohrschrauber;
    rotary hammer: bohrhammer | akkubohrhammer;
    impact driver: schlagschrauber | akkuschlagschrauber | drehschlagschrauber;
    angle grinder: winkelschleifer | akkuwinkelschleifer | flex;
    saw: säge | handkreissäge | kreissäge | tischkreissäge | kappsäge | säbelsäge | tauchsäge | bandsäge;
    jigsaw: stichsäge | akkustichsäge; chainsaw: kettensäge | motorsäge | akkukettensäge;
    planer: hobel | elektrohobel | handhobel;
    sander: schleifer | exzenterschleifer | schwingschleifer | schleifmaschine | bandschleifer;
    router: oberfräse | fräse; trimmer: rasentrimmer | freischneider | bartschneider | haarschneider;
    blower: laubbläser; tool: werkzeug | elektrowerkzeug;
    vacuum: staubsauger | akkusauger | handstaubsauger | bodenstaubsauger | akkustaubsauger | nasssauger;
    robot vacuum: saugroboter | staubsaugerroboter | wischroboter; set: satz; tablet: tablet;
    machine: maschine;
    mixer: küchenmaschine | rührmaschine | knetmaschine | standmixer | handmixer | stabmixer;
    washing machine: waschmaschine; dryer: wäschetrockner | trockner | haartrockner | föhn;
    dishwasher: geschirrspüler | spülmaschine; fridge: kühlschrank;
    coffee machine: kaffeemaschine | kaffeevollautomat | espressomaschine | vollautomat;
    bicycle: fahrrad | rennrad | mountainbike; guitar: gitarre | egitarre; amplifier: verstärker;
    turntable: plattenspieler; binoculars: fernglas; projector: beamer | projektor;
    shaver: rasierer | rasierapparat; toothbrush: zahnbürste; knife: taschenmesser | messer;
    glasses: brille; necklace: kette | halskette; earrings: ohrringe | ohrstecker
    """)

GERMAN_COLOURS = table("""
    day: ?tag; gen #: # generation | #te generation | #ter generation | #te gen; number: nr | nummer;
    #st edition: # auflage | # ausgabe | # edition; oz: unze | unzen; days: tage | tagen;
    right: rechts | rechte | rechter | rechtes; left: links | linke | linker | linkes; part #: teil #;
    vol #: bd # | band #; black: schwarz*; white: weiß*; gray: grau*;
    red: rote | roter | rotes | ?rot | roten; blue: blau*; green: grün*; yellow: gelb*; brown: braun*;
    pink: rosa; purple: lila | violett*; gold: golden*; silver: silber | silbern*; rose: rosé;
    turquoise: türkis*; beige: beige*; navy: dunkelblau*;
    clear: durchsichtig* | transparente | transparentes; leather: leder; titanium: titan;
    steel: stahl | edelstahl; wood: holz; rubber: gummi | kautschuk; plastic: plastik | kunststoff;
    mens: herren; womens: damen; kids: kinder; size: =größe | groesse | gr; large: große | großer | großes;
    small: kleine | kleiner | kleines; series: serie; generation: generation; year: baujahr
    """)
