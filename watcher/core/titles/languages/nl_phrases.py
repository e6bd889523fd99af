"""Dutch phrases: comparisons, what shops and other sellers offer, parts and faults per trade."""

from __future__ import annotations

from watcher.core.titles.languages.base import table

DUTCH_COMPARISONS = table("""
    similar to: broertje van | broertje van de | broertje van het | broer van | broer van de | zusje van |
      zusje van de | zus van | zus van de | zustermodel van | tweeling van | tweeling van de | tweelingbroer
      van | neefje van | familie van | verwant aan | tegenhanger van | concurrent van | concurrent van de |
      rivaal van | net zo goed als | even goed als | zo goed als | zo goed als een | zo goed als de |
      vergelijkbaar aan | te vergelijken met | in vergelijking met | vergeleken met | identiek aan |
      hetzelfde als | zelfde als | lijkend op | doet denken aan | klinkt als | in stijl | in de stijl |
      stijl van | naar model van | model als | type als | variant op | variant van | kloon van | gebaseerd
      op | afgeleid van | een maatje kleiner dan | stapje onder | een stap onder | een stap boven | net
      onder de | instapmodel onder | hoort bij de familie | zit naast de | alternatief | alternatief op |
      goed alternatief | goedkoop alternatief | kleine broer van | grote broer van | kleine broer van de |
      grote broer van de;
    successor to: opvolger | opvolger van de | opvolger van het | voorganger | voorganger van de | voorloper
      | voorloper van | voorloper van de | voorloper op | vervanger | vervanger van | vervanger van de |
      vervangt de | vervangt het | kwam na | kwam voor de | volgt op | verscheen na | nieuwe generatie van;
    than: lichter dan | zwaarder dan | zwakker dan | sterker dan | sneller dan | trager dan | stiller dan |
      luider dan | korter dan | langer dan | nieuwer dan | ouder dan | duurder dan | mooier dan | zeldzamer
      dan | compacter dan | handiger dan | breder dan | smaller dan | dunner dan | dikker dan | hoger dan |
      lager dan | meer dan de | minder dan de | anders dan | anders dan de | zwaarder beest dan | zuiniger
      dan | lichter broertje van | krachtiger dan | moderner dan | scherper dan | zachter dan | in
      tegenstelling tot;
    unlike: niet verwarren met | niet te verwarren met | niet met;
    not: niet de | niet het | niet een;
    not #: geen #;
    not #gb: geen #gb
    """)

DUTCH_OFFERS = table("""
    choose #: #gb of #gb | #tb of #tb | # of #gb | #cm of #cm | #mm of #mm | #ml of #ml;
    scratches with: kras op | kras op de | kras op het | kras aan | kras aan de | kras in de | kras in het |
      krassen op | krassen op de | krassen op het | krassen aan | krassen aan de | krassen in de | krassen
      in het | krasje op | krasje op de | krasje op het | krasje aan | krasje aan de | krasje in de | krasje
      in het | krasjes op | krasjes op de | krasjes op het | krasjes aan | krasjes aan de | krasjes in de |
      krasjes in het | deuk op | deuk op de | deuk op het | deuk aan | deuk aan de | deuk in de | deuk in
      het | deuken op | deuken op de | deuken op het | deuken aan | deuken aan de | deuken in de | deuken in
      het | deukje op | deukje op de | deukje op het | deukje aan | deukje aan de | deukje in de | deukje in
      het | deukjes op | deukjes op de | deukjes op het | deukjes aan | deukjes aan de | deukjes in de |
      deukjes in het | beschadiging op | beschadiging op de | beschadiging op het | beschadiging aan |
      beschadiging aan de | beschadiging in de | beschadiging in het | slijtage op | slijtage op de |
      slijtage op het | slijtage aan | slijtage aan de | slijtage in de | slijtage in het | gebruikssporen
      op | gebruikssporen op de | gebruikssporen op het | gebruikssporen aan | gebruikssporen aan de |
      gebruikssporen in de | gebruikssporen in het | gebruiksporen op | gebruiksporen op de | gebruiksporen
      op het | gebruiksporen aan | gebruiksporen aan de | gebruiksporen in de | gebruiksporen in het | vlek
      op | vlek op de | vlek op het | vlek aan | vlek aan de | vlek in de | vlek in het | vlekje op | vlekje
      op de | vlekje op het | vlekje aan | vlekje aan de | vlekje in de | vlekje in het | vlekken op |
      vlekken op de | vlekken op het | vlekken aan | vlekken aan de | vlekken in de | vlekken in het |
      sticker op | sticker op de | sticker op het | sticker aan | sticker aan de | sticker in de | sticker
      in het | stickerresten op | stickerresten op de | stickerresten op het | stickerresten aan |
      stickerresten aan de | stickerresten in de | stickerresten in het | slijtplek op | slijtplek op de |
      slijtplek op het | slijtplek aan | slijtplek aan de | slijtplek in de | slijtplek in het |
      slijtplekken op | slijtplekken op de | slijtplekken op het | slijtplekken aan | slijtplekken aan de |
      slijtplekken in de | slijtplekken in het;
    rare: zeldzaam en gezocht | gezocht en zeldzaam | lang gezocht | gewild*;
    # eye: # gaats | #gaats | # gaten;
    scratches: lichte lakschade | kleine lakschade | wat lakschade | minimale lakschade | lakschade op |
      lakschade aan | lichte schade aan doos | cosmetische schade | lichte gebruiksschade | kleine
      gebruiksschade | optische gebreken | optische schade | cosmetische gebreken | stickerresten | sticker
      resten | lijmresten | resten sticker;
    with sleeve: hoes met | hoes vg | hoes ex | hoes nm | hoes en plaat | plaat en hoes | hoes en vinyl |
      vinyl en hoes | hoes heeft | hoes in | klaphoes | uitklaphoes | gatefold hoes | originele hoes | hoes
      g | hoes goed | hoes netjes;
    battery health #: accu nog # percent | batterij nog # percent | accu slechts # percent | accu maar #
      percent | batterij maar # percent | accu gezondheid # percent | accu is # percent | batterij is #
      percent | batterijgezondheid # percent | batterijcapaciteit # percent | batterij capaciteit # percent
      | accucapaciteit # percent | maximale capaciteit # percent;
    with charger: koffer oplader | koffer lader | oplader en koffer | koffer en oplader | oplader koffer |
      koffer met oplader;
    with certificate: met certificaat | incl certificaat | met taxatierapport | met echtheidscertificaat;
    : zwart frame | grijs frame | zilver frame | zilveren frame | wit frame | aluminium frame | alu frame |
      carbon frame | stalen frame | zwarte frame | voor de verzameling | voor verzameling | voor je
      verzameling | voor uw verzameling | uit privé verzameling | uit privé collectie | uit privéverzameling
      | uit privécollectie | moet kwijt | wil kwijt | gebruik het niet | gebruiken het niet | weet het niet
      | draag het niet | doe het niet weg | geen reparatie | nooit gerepareerd | nooit in reparatie | geen
      reparaties | zonder reparaties | na een reparatie | reparatie gehad | onderhoud gedaan | servicebeurt
      gehad | beurt gehad | grote beurt gehad | net onderhoud gehad | recent onderhoud | restpartij nieuw |
      stuur een | stuur mij | stuur bericht | stuur pb | stuur me | stuur berichtje | prijs blijft | blijft
      vast | ingeruild | uit eigen gebruik | niet goed geld terug | door omstandigheden | wegens
      omstandigheden | wegens verhuizing | wegens ruimtegebrek;
    included: gratis bij | gratis mee | gratis meegegeven | krijg je mee | krijgt u erbij | doe ik erbij |
      doe ik er gratis bij | geef ik mee | gaat mee | gaan mee | wordt bijgeleverd | worden meegeleverd |
      worden bijgeleverd | bijbehorend* | hoort erbij | horen erbij | er bij | zit er bij | zitten er bij |
      zit bij | mee verkocht | wordt mee verkocht;
    repair service: onderhoudsbeurt | servicebeurt aan huis | onderhoud aan huis | reparatie aan huis | aan
      huis service | beurt aan huis | revisie vaste prijs | reparatie vaste prijs | onderhoud vaste prijs |
      vaste prijs reparatie | revisie door | horlogemaker revisie | laten repareren | laten reviseren |
      laten vervangen | laten maken | wij reviseren | wij herstellen | wij vervangen | ik repareer | ik
      herstel | klaar terwijl u wacht | reparatie binnen | zelfde dag klaar | accu revisie | accurevisie |
      cellen vervangen voor | slijpservice | slijpdienst | afstellen aan huis | afstelservice |
      ombouwservice | chiptuning | unlock service | ontgrendelen | simlock verwijderen | digitaliseren |
      digitaliseringsservice | graveerservice | graveren | stomen | reinigingsservice | reiniging aan huis |
      montage aan huis | bezorg en installatie | onderhoudscontract | servicecontract | herstelling aan huis
      | herstel vaste prijs | schermherstelling | herstelservice;
    installation service: privéles | online cursus | videocursus | rijles | stemmen aan huis;
    for rent: leasen | leaseplan | lease plan | leaseprijs | leasecontract | lease overname | leaseovername
      | proefmaand | op abonnement | in abonnement | abonnement per maand | via werkgever | per maand huren
      | huren per | maandelijks huren | huur per | huur vanaf | per weekend te huur | weekend te huur |
      dagverhuur | te huren | verhuurd | bruikleen | uitleen | uitlenen | te leen voor;
    replica: niet echt | niet echte | niet de echte | onecht | onechte | nagemaakt | nabootsing |
      namaakartikel | lijkt net echt | geen echte | geen echt | metalen kaart | gouden kaart | proxy kaart |
      replicamunt | naslag | nageslagen | fantasiemunt | fanmade | zelf gebrouwen;
    wooden toy: kinder speelgoed | kinderspeelgoed | speelgoedversie | speelgoed versie | speelgoedmodel |
      speelgoed model | voor de poppenhoek | poppenwagen | poppenbuggy | speelgoedkeuken | voor het
      speelkeukentje | speelkeuken | rollenspel speelgoed | papiermodel | kartonnen model | knutselset |
      speelset kinderen | verkleedkleding | carnavalspak | verkleedpak | poppenkleding | houten speelgoed |
      casdon;
    ornament: boekensteun | boekensteunen | vaas beeldje | kerstornament | koelkastmagneet | onderzetter |
      onderzetters | nachtlampje | koektrommel | theedoek | badhanddoek | kussenhoes | sokken met print |
      puzzel met | bedrukte tas;
    mug: koffiemok | theemok | thermosbeker | drinkbeker | beker met | mok met | theeglas | bierglas met;
    wall art: zeefdruk | zeefdruk genummerd | litho | lithografie | pentekening | tekening | aquarel |
      olieverf | olieverfschilderij | handgeschilderd* | canvasdoek | canvas doek | op canvas | wanddoek |
      muursticker | neonbord | metaalplaat bord | tinnen bord | emaille bord | patenttekening | patent print
      | diamond painting | schilderen op nummer | borduurpakket | borduurpatroon | haakpatroon | breipatroon
      | naaipatroon | kleurplaat | ingelijste print;
    mystery box: verrassingspack | verrassingstas | kans op | grabbeldoos | mystery pakket |
      verrassingspakketje | geluksbox | blind pakket;
    raffle: win een | win deze | lootje | lootjes | lot kopen | prijsvraag | maak kans op | kans maken op |
      loten voor | verloten | wordt verloot | bingoprijs;
    lot: koppelverkoop | koppel verkoop | combi verkoop | combiverkoop | combideal | combi deal | in één bod
      | in een bod | één bod | een bod op alles | een prijs voor alles | één koop | alleen samen | alleen
      als set | alleen in set | alleen in combinatie | samen verkocht | samen weg | als set te koop | te
      koop als set | als setje | samen in een koop | als geheel | in één koop | opruiming hobby | studio
      opruiming | opruiming studio | handhelds opruiming | hobby opruiming | zolderopruiming |
      schuuropruiming | verzameling opruiming | palletpartij | hele pallet | volle pallet | pallet vol |
      pallet met | pallet retouren | klantretouren | retourpartij | retourpallet | faillissementspartij |
      faillissement | bedrijfsopheffing | winkelopheffing | leegverkoop | magazijnopruiming | complete
      uitrusting | hele uitrusting | stapeltje | doos met diverse | bananendoos | opheffing | tweetal |
      drietal | viertal | vijftal;
    # pcs: # identieke | # dezelfde | # gelijke | # losse | # laptops | # computers | # schermen | # lenzen
      | # gitaren | # tassen | # munten | # flessen | # machines | # boormachines | # printers | # fietsen |
      # locs | # locomotieven | # lps | # platen | # boeken | # albums;
    6 lps: zes lps | zes lp's;
    5 lps: vijf lps | vijf lp's;
    4 lps: vier lps | vier lp's;
    3 pcs: drie identieke | drie dezelfde | 3 delige combi;
    2 pcs: twee identieke | twee dezelfde | beide samen | allebei samen;
    choose: kies kleur | kies maat | kies je kleur | kies je maat | kies uit | kies model | kies zelf je |
      kies variant | kleur kiezen | maat kiezen | model kiezen | zelf kiezen | zelf samenstellen |
      configureer zelf | stel zelf samen | zelf configureren | geef maat door | maat doorgeven | maat
      opgeven | kleur doorgeven | kleur opgeven | vermeld maat | vermeld kleur | maat vermelden | kleur
      vermelden | alle varianten | in alle maten | in alle kleuren | in meerdere maten | in meerdere kleuren
      | in diverse kleuren | in diverse maten | in verschillende maten | in verschillende kleuren | los of
      als set | los of samen | ook los te koop | ook per stuk | per stuk te koop | maten beschikbaar |
      kleuren beschikbaar | meerdere beschikbaar in | keuzelijst | uit lijst | naar wens | kleur naar wens |
      opslag naar keuze | lengte naar keuze | nummers uit lijst | vele maten | veel kleuren | veel maten;
    wtb: zoekende | zoeken naar | wie verkoopt mij | wie kan | kopen gevraagd | dringend gezocht | zoek
      defecte | koop uw | ik koop | altijd op zoek | aangeboden gevraagd | mag defect zijn;
    swap only: ruil mijn | ruilen met | wil ruilen | wil graag ruilen | ruil aanbod | alleen te ruil |
      inruilen tegen | graag ruilen
    """)

DUTCH_PARTS = table("""
    bezel: lunette;
    movement: binnenwerk;
    @ sparepart: losse stylus | losse pen | losse s pen | spatbordset | spatborden set | voorspatbord |
      achterspatbord | voorwiel | voorwielen | achterwiel | achterwielen | wielenset | zwenkwiel |
      zwenkwielen | rolletjes set | scharnierklem | klemhendel | klembout | zadelpen | handvatten |
      handvatten set | ketting fiets | kettingspanner | kettingkast | fietsketting | fietsbel |
      fietsstandaard | voordrager | achterdrager | bagagerek | tasadapter | naafdynamo | remblokken |
      remblokjes | remkabel | remhendel | versnellingskabel | versnellingsnaaf | trapas | trapstel |
      balhoofd | binnenband | buitenband | motorblok | display ebike | displayhouder | inlegvellen |
      inlegvel | bakpapier | bakmand | bakmandje | mandje | frituurmand | mand | lade los | binnenpan | pan
      los | antispatscherm | spatscherm | rooster los | grillplaat | pizzavorm | bakvorm | spiesen |
      spiesenset | scheidingsrooster | grondzeil | buitentent | binnentent | binnenslaapcabine | slaapcabine
      | luifel | luifelstok | luifelstokken | tentstok | tentstokken | tentharingen | haringen |
      scheerlijnen | scheerlijn | tentdoek | stormband | voortent | zijwand luifel | tentzak | tenttapijt |
      stokkenset | nokstok | dakzeil | zonneluifel | regenkap | muskietennet | kap los | zonnekap wagen |
      wandelwagenkap | voetenzak | bekerhouder | duwstang | bumperbar | veiligheidsbeugel | zitkap |
      matrasje | autostoel adapters | adapterset | luiertas los | stoeltje los | boodschappenmand | frame
      los | onderstel los | draagstel | cameraglaasje | cameraglas | lensglas | lensglaasje | pen los |
      simhouder | sim tray | achterklep | achterkant los | middenframe | moduleframe | oorspeaker |
      trilmotor | laadconnector print | vingerafdruksensor | aan uit knop flex | volumeknop | displaymodule
      | toetsenbord los | palmrest | palmsteun | onderkap | bodemkap | scharnierkap | displaykabel |
      laadpoortje | harddisk caddy | trackpad | alu kast | aluminium kast | kastje voor | behuizingskit |
      koelvin | koelvinnen | koelkast pi | poe hat | hat module | rackhouder | statiefgondel | statiefring |
      statiefgondel ring | gondel | lensring | scherpstelring | zoomring | rubberring | bajonet |
      bajonetring | filterhouder | voorzetlens | sluitergordijn | matglas | zoekerkap | flitsschoen |
      flitsschoenkapje | geheugenklepje | poortklepje | usb klepje | analoge stick | joystick los |
      schouderknop | schouderknoppen | triggerknop | laser unit | laserkop | lasereenheid | lensmodule |
      discdrive los | faceplate | zijpanelenset | afdekplaat | coverplates | controllerhouder | oplaadhouder
      | knoopsgatvoet | knoopsgatvoetje | naaivoet | naaivoetje | naaivoetjes | persvoet | persvoetje |
      ritsvoet | ritsvoetje | blindzoomvoet | boventransportvoet | spoelhuis | spoeltje | spoeltjes |
      spoelen set | steekplaat | grijper | voetpedaal | pedaal naaimachine | naaimachinenaalden | kniehevel
      | aanschuiftafel | naaitafel | garenpen | snaarwiel | klosje | sluiting | vouwsluiting | vouwgesp |
      vlindersluiting | kroontje | bezelring | lunette inlay | pasband | pennetjes | bandpennetjes |
      veerpennen | horlogepennen | opwindas | kastdeksel | achterdeksel | buis | zuigbuis | steelbuis |
      telescoopbuis | zuigstang | vloermondstuk | motorborstel | turboborstel | borstelrol | rolborstel |
      elektroborstel | kierenzuiger | meubelborstel | hepa filter | voorfilter | motorfilter | cycloon |
      cycloonunit | stofcontainer | triggerslot | wandhouder | accuhouder | rail los | opvoerrail |
      parallelgeleider | diepteaanslag | zijhandvat | zijgreep | stofafzuiging | afzuigadapter | koffer
      inlay | systainer leeg | makpac leeg | tandwielkast | kop los | boorkopsleutel | inbussleutel | bitset
      | zaagblad set | beschermkap | spanmoer | steunschijf | schuurzool | koolborstelset | schakelaar los |
      snijkop | maaikop | maaimes | maaimessen | draadspoel | opvangbak | opvangzak | grasopvangbak |
      zaagzwaard | zaagblad en ketting | startkoord | trekstarter | membraanset | vliegwiel | tankdop |
      uitlaatdemper | luchtfilterdeksel | toetsen los | potmeter | potmeters | potknop | potknoppen |
      draaiknoppen | keybed | pitchwiel | zijpaneel hout | houten zijpanelen | decksaver | stofkap |
      platenmat | slipmat | plaatspelernaald | draaiplateau mat | contragewicht | stemmechaniek |
      stemmechanieken | brug gitaar | slagplaat | kinsteun | schoudersteun | strijkstok | mondstukje |
      rieten | inlay vel | tekstvel | binnenhoes | binnenhoezen | buitenhoes | buitenhoezen | platenhoezen |
      obi los | lege hoes lp | lanceertoren | lanceerplatform moc | displaystandaard | displayplaat |
      stickervel | bouwboekje los | verlichtingskit | acryl vitrine | stofkast | maalwerk | maalschijf |
      maalstenen | melkopschuimer los | melkkan | melkslang | stoompijpje | filterhouder espresso | zeefje |
      koffiezeef | bonenreservoir | drukventiel | magneetventiel | watertank deksel | lekbakje |
      koffiedikbak | deurrubber koelkast | deurvak | flessenrek | vrieslade | bovenkorf | onderkorf |
      bestekkorf | sproeiarm | afvoerpomp | circulatiepomp | wasmachine pomp | schokdemper was | deurgreep |
      ovendeur | ovenglas | bakplaatset | oventelescoop | kookplaatknop | bedieningspaneel | bedieningsknop
      | buitenspiegel | spiegelglas | spiegelkap | deurgreep auto | deurpaneel | ruitmechanisme | dakdragers
      | dakdrager | trekhaak | kofferbakmat | automatten | rubbermatten | mattenset | wieldop | wieldoppen |
      naafdop | startmotor | dynamo | remklauw | remschijf | remschijven | draagarm | aandrijfas | wiellager
      | achterlicht | mistlamp | motorkap | achterklep auto | bumper auto | grille | pookknop | stuurhoes |
      stoelhoezen | hoedenplank | rugleuning | hoofdsteun | gasveer | armleggers | armlegger | zitting los |
      wielenset stoel | voetkruis | meubelpoten | tafelpoot | tafelpoten | lampenkap | glazen kap |
      plafondkap | hengsel | hengsels | schouderband los | tasorganizer | tas organizer | bag organizer |
      basevormer | bodemvormer | kettingriem | slotje | hangslotje | sleuteletui | gespdoorn | schoenspanner
      | schoenspanners | dustbags set | reserveknopen | reserveknoop | verstuiver | sprayer | leeg flesje |
      lege flacon | lege fles | testerdoos;
    poster: affiches;
    dock: laaddock | oplaaddock;
    strap: draagband | polsband | wisselband | reserveband;
    case: draagkoffer los | beschermkoffer | opbergkoffer | foedraal;
    box only: alleen het blik | leeg blik
    """)

DUTCH_TRADE_FAULTS = table("""
    not working: blijft koud | blijft uit | blijft stil | blijft wit | blijft leeg | blijft dood | blijft na
      | blijft steeds | blijft soms | blijft af en toe | blijft regelmatig | blijft vaak stilstaan | stopt
      na | stopt soms | stopt steeds | stopt ermee | valt stil | valt steeds stil | slaat steeds af | slaat
      na | slaat vanzelf af | slaat direct af | gaat direct uit | gaat meteen uit | gaat soms uit | schakelt
      na | schakelt vanzelf uit | start alleen | start soms | start slecht | start moeilijk | start
      nauwelijks | draait alleen nog | draait maar één | draait maar een | draait alleen links | draait
      alleen rechts | draait zwaar | draait stroef | loopt zwaar | loopt stroef | loopt slecht | loopt
      onregelmatig | loopt te langzaam | loopt te snel | loopt achter | loopt niet meer | loopt heet | werkt
      alleen met | werkt alleen op stroom | werkt alleen nog | werkt alleen op netstroom | werkt slecht |
      werkt niet altijd | werkt niet goed | doet raar | doet gek | doet het soms | doet het half | slipt |
      slipt door | rookt | stinkt verbrand | ruikt verbrand | vonkt | trekt niet | trekt slecht | zuigt
      slecht | zuigt nauwelijks | koelt slecht | koelt nauwelijks | verwarmt niet | laadt slecht | laadt
      nauwelijks | laadt alleen | laadt traag | stekker eruit en dan | pakt niet | pakt slecht | rem pakt
      niet | pakt niet meer | bakt niet | bakt niet meer | maalt niet | aardlek | aardlek slaat uit | slaat
      aardlek uit | stop slaat door | laat stop springen | geen kracht | geen vermogen | geen druk | weinig
      druk | vermogensverlies | een kanaal dood | kanaal dood | alleen links geluid | alleen rechts geluid |
      speelt alleen links | speelt alleen rechts | links geen geluid | rechts geen geluid | zwijgt |
      knippert continu | stottert | hort | schokt | is dood | helemaal dood | accu dood | scherm dood |
      batterij dood | motor dood | morsdood | geeft storing | geeft foutmelding | in storing | staat op
      storing | blijft in storing | muurvast | zit muurvast | draait vast;
    lines on screen: streep over scherm | streep over het scherm | streep over hele scherm | strepen over
      scherm | strepen over het scherm | groene streep | roze streep | groene lijn | groene lijnen | groene
      strepen | paarse vlek | zwarte vlek in scherm | inktvlek in scherm | vlek in scherm | lijn over scherm
      | verticale streep | verticale strepen | horizontale streep;
    for parts: voor de liefhebber met | voor de klusser | voor klusser | voor handige klusser | voor
      sleutelaar | voor de sleutelaar | voor reparateur | voor de reparateur | voor monteur | voor
      horlogemaker | voor de horlogemaker | als donormachine | donormachine | donorfiets | donorhorloge |
      donorboard | voor recycling | schroot | oud ijzer | rijp voor de sloop | sloopfiets | sloopauto |
      sloopmachine | plukfiets | gestript* | deels gedemonteerd | upcycling | voor upcycling | niet
      afgemaakt project | onafgemaakt project | afgebroken project;
    incomplete: is kwijt | zijn kwijt | onderdelen kwijt | onderdeel kwijt | deel kwijt | stuk kwijt | dop
      kwijt | deksel kwijt | klepje kwijt | trap kwijt | kwijtgeraakt | weg geraakt | blz weg | bladzijde
      weg | bladzijden weg | blz ontbreekt | blz ontbreken | pagina weg | pagina ontbreekt | pagina's weg |
      pagina's ontbreken | stuk weg | stukje weg | deel weg | hap uit | hap eruit | stukje uit | stuk uit
      rand | zonder motor | zonder binnenwerk | zonder uurwerk | zonder printplaat | zonder moederbord |
      zonder harde schijf | zonder wijzers | zonder wijzerplaat | zonder pomp | knop mist | knop ontbreekt |
      knoppen ontbreken | toets ontbreekt | toetsen ontbreken | toets mist | deksel ontbreekt | deksel mist
      | klepje ontbreekt | klepje mist | schroefjes ontbreken | schroeven ontbreken | schakels ontbreken |
      disc ontbreekt | cd ontbreekt | hoes ontbreekt | stickers ontbreken | poppetjes ontbreken |
      minifiguren ontbreken | figuren ontbreken | stukjes ontbreken | puzzelstukje ontbreekt | puzzelstukje
      mist | puzzelstukjes missen | stenen missen | steentjes ontbreken | niet helemaal compleet | niet meer
      compleet | niet meer volledig | bijna compleet | nagenoeg compleet | wiel ontbreekt | wiel mist | poot
      mist | poot ontbreekt;
    faults: kaft los | rug los | losse kaft | bladzijden los | losse bladzijden | pagina's los | losse
      pagina's | kroon los | glas los | wijzer los | wijzers los | index los | hendel los | zool los | zolen
      los | losse zool | naad los | naad open | rits kapot | rits stuk | rits klemt | voering kapot |
      voering gescheurd | ingekleurd | vlekken in stof | brandgat | brandgaten | brandgaatje | mottengaatjes
      | mottengaten | weerplekken | roest | doorgeroest* | verroest* | roestplekken | corrosie |
      gecorrodeerd | geoxideerd | zoutwater | condens in | met condens | condens onder glas | vocht in |
      vochtig | vochtschade in | muf | beschimmeld | krom | kromgetrokken | scheef | slag in wiel | slag in
      het wiel | speling | speling op | speling in | versleten lagers | olieverlies | verliest olie |
      verliest water | verliest lucht | verliest druk | maakt lawaai | maakt herrie | maakt geluid bij |
      rammelt | piept bij | giert | schuurt | plakkerig* | plakt | verkleefd | gelijmd* | gekit | gat in |
      deuk in behuizing | klapband | lek gestoken | lekke band | doorgesleten | tot op de draad | breuk in |
      scheurtje in tent | tent lekt | nekbreuk | gerestaureerde breuk | headstock breuk;
    activation locked: pincode onbekend | code onbekend | wachtwoord onbekend | wachtwoord erop | met
      wachtwoord | wachtwoord ingesteld | bios vergrendeld | bios slot | apple id onbekend | apple id erop |
      icloud onbekend | account onbekend | account vergeten | google account onbekend | patroon vergeten |
      ontgrendelcode vergeten | mdm vergrendeld | bedrijfsbeheer | beheerd door | gevonden telefoon;
    blacklisted: account ban | geband | gebande | verbannen | online ban | console ban | psn ban |
      geblacklist | netwerk geblokkeerd;
    crackling: kraakt bij | vervormt | vervormd geluid | potmeters kraken | potmeter kraakt | tikt hoorbaar
    """)
