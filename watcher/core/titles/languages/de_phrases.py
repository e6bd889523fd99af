"""German phrases: comparisons with other items, what shops and other sellers offer, faults per trade."""

from __future__ import annotations

from watcher.core.titles.languages.base import table

GERMAN_COMPARISONS = table("""
    similar to: fast wie | fast ein | fast eine | fast so gut wie | genauso gut wie | so gut wie der | so
      gut wie die | so gut wie das | ebenso gut wie | gleichwertig mit | gleichwertig zu | verwandt mit |
      sitzt neben | neben der | neben dem | à la | ala | aus der familie von | kleiner bruder | kleiner
      bruder von | kleiner bruder vom | kleiner bruder der | kleiner bruder des | großer bruder | großer
      bruder von | großer bruder vom | großer bruder der | großer bruder des | kleine schwester von | kleine
      schwester der | kleine schwester vom | große schwester von | große schwester der | schwestermodell von
      | schwestermodell zu | schwestermodell zur | schwestermodell zum | schwestermodell der | bruder von |
      bruder der | bruder vom | schwester von | schwester der | zwilling von | zwilling der | zwilling des |
      zwilling vom | pendant zu | pendant zur | pendant zum | gegenstück zu | gegenstück zur | gegenstück
      zum | konkurrent von | konkurrent der | konkurrent des | konkurrent zu | konkurrenz zu | konkurrenz
      zur | konkurrenz zum | rivale der | rivale des | rivale von | vergleichbar zu | vergleichbar zur |
      vergleichbar zum | identisch mit | identisch zu | identisch zur | identisch zum | im vergleich zu | im
      vergleich zur | im vergleich zum | verglichen mit | baugleich wie | technik wie | klingt wie | sieht
      aus wie | fast identisch | eine stufe unter | eine stufe über | eine nummer unter | eine nummer
      kleiner als | eine klasse unter | eine klasse über | knapp unter | unterhalb der | unterhalb des |
      oberhalb der | oberhalb des | vorstufe zur | vorstufe zum | vorläufer | vorläufer von | vorläufer der
      | vorläufer des | vorläufer vom | vorgänger | vorgängermodell | vorgängermodell von | vorgängermodell
      der | vorgängermodell zur | vorgängermodell zum | vorgänger zur | vorgänger zum | nachfolger zur |
      nachfolger zum | nachfolgemodell | nachfolgemodell von | nachfolgemodell der | nachfolgemodell des |
      nachfolgemodell zur | nachfolgemodell zum | nachfolgerin der | basis der | basiert auf | abgeleitet
      von | weiterentwicklung von | weiterentwicklung der | weiterentwicklung des | kam nach | kam vor der |
      folgt auf | folgte auf | löst die | ersetzt die | ersetzt den | ersetzt das | ersetzt alte;
    than: schwächer als | stärker als | leichter als | schwerer als | kürzer als | länger als | schneller
      als | leiser als | lauter als | neuer als | älter als | moderner als | billiger als | handlicher als |
      kompakter als | heller als | schöner als | seltener als | teurer als | robuster als | sparsamer als |
      schmaler als | breiter als | flacher als | dünner als | dicker als | mehr als die | mehr als der |
      mehr als das | weniger als | anders als | im gegensatz zu | im gegensatz zur | im gegensatz zum;
    unlike: nicht mit | nicht verwechseln mit | nicht zu verwechseln mit | bitte nicht mit | keine
      verwechslung mit;
    not: nicht der | nicht die | nicht das | nicht den | nicht dem | kein echter | keine echte;
    not #: kein # | keine #;
    not #ml: kein #ml;
    not #gb: kein #gb | keine #gb;
    dupe: duftzwilling | duftdupe | duftalternative | parfum zwilling | zwillingsduft
    """)

GERMAN_OFFERS = table("""
    scratches with: kratzer am | kratzer an der | kratzer an dem | kratzer auf dem | kratzer auf der |
      kratzer im | kratzer in der | kratzern am | kratzern an der | kratzern an dem | kratzern auf dem |
      kratzern auf der | kratzern im | kratzern in der | kratzspuren am | kratzspuren an der | kratzspuren
      an dem | kratzspuren auf dem | kratzspuren auf der | kratzspuren im | kratzspuren in der | macke am |
      macke an der | macke an dem | macke auf dem | macke auf der | macke im | macke in der | macken am |
      macken an der | macken an dem | macken auf dem | macken auf der | macken im | macken in der | delle am
      | delle an der | delle an dem | delle auf dem | delle auf der | delle im | delle in der | dellen am |
      dellen an der | dellen an dem | dellen auf dem | dellen auf der | dellen im | dellen in der | schramme
      am | schramme an der | schramme an dem | schramme auf dem | schramme auf der | schramme im | schramme
      in der | schrammen am | schrammen an der | schrammen an dem | schrammen auf dem | schrammen auf der |
      schrammen im | schrammen in der | gebrauchsspuren am | gebrauchsspuren an der | gebrauchsspuren an dem
      | gebrauchsspuren auf dem | gebrauchsspuren auf der | gebrauchsspuren im | gebrauchsspuren in der |
      aufkleber am | aufkleber an der | aufkleber an dem | aufkleber auf dem | aufkleber auf der | aufkleber
      im | aufkleber in der | aufkleberreste am | aufkleberreste an der | aufkleberreste an dem |
      aufkleberreste auf dem | aufkleberreste auf der | aufkleberreste im | aufkleberreste in der |
      klebereste am | klebereste an der | klebereste an dem | klebereste auf dem | klebereste auf der |
      klebereste im | klebereste in der | name am | name an der | name an dem | name auf dem | name auf der
      | name im | name in der | kleber am | kleber an der | kleber an dem | kleber auf dem | kleber auf der
      | kleber im | kleber in der | flecken am | flecken an der | flecken an dem | flecken auf dem | flecken
      auf der | flecken im | flecken in der | fleck am | fleck an der | fleck an dem | fleck auf dem | fleck
      auf der | fleck im | fleck in der | abrieb am | abrieb an der | abrieb an dem | abrieb auf dem |
      abrieb auf der | abrieb im | abrieb in der | abnutzung am | abnutzung an der | abnutzung an dem |
      abnutzung auf dem | abnutzung auf der | abnutzung im | abnutzung in der | druckstelle am | druckstelle
      an der | druckstelle an dem | druckstelle auf dem | druckstelle auf der | druckstelle im | druckstelle
      in der | druckstellen am | druckstellen an der | druckstellen an dem | druckstellen auf dem |
      druckstellen auf der | druckstellen im | druckstellen in der | patina am | patina an der | patina an
      dem | patina auf dem | patina auf der | patina im | patina in der;
    with new: dank neuem | dank neuer | dank neuen | mit neuem | mit neuer | mit neuen | inkl neuem | inkl
      neuer;
    dm: deutsche mark;
    # dm: # mark | # deutsche mark;
    with certificate: mit gutachten | geprüftes gutachten | gutachten vorhanden | inkl gutachten | gutachten
      dabei | fotogutachten | foto gutachten | kurzbefund | mit expertise | mit zertifikat | altes
      gutachten;
    battery health #: akku nur # percent | akku nur noch # percent | akku ca # percent | akku hat # percent
      | akku hat noch # percent | akku maximal # percent | akkuleistung # percent | akkukapazität bei #
      percent | akkukapazität noch # percent | akkugesundheit # percent | akku liegt bei # percent |
      akkustand # percent | akku status # percent | maximale kapazität # percent | batterie bei # percent |
      batterie nur # percent | batterie noch # percent;
    with charger: koffer ladegerät | koffer lader | ladegerät koffer | koffer und ladegerät | koffer mit
      ladegerät | ladegerät und koffer | im koffer mit ladegerät | lader koffer | lboxx ladegerät | l boxx
      ladegerät;
    rare: selten und gesucht | rar und gesucht | gesucht und selten | lange gesucht | begehrt*;
    # eye: # loch | #loch;
    : für die sammlung | für jede sammlung | für ihre sammlung | für deine sammlung | für sammlung | aus der
      sammlung | aus alter sammlung | aus großer sammlung | aus auflösung | privatsammlung | aus
      privatsammlung | laut katalog | lt katalog | katalog nr # | katalog nr | mit versicherung | nach akku
      tausch | nach display tausch | akku tausch gemacht | ab werk | nie in reparatur | nicht in reparatur |
      war nie in reparatur | niemals in reparatur | noch nie in reparatur | keine reparaturen | keine
      reparatur | ohne reparatur | ohne reparaturen | nie repariert | reparatur erfolgt | reparatur
      abgeschlossen | aus reparatur | nach der reparatur | reparatur nachweis | restposten | sonderposten |
      restbestand | reparatur rechnung | service gemacht | service neu | service durchgeführt | service
      frisch | nach service | nach revision | revision gemacht | revision neu | revision durchgeführt |
      frische revision | frische inspektion | wartung frisch | wartung erledigt | letzte wartung | letzter
      service | letzte inspektion | kann geprüft werden | preis bleibt | es bleibt | bleibt fest | bleibt
      scharf | bleibt dicht | bleibt stabil;
    included: geschenkt | gratis | geschenkt dabei | als geschenk | mit dazu | kommt dazu | kommen dazu |
      dazugehörig* | gehört dazu | gehören dazu | obendrauf | wird mitgegeben | mitgeliefert | wird
      mitgeliefert | mitverkauft | mit verkauft | gebe ich dazu | gebe ich mit | mit im paket | inbegriffen
      | anbei | liegt anbei | mit im karton | mit drin | gibts gratis | gibts geschenkt;
    repair service: festpreis wartung | wartung festpreis | festpreis reparatur | revision festpreis |
      uhrmacher revision | revision service | uhrenrevision | uhren revision | uhrenservice | uhren service
      | batteriewechsel service | reinigung festpreis | reinigung inkl | reparatur festpreis | inspektion
      festpreis | inspektion inkl | wartungspaket | wartungsvertrag | generalüberholung festpreis |
      generalüberholung ihrer | generalüberholung ihres | überholung ihrer | überholung ihres | überholung
      für | wir überholen | wir warten | wartung inkl abholung | vor ort service | vorort service |
      reparatur vor ort | abhol service | bringservice | reparieren lassen | professionelle reparatur |
      professionelle reinigung | fachwerkstatt | meisterwerkstatt | werkstattservice | motorrevision |
      steuergerätereparatur | steuergerät reparatur | tachoreparatur | tacho reparatur | aufbereitung ihrer
      | aufbereitung ihres | einstellservice | schleifservice | schärfservice | nachschleifen | schärfdienst
      | neubespannung | neubelederung | umbau service | tuning service | chiptuning | software aufspielen |
      freischaltung | entsperrung | entsperrservice | gravurservice | gravur service | digitalisierung |
      digitalisieren | coaching | unterricht;
    installation service: fahrertraining | onlinekurs | videokurs | einsteigerkurs | seminar | fotokurs;
    replica: nicht echt | unecht | unechte | kein echtes | neuprägung | neuprägungen | nachguß | nachguss |
      sammleranfertigung | sammler anfertigung | sonderanfertigung nach | anfertigung nach | galvano |
      museumsreplik | museumskopie | probeabschlag | gefälscht* | nachgemacht* | nachgebaut* | nachgeprägt*
      | fantasieprägung | phantasieprägung | goldkarte | metallkarte | proxykarte | proxy karte | custom
      karte | fanmade | fanart karte | aus metall gefertigt;
    wooden toy: kinderspielzeug | spielzeugversion | spielzeug version | spielzeugmodell | spielzeug modell
      | für den kaufladen | für die kinderküche | kinderküche | spielküche zubehör | rollenspielzeug | für
      die puppenhaus zubehör | kinderwerkzeug | spielwerkzeug | plüschversion | aus holz zum spielen |
      dekofigur aus | dekomodell | papiermodell | kartonmodell | bastelset | handyspielzeug | mini
      nachbildung | faschingskostüm | karnevalskostüm | verkleidungsset | puppenkleidung;
    wall art: handgemaltes bild | handgemalt* | gemälde | ölgemälde | ölbild | aquarell | leinwanddrucke |
      auf leinwand | motiv leinwand | siebdruck | lithographie | lithografie | radierung |
      bleistiftzeichnung | alu dibond | acrylbild | acrylglasbild | wanddeko | wandsticker | neonschild |
      blechbild | metallschild | emailleschild | metallposter | fototapete | holzschild | patentzeichnung |
      patent druck | diamond painting | malen nach zahlen | stickbild | stickvorlage | häkelanleitung |
      strickanleitung | nähanleitung | ausmalbild | puzzle motiv;
    mystery box: überraschungspack | überraschungsset | chance auf | losbox | wundertüten | glückstüte |
      glückspaket | mystery pack | zufallspaket | zufallskarte | adventskalender selbst;
    raffle: los zum | los um | verlosung von | gewinne ein | gewinne eine | gewinne einen | lospreis |
      losverkauf | glückslos;
    lot: gespann | firmenauflösung | geschäftsauflösung | geschäftsaufgabe | lagerräumung | praxisauflösung
      | studioauflösung | werkstattauflösung | hobbyaufgabe | hobbyauflösung | koppelverkauf | koppelpreis |
      kombiangebot | kombi angebot | kombipaket | kombi paket | nur zusammen | nur gemeinsam | nur im set |
      nur im paket | nur als set | nur als paket | nur im doppelpack | zusammen abzugeben | zusammen
      verkauft | gemeinsam abzugeben | als paket abzugeben | als konvolut | als set abzugeben | beide
      zusammen | alle zusammen | alles zusammen für | im doppelpack | rückläufer palette | palette
      rückläufer | retourenpalette | palette retouren | palettenware | mischpalette | retourenware palette |
      großes konvolut | kellerfund konvolut | gemischtes konvolut | nachlasskonvolut | kistenweise |
      sammlungsaufgabe | ausrüstung komplett | komplette ausrüstung | bestandsauflösung | sammlerauflösung |
      ein schwung | ganzer schwung | jahrgangssatz;
    # pcs: # stck | # identische | # gleiche | # baugleiche | # einzelne | # flaschen | # päckchen | #
      objektive | # taschen | # münzen | # loks | # lokomotiven | # gitarren | # monitore | # laptops | #
      notebooks | # rechner | # maschinen | # akkuschrauber | # drucker;
    choose: größe angeben | größe bitte angeben | bitte größe angeben | farbe angeben | farbe bitte angeben
      | bitte farbe angeben | bei kauf angeben | beim kauf angeben | bitte angeben | wunschgröße angeben |
      modell angeben | bitte modell angeben | größe nach wahl | farbe nach wahl | nach wunsch | je nach
      größe | je nach modell | je nach ausführung | in vielen größen | in allen größen | in verschiedenen
      größen | in verschiedenen farben | in vielen farben | in allen farben | unterschiedliche größen |
      unterschiedliche farben | unterschiedliche modelle | mehrere varianten | mehrere modelle | mehrere
      ausführungen | diverse ausführungen | diverse varianten | größen wählbar | farben wählbar | speicher
      wählbar | variante wählbar | modell wählbar | länge wählbar | stärke wählbar | zum selbst aussuchen |
      selbst aussuchen | einzeln oder als set | einzeln oder im set | einzelauswahl | auswahlliste | aus
      liste wählen | siehe auswahl | größe wählen | farbe wählen | modell wählen | variante wählen | jahr
      wählbar | jahrgang wählbar | motiv wählbar | motivwahl | sorte wählbar | konfigurierbar | frei
      konfigurierbar;
    for rent: leasingrate | leasingübernahme | im leasing | leasingangebot | mietangebot | abomodell | im
      abo | monatliche rate | monatlich mieten | tageweise | stundenweise | wochenweise | langzeitmiete |
      zum verleihen | ausleihe | auszuleihen | leihbar | mietbar | miete pro | miete ab | probefahrt buchen;
    wtb: wer hat | wer kann | suche dringend | dringend gesucht | suche defekt | suche defekte | kaufe an |
      kaufe ihre | kaufe eure | kaufe alte | kaufe defekte | nehme jede | immer auf der suche | gerne
      anbieten | bitte alles anbieten | alles anbieten;
    swap only: tausche meine | tausche mein | tausche meinen | tausch gesucht | biete zum tausch | biete
      tausch | würde tauschen | nur zum tausch | nur tauschen | nur im tausch | tauschpartner
    """)

GERMAN_TRADE_FAULTS = table("""
    not working: bleibt kalt | bleibt stumm | bleibt aus | bleibt weiß | bleibt leer | bleibt tot | bleibt
      nach | bleibt über nacht | bleibt immer wieder | bleibt ab und zu | bleibt gelegentlich | bleibt
      manchmal | bleibt öfter | bleibt ständig | bleibt sporadisch | bleibt einfach | bleibt oft | stumm |
      kein mucks | keine regung | dreht nur noch | dreht nur | läuft nur noch | geht nur noch | lädt nur
      noch | zeigt nur | zeigt nur noch | spielt nur noch | funktioniert nur noch | bootet nur | bootet nur
      bis | startet nur | startet nur noch | lädt nur bis | lädt nur sporadisch | lädt nur langsam | lädt
      nur mit | läuft nur mit | funktioniert nur mit | funktioniert nur am | geht nur mit | geht nur am |
      geht nur an | nur am netzteil lauffähig | läuft rau | läuft rauh | läuft schwer | läuft schwergängig |
      läuft zu langsam | läuft zu schnell | läuft ungleichmäßig | läuft unruhig | läuft heiß | läuft
      rückwärts | geht nach kurzer | geht zeitweise | geht manchmal | geht sporadisch | startet sporadisch |
      startet schlecht | springt schlecht an | springt schwer an | nimmt kein gas | nimmt kein | nimmt
      nichts | nimmt nicht | dreht durch | rutscht durch | rutscht | qualmt | raucht | stinkt verbrannt |
      riecht verbrannt | schlägt funken | eiert | hakt | ruckelt | ruckt | stottert | geht aus sobald | fi
      fliegt | fi löst aus | sicherung fliegt | sicherung löst aus | löst fi aus | schaltet den fi | keine
      leistung | ohne leistung | keine kraft | kein druck | kein wasser | zieht nicht | mahlt nicht mehr |
      nur halbe leistung | leistungsverlust | zu wenig druck | kein zündfunke | heizt nur | heizt kaum |
      kühlt kaum | kühlt nur | saugt kaum | lädt kaum | geht kaum | reagiert kaum | kaum noch | steckt fest
      | kanal tot | linker kanal tot | rechter kanal tot | ein kanal tot | kanal ausgefallen | spielt nur
      rechts | spielt nur links | nur rechts ton | nur links ton | nur mono | außer funktion | fällt aus |
      fällt ständig aus | fällt sporadisch aus | fällt immer wieder aus | steht auf störung | zeigt störung
      | pumpe defekt | meldet fehler | meldet störung | erkennt sim nicht;
    for parts: zum upcyclen | zum upcycling | upcycling | nur als ersatz | zum zerlegen | nur noch schrott |
      schrott | schrottgerät | elektroschrott | zur teilegewinnung | teilegewinnung | teileentnahme | zum
      recyceln | als organspender | bastlerfahrzeug | bastlerpaket | für schrauber | an schrauber | für
      kenner | für uhrmacher | an uhrmacher | für techniker | an techniker | für elektroniker | an
      elektroniker | für handwerker | projektfahrzeug | schlachtfahrzeug | schlachtauto | schlachtrad |
      schlachtplatine | ausgeschlachtet* | geschlachtet | ausgebeint | teilweise zerlegt | für fleißige
      hände | restaurierungsobjekt | restaurierungsbedürftig* | dachbodenfund defekt | zum fertigstellen |
      abgebrochenes projekt | projektaufgabe;
    faults: durchgescheuert* | durchgesessen* | aufgerissen* | mottenlöcher | mottenloch | mottenfraß |
      lochfraß | brandloch | brandlöcher | stockig | muffig | rostschaden | rostschäden | durchrostung |
      korrosion | korrodiert* | oxidiert* | grünspan | salzwasser | salzwasserschaden | wasserrand |
      wasserränder | hausschwamm | zinkpest | spielt verrückt | macht zicken | macht probleme | macht
      geräusche | macht komische geräusche | schleift | quietscht | klappert | heult | pfeift | fiept |
      klopft | lose sohle | sohle löst | sohle lose | naht offen | offene naht | nähte offen |
      reißverschluss kaputt | reißverschluss klemmt | reißverschluss defekt | futter zerrissen | henkel
      gerissen | griff gerissen | klebrig* | aufgelöst* | zersetzt* | ausgelutscht | gekittet | geklebt* |
      restauriert geklebt | fehlstelle | fehlstellen | bruchstellen | eingeknickt | knick mittig |
      henkelspur | randfehler stark | angebohrt | gestopft | bespritzt | verzogen* | hals verzogen |
      verbogen* | krumm | schief | unwucht | höhenschlag | seitenschlag | lagerspiel | ausgeschlagen* |
      ölverlust | ölt | verbraucht öl | durchfeuchtet | kondenswasser | glas schlieren | balsamtrennung |
      feinschlieren | ölige lamellen | lamellen ölig;
    crackling: krächzt | scheppert | kratzt | poti kratzt | potis kratzen | verzerrt | übersteuert |
      rumpelt;
    incomplete: ausgebaut fehlt | anker raus | motor raus | motor fehlt | ohne innenleben | ohne innereien |
      ohne werk | ohne platine | ohne laufwerk | ohne mainboard | ohne zeiger | ohne zifferblatt | ohne
      hauptplatine | ohne pumpe | ohne kolben | teile weg | ein paar teile fehlen | nicht mehr vollständig |
      nicht mehr komplett | nicht ganz vollständig | nicht ganz komplett | seiten herausgerissen | seite
      herausgerissen | cover fehlt | hülle fehlt | disc fehlt | cd fehlt | modul fehlt | deckel fehlt |
      akkudeckel fehlt | batteriedeckel fehlt | rückseite fehlt | taste fehlt | tasten fehlen | knopf fehlt
      | knöpfe fehlen | glieder fehlen | schrauben fehlen | puzzleteile fehlen | puzzleteil fehlt |
      kleinteile fehlen | minifiguren fehlen | minifigur fehlt | nur torso;
    activation locked: passwort gesetzt | supervisor passwort | passwort unbekannt | passwort gesperrt |
      biospasswort | mit passwort gesperrt | mit code gesperrt | code unbekannt | pincode vergessen | pin
      gesperrt | sperrcode vergessen | muster vergessen | entsperrmuster vergessen | entsperrcode vergessen
      | apple id gesperrt | apple id unbekannt | account unbekannt | firmenverwaltung | fernverwaltung |
      konto drauf | account drauf | google konto drauf | verwaltet durch | verwaltet von;
    blacklisted: konsole gebannt | gebannt* | account ban | online gesperrt | psn ban | netzsperre
    """)
