"""Italian, as sellers on eBay.it and Subito write it."""

from __future__ import annotations

from watcher.core.titles.languages.base import Language, table
from watcher.core.titles.languages.it_things import ITALIAN_MORE

_GRAMMAR = {
    "with": "con | munito di | dotato di | completo di | completa di | corredato di | provvisto di",
    "incl": "incluso di | comprensivo di",
    "without": "senza | privo di | priva di | sprovvisto di",
    "# gb": "# giga | # gb",
    "no": "nessun | nessuna | nessuno | niente",
    "not": "non",
    "only": "solo | sola | soli | solamente | soltanto | esclusivamente",
    "and": "?e",
    "on": "sul | sulla | sullo",
    "by": "di | del | della | dello | dei | degli | delle",
    "from": "proveniente da | tolto da | smontato da | prelevato da | recuperato da | estratto da | preso da",
    "for": "per | per il | per la | per lo | per i | per le | per l' | per un | per una | per il tuo | "
    "compatibile con | compatibile | compatibili | compatibili con | adatto a | adatto per | adatta per | "
    "adatti per | ideale per | specifico per",
    "similar to": "simile a | simile al | simili a | uguale a | equivalente a | paragonabile a | tipo",
    "than": "meglio di | migliore di | più grande di | al posto di | invece di",
    "alternative to": "alternativa a | alternativa al",
    "successor of": "successore di | successore del | erede di | predecessore di",
    "included": "incluso | inclusa | inclusi | incluse | compreso | compresa | compresi | comprese | in "
    "dotazione",
    "not included": "non incluso | non inclusa | non inclusi | non compreso | non compresa | escluso | "
    "esclusa | esclusi",
    "missing": "manca | mancante | mancanti | mancano | assente",
    "battery replaced": "batteria nuova | batteria sostituita | batteria cambiata | nuova batteria | "
    "batteria al 100% | stato batteria | salute batteria | batteria originale al",
    "screen replaced": "schermo nuovo | schermo sostituito | display nuovo | display sostituito | vetro "
    "sostituito | vetro nuovo",
    "": "no scambi | non scambio | no scambio | non si accettano resi | no resi | scambi valutabili | "
    "possibile scambio | valuto scambi | valuto permute | anche scambio | spedizione possibile | spedisco | "
    "spedizione veloce | spedizione rapida | spedizione tracciata | vedi foto | vedere foto | guardare foto "
    "| vedi descrizione | come da foto | come in foto | dalla mia collezione | da collezione | da "
    "collezione privata | # disponibili | # pezzi disponibili | disponibile | disponibili | in stock | "
    "prezzo trattabile | trattabile | prezzo fisso | affare | occasione unica | vendo | in vendita | svendo "
    "| da vetrina | pezzo unico | pezzo raro | bel pezzo | pezzo da collezione | tutte le parti | tagliando "
    "fatto | tagliandato | appena revisionato | revisione fatta | su richiesta | garanzia legale | ottimo "
    "affare | causa inutilizzo | causa doppione | per inutilizzo | per cessata attività | urgente | ?a",
}

_NOISE = {
    "drum kit": "batteria elettronica | batteria acustica",
    "sleeve only": "solo copertina | solo la copertina | copertina senza disco",
    "in carrying case": "in valigetta | con valigetta | in valigia",
    "empty box": "scatola vuota | scatole vuote | box vuoto | confezione vuota | vuota | astuccio vuoto | "
    "custodia vuota | cofanetto vuoto | scatola vuota originale | imballo vuoto | scatola senza telefono | "
    "scatola senza contenuto | vuoto",
    "box only": "solo scatola | solo la scatola | sola scatola | scatola sola | solo box | solo confezione "
    "| solo la confezione | solo imballo | scatola senza | solo custodia | solo la custodia | solamente la "
    "scatola | solamente scatola | soltanto scatola | solo scatola originale | solo astuccio | solo "
    "cofanetto | senza gioco | soltanto la scatola",
    "original box": "scatola originale | confezione originale | imballo originale | con scatola | con la "
    "scatola | scatola e garanzia | scatola e documenti | box e documenti | full set | scatola e garanzia "
    "originali | completo di scatola | in scatola | con scatola originale",
    "sealed": "sigillato* | sigillata* | mai aperto | mai aperta | ancora sigillato | nuovo sigillato | "
    "incellofanato* | imballato* | non aperto | blisterato*",
    "new in box": "nuovo in scatola | nuova in scatola | nuovo imballato | nuovo in confezione | nuovo con "
    "scatola",
    "box": "scatola | scatole | confezione | cofanetto | astuccio",
    "packaging": "imballo | imballaggio | packaging",
    "lot": "tutti e tre | tutti e due | entrambi | tre paia | due paia | # paia | raccoglitore | lotto | "
    "lotti | stock | stock di | assortimento | collezione di | rimanenze | fallimentare | bancale | vari "
    "pezzi | collezione completa",
    "bundle": "venduti insieme | vendute insieme | insieme a | pacchetto completo | bundle",
    "set of #": "lotto di # | lotto da # | set di # | set da # | confezione da # | pacco da # | serie di # "
    "| lotto #",
    "# pcs": "# pezzi | # pz | # unità | # esemplari",
    "2 pcs": "due pezzi | coppia di | n 2 | n°2",
    "3 pcs": "tre pezzi | tris di | n 3 | n°3",
    "4 pcs": "quattro pezzi | n 4 | n°4",
    "one pair": "un paio",
    "pair": "paio | coppia",
    "right only": "solo destro | solo destra | solo scarpa destra | solo auricolare destro",
    "left only": "solo sinistro | solo sinistra | solo scarpa sinistra | solo auricolare sinistro",
    "metal card": "carta metallo | carta in metallo | carta metallica | carta dorata",
    "wtb": "qualcuno vende | chi ha | cerco | cercasi | compro | acquisto | si cerca | cerchiamo | ricerco "
    "| chi vende | compro contanti | in cerca di",
    "we buy": "compriamo | acquistiamo | ritiro usato | ritiriamo | valutiamo il tuo | valutazione usato | "
    "vendi il tuo | permuta del tuo",
    "rare": "introvabile | rarissimo* | molto ricercato | ricercatissimo | molto raro | raro | rara",
    "swap only": "scambio | scambio con | permuto | permuta | baratto | scambiasi | solo scambio",
    "for rent": "noleggio | affitto | affittasi | noleggiasi | a noleggio | in affitto | al giorno | a "
    "settimana | per un giorno | giornaliero | noleggio giornaliero | in prestito",
    "repair service": "riparazione | riparazioni | servizio riparazione | assistenza | sostituzione "
    "schermo | sostituzione display | sostituzione batteria | sostituzione vetro | ripariamo | revisione "
    "completa | servizio di revisione | manodopera | sblocco | recupero dati | intervento | cambio vetro | "
    "cambio batteria | cambio display",
    "replica": "sottomarca | replica | repliche | copia | imitazione | falso | contraffatto | non "
    "originale | non autentico | tarocco | clone | simil | bigiotteria",
    "reprint": "ristampa | riproduzione | facsimile | copia anastatica | anastatica",
    "dummy": "finto | telefono finto | dummy | manichino | mock up",
    "inspired by": "ispirato a | ispirata a",
    "compatible bricks": "compatibile lego | non lego | tipo lego | compatibili lego",
    "preorder": "preordine | prevendita | preordini | prenotazione | in uscita | disponibile dal | "
    "prossima uscita | in arrivo | pre ordine | pre-ordine",
    "deposit": "acconto | caparra | cauzione | deposito cauzionale",
    "instalments": "a rate | pagamento a rate | in # rate",
    "choose": "specificare | indicare | a scelta | scelta | scegli | da scegliere | scegliere | vari "
    "colori | varie misure | varie taglie | diversi colori | diverse misure | diversi modelli | vari "
    "modelli | tutte le taglie | tutti i colori | tutte le misure | più colori | più misure | colori vari | "
    "colore a scelta | taglia a scelta | misura a scelta | disponibile in | varie colorazioni | diverse "
    "taglie | taglie varie | misure varie | modelli vari | colori assortiti | a tua scelta",
    "photo only": "solo foto | solo fotografia | soltanto foto",
    "photo of": "foto di | foto del | fotografia di | immagine di | stampa fotografica | cartolina",
    "press photo": "foto stampa",
    "poster": "locandina | manifesto | locandine | manifesti",
    "art print": "stampa artistica | litografia | stampa d'arte",
    "oil painting": "dipinto | olio su tela",
    "wall art": "targa in metallo | targa metallica | targa pubblicitaria | insegna | decorazione da parete",
    "advertisement": "pubblicità | pubblicita | pagina pubblicitaria | inserzione pubblicitaria | "
    "pubblicità vintage",
    "brochure": "depliant | dépliant | opuscolo | volantino",
    "catalog": "catalogo | listino",
    "magazine page": "articolo di giornale | ritaglio | pagina di rivista | ritagli",
    "gift voucher": "buono regalo | buono sconto | carta regalo | gift card | buono acquisto",
    "digital code": "codice digitale | codice download | chiave di attivazione | codice di attivazione | "
    "account digitale | chiave digitale | versione digitale | solo codice",
    "raffle": "lotteria | riffa | biglietto lotteria | sorteggio",
    "mystery box": "scatola misteriosa | box misteriosa | busta sorpresa | pacco sorpresa | a sorpresa",
    "please read": "leggere descrizione | leggere bene | leggere annuncio | leggi descrizione | leggere "
    "attentamente | leggi bene | leggere | leggete descrizione | leggere la descrizione | leggi annuncio | "
    "leggere inserzione",
    "as is": "così com'è | cosi com'è | come sta | nello stato | nelle condizioni in cui si trova | "
    "venduto come si trova | visto e piaciuto | venduto così | nello stato in cui si trova | come si vede | "
    "si vende così | così come si trova | stato di fatto",
}

_ACCESSORIES = table("""
    accessories: accessori | accessorio; case: cover | custodia | custodie | fodero | guscio | cover
      protettiva | custodia protettiva; carrying case: borsa trasporto | valigetta | borsa da trasporto |
      valigia | borsa fotografica | custodia rigida; cover: copertina | telo copri | copri | fodera;
    protector: pellicola | vetro temperato | pellicole | proteggi schermo | pellicola protettiva | vetrino
      protettivo | salvaschermo; battery: batteria | batterie | accumulatore | pila | pile; charger:
      caricabatterie | caricatore | carica batterie | caricabatteria | caricatori; charging case: custodia
      di ricarica | case di ricarica | custodia ricarica; dock: base di ricarica | base ricarica | stazione
      di ricarica | docking; power supply: alimentatore | alimentatori | trasformatore; power cord: cavo di
      alimentazione | cavo alimentazione; cable: cavo | cavi | prolunga | cavetto; flex cable: cavo flat;
    holder: supporto | supporti | porta; wall mount: staffa a muro | supporto a muro | supporto da parete;
    bracket: staffa | piastra; stand: piedistallo | base supporto | espositore; tripod: treppiede |
      treppiedi | cavalletto; remote control: telecomando | telecomandi; strap: cinturino | cinghia |
      cinturini | laccio; watch strap: cinturino orologio | cinturino per orologio | bracciale orologio |
      cinturino in pelle | cinturino pelle; bracelet: bracciale; bracelet links: maglie aggiuntive; dial:
      quadrante; hands: lancette; buckle: fibbia; crystal: vetro orologio | vetro zaffiro ricambio; bezel:
      ghiera | lunetta; movement: solo movimento; lens cap: tappo obiettivo | copriobiettivo | tappo; rear
      cap: tappo posteriore; body cap: tappo corpo; lens hood: paraluce; eyecup: oculare | conchiglia
      oculare; battery grip: impugnatura | battery grip; lid: coperchio; battery cover: coperchio batteria |
      sportello batteria | vano batteria | sportellino; back glass: scocca posteriore | vetro posteriore |
      back cover; digitizer: vetro touch | display di ricambio | schermo di ricambio | touch screen di
      ricambio | schermo lcd | display lcd; screen: schermo; housing: scocca | telaio | carcassa;
    replacement part: ricambio | pezzo di ricambio | parte di ricambio; replacement parts: ricambi | pezzi
      di ricambio | parti di ricambio | parti per; replacement: di ricambio | ricambio per | sostitutivo;
    manual: manuale; user manual: istruzioni | manuale d'uso | libretto istruzioni | manuale istruzioni |
      libretto di istruzioni | manuale utente; instruction manual: istruzioni di montaggio | regolamento;
    booklet: libretto; service manual: manuale officina | manuale d'officina | manuale di riparazione;
    receipt: scontrino | fattura | ricevuta; certificate: certificato di autenticità; papers: documenti;
    warranty: garanzia | in garanzia; warranty card: carta di garanzia; dustbag: sacchetto | dust bag |
      sacchetto antipolvere; keychain: portachiavi; mug: tazza; brush: spazzola | spazzole; brush head:
      testina di ricambio; nozzle: bocchetta | ugello | beccuccio; hose: tubo flessibile | tubo; dust bin:
      contenitore polvere | serbatoio polvere; drip tray: vaschetta raccogligocce | raccogligocce;
    reservoir: serbatoio | serbatoio acqua; gasket: guarnizione | guarnizioni; screws: viti; mainboard:
      scheda madre | scheda elettronica | scheda logica; blade: lama | lame; fan: ventola | ventole; cooler:
      raffreddamento; heatsink: dissipatore; knob: manopola | manopole; button: pulsante | tasto | tasti |
      pulsanti | interruttore; handle: manico | maniglia; hinge: cerniera | cerniere; wheels: ruote |
      rotelle; laces: lacci | stringhe; insoles: solette; ear pads: padiglioni di ricambio | gommini;
    cushion: cuscino; attachment: accessorio ricambio; insert: inserto | copertina custodia; light kit: kit
      luci | kit led; display case: teca | vetrinetta; minifigures: minifigure | omini; filter: filtro |
      filtri; adapter: adattatore | adattatori | anello adattatore; charm: ciondolo; whisk: frusta | fruste
    """)

_PARTS = table("""
    brushes: carboncini | spazzole motore; padlock: lucchetto; module: modulo; neck: manico chitarra;
    strings: corde | muta di corde; course: lezioni; crossbody: tracolla; chuck: mandrino; handle: maniglie;
    hook: forcellino; cup: boccale | brocca | caraffa | bicchiere; frame: telaio bici | forcella | cornice;
    pedal: pedale | pedali; motor: motore | motorino; pump: pompa | pompetta; switch: interruttori |
      commutatore; hinge: cardine; pickup: pickup; speaker: speaker; mirror: specchi; sensor: sensore |
      sonda; port: porta usb | connettore di ricarica | presa; plate: targhetta | placca; tray: vassoio |
      cassetto; chain: catena; gearbox: riduttore | ingranaggio | ingranaggi; panel: pannello | frontalino |
      mascherina; door: sportello; rail: rotaia | binario; spring: molla | molle; pin: perno | perni; guard:
      protezione; seal: sigillo | o-ring; jug: lattiera; clip: gancio | clip; grip: impugnature; insert:
      divisorio; plates: piastre; pads: pattini; tip: puntale | punta; boards: schede; certificate:
      expertise; sticker: adesivo | adesivi; decals: decalcomanie; keychain: portachiave; stand: piedini |
      base tv
    """)

_CONDITIONS = {
    "new": "nuovo | nuova | nuovi | nuove | nuovissimo*",
    "like new": "come nuovo | come nuova | come nuovi | come nuove | pari al nuovo | quasi nuovo | quasi "
    "nuova | praticamente nuovo | ottimo stato | perfetto stato | perfette condizioni | stato perfetto | "
    "pari a nuovo | seminuovo | seminuova | ottime condizioni",
    "used": "usato | usata | usati | usate | di seconda mano | seconda mano",
    "unused": "mai usato | mai usata | mai usati | mai utilizzato | mai indossato | mai indossata | mai "
    "indossate | mai indossati | usato poco | poco usato | usata poco | usato pochissimo | mai utilizzata | "
    "pochissimo usato | poco usata",
    "worn": "segni di usura | segni di utilizzo | segni d'uso | usura | segni d'usura | segni del tempo | "
    "normali segni",
    "very good": "ottimo | ottima | ottime | ottimi | eccellente | eccellenti | bellissimo | bellissima",
    "good": "buono | buona | buone | buoni | discreto | discrete",
    "condition": "condizioni | stato | condizione",
    "flawless": "impeccabile | perfetto | perfetta | perfette | perfetti | immacolato",
    "fully working": "perfettamente funzionante | perfettamente funzionanti | funzionante al 100% | "
    "pienamente funzionante | funziona perfettamente | funziona benissimo | tutto funzionante | tutto "
    "funziona | totalmente funzionante | funzionante in tutto",
    "working": "funzionante | funzionanti | funziona | funzionano | va bene | ok",
    "tested": "testato | testata | testati | provato | provata | verificato | controllato | collaudato",
    "refurbished": "ricondizionato | ricondizionata | rigenerato | rigenerata | revisionato | revisionata "
    "| rimesso a nuovo | restaurato | restaurata",
    "repaired": "riparato | riparata | riparati | aggiustato",
    "replaced": "sostituito | sostituita | cambiato | cambiata",
    "complete": "completo | completa | completi | complete",
    "scratches": "graffi | graffio | graffietti | graffietto | micrograffi | micro graffi | segnetti | "
    "segni | righe",
    "scratched": "graffiato | graffiata | rigato",
    "unlocked": "sbloccato | sbloccata | no brand | nobrand | tutti gli operatori | sim free",
    "worn battery": "batteria debole | batteria scarica | batteria da sostituire | batteria da cambiare | "
    "batteria esausta | batteria usurata | batteria ko | batteria dura poco | batteria andata",
    "free shipping": "spedizione gratuita | spedizione inclusa | spedizione compresa | spese incluse | "
    "spedito gratis | spese di spedizione incluse | spedizione gratis | sped gratis",
    "local pickup": "ritiro a mano | consegna a mano | solo ritiro | ritiro in zona | ritiro di persona | "
    "brevi manu | scambio a mano | no spedizione | ritiro in loco",
    "original": "originale | originali | orig",
    "genuine": "autentico | autentica | ufficiale",
    "edition": "edizione",
    "limited": "limitata | limitato",
    "1st edition": "prima edizione | 1a edizione | i edizione | prima stampa",
    "vintage": "antico | antica | d'epoca",
}

_KINDS = table("""
    camera: fotocamera | macchina fotografica | reflex | fotocamera digitale | macchina foto; video camera:
      videocamera; lens: obiettivo | obiettivi | grandangolo | teleobiettivo; body: corpo macchina | corpo |
      solo corpo; watch: orologio | orologi; wristwatch: orologio da polso; mens watch: orologio uomo;
    womens watch: orologio donna; phone: telefono | cellulare | telefonino; headphones: cuffie | cuffia;
    earphones: auricolari | auricolare; speaker: casse | altoparlante | diffusori | diffusore; monitor:
      schermo pc; tv: televisore | televisione; graphics card: scheda video | scheda grafica; hard drive:
      disco rigido | hard disk; ram: memoria ram; keyboard: tastiera; laptop: portatile | computer portatile
      | notebook; computer: calcolatore; console: consolle; controller: joypad | joystick | controller;
    game: gioco | videogioco | gioco da tavolo; games: giochi | videogiochi; card: carta; cards: carte;
    figure: statuina | personaggio | statuetta; toy: giocattolo; coin: moneta; coins: monete; stamp:
      francobollo; stamps: francobolli; book: libro | romanzo; books: libri; comic: fumetto | albo; comics:
      fumetti; record: disco | 33 giri; vinyl: vinile | vinili | disco vinile; shoes: scarpe | scarpa;
    sneakers: scarpe ginnastica | scarpe da ginnastica; boots: stivali | stivaletti; jacket: giacca |
      giubbotto; bag: borsa | borse | borsetta; handbag: borsa a mano | borsa mano; shoulder bag: borsa a
      spalla | borsa spalla; crossbody bag: borsa a tracolla | borsa tracolla; backpack: zaino; wallet:
      portafoglio | portafogli; sunglasses: occhiali da sole; glasses: occhiali; drill: trapano | trapano
      avvitatore | avvitatore; hammer drill: trapano a percussione; rotary hammer: tassellatore | martello
      perforatore; impact driver: avvitatore a impulsi | avvitatore a massa battente; angle grinder:
      smerigliatrice | smerigliatrice angolare; saw: sega | sega circolare; jigsaw: seghetto | seghetto
      alternativo; chainsaw: motosega | elettrosega; sander: levigatrice; planer: pialla; router:
      fresatrice; trimmer: decespugliatore | tosaerba | regolabarba; blower: soffiatore; tool: utensile |
      attrezzo; vacuum: aspirapolvere | scopa elettrica; robot vacuum: robot aspirapolvere | aspirapolvere
      robot; mixer: planetaria | impastatrice | robot da cucina | robot | sbattitore; washing machine:
      lavatrice; dryer: asciugatrice | asciugacapelli | phon; dishwasher: lavastoviglie; fridge: frigorifero
      | frigo; coffee machine: macchina caffè | macchina da caffè | macchina del caffè | macchina per caffè
      | macchinetta caffè; bicycle: bicicletta | bici; electric bicycle: bici elettrica; scooter:
      monopattino | monopattino elettrico; guitar: chitarra; amplifier: amplificatore; turntable:
      giradischi; binoculars: binocolo; shaver: rasoio; toothbrush: spazzolino; necklace: collana; earrings:
      orecchini; perfume: profumo; pen: penna | stilografica | penna stilografica
    """)

_COLOURS = table("""
    black: nero | nera | ?neri | nere; white: bianco | bianca | ?bianchi | bianche; gray: grigio | grigia;
    red: rosso | rossa; blue: blu | azzurro | azzurra; green: verde; yellow: giallo | gialla; brown:
      marrone; pink: ?rosa; purple: viola; gold: oro | dorato | dorata; silver: argento | argentato; orange:
      arancione; navy: blu scuro; clear: trasparente; leather: pelle | vera pelle | cuoio; titanium:
      titanio; steel: acciaio | inox; wood: legno; rubber: gomma; plastic: plastica; mens: uomo; womens:
      donna; kids: bambino | bambina | bambini | ragazzo; size: taglia | misura | tg | mis; large: grande;
    small: piccolo | piccola; series: serie; vol: volume | volumi; year: anno | annata
    """)

_FAULTS = {
    "skips": "salta | salti",
    "for parts": "per pezzi | per ricambi | per parti di ricambio | per pezzi di ricambio | per parti | da "
    "smontare | per recupero pezzi | per recupero | solo per ricambi | solo per pezzi | donatore | come "
    "donatore | per intenditori | per tecnici | per hobbisti | per hobbista | per riparatori | per "
    "smanettoni | x ricambi | x pezzi | a pezzi | uso ricambi | uso ricambio | pezzi di recupero | per "
    "pezzi ricambio | vendo per ricambi | vendo per pezzi | vendesi per pezzi | da cannibalizzare | da "
    "usare come ricambio | come ricambi | come ricambio | uso pezzi | per appassionati del fai da te | per "
    "appassionati di restauro | da recuperare | recupero pezzi",
    "for repair": "da riparare | da sistemare | da revisionare | da restaurare | da aggiustare | per "
    "riparazione | da ripristinare | da rimettere a posto | necessita riparazione | necessita di "
    "riparazione | da rivedere | bisogna riparare | necessita revisione | necessita di revisione | "
    "necessita tagliando | bisognoso di | da controllare | riparabile | da sostituire | da mettere a posto "
    "| da rimettere in sesto | da rimettere in funzione | da risistemare | da ripulire e riparare | base "
    "per restauro | base di restauro | ottima base per restauro | necessita di restauro | necessita di "
    "sostituzione | da resuscitare | bisognosa di | da tagliandare | da pulire e riparare | progetto di "
    "restauro | da rimontare | da completare",
    "defective": "guasto | guasta | guasti | rotto | rotta | rotti | rotte | difettoso | difettosa | "
    "difetto | difetti | ko | fuori uso | danneggiato* | bruciato | bruciata | morto | morta | "
    "malfunzionante | in avaria | avaria | fulminato | spento | spenta | è andato | è andata | motore "
    "andato | motore fuso | è morto | è morta | bruciata | bucato | bucata | caldaia bucata | difettosi | "
    "difettose | guaste | in corto | va in corto | corto circuito | fa saltare il salvavita | fa scattare "
    "il salvavita | salta il salvavita | fa fumo | odore di bruciato | scoppiato | esaurito motore | in "
    "panne | in tilt | sfondato | ferma da anni | fermo da anni | ferma in cantina | fermo in cantina | "
    "fermo da tempo | ferma da tempo | kaputt",
    "not working": "fuori servizio | non dà segni di vita | nessun segno di vita | inutilizzabile | si "
    "spegne | si spegne da solo | si blocca | schermo nero | schermo blu | bannato | bannata | morto "
    "completamente | malfunzionamento | segni di vita | schermata bianca | schermata nera | schermata blu | "
    "schermata di errore | schermo bianco | schermo verde | bloccato sul logo | fermo sul logo | si ferma "
    "dopo | si spegne subito | si spegne sempre | non danno segnale | non dà segnale | non danno | non dà | "
    "non esce | non risponde più | in loop | riavvio continuo | bootloop | led rosso fisso | resta spento | "
    "resta spenta | rimane spento | smesso di funzionare | ha smesso di | non ne vuole sapere | rifiuta di "
    "| non va più | non dà immagine | non si sente | non mi sentono",
    "faulty": "fotocamera sfocata | foto sfocate | immagine sfocata | fotocamera appannata | problema | "
    "problemi | anomalia | malfunzionamenti | problemi di | noie | funziona male | funziona a metà | "
    "funziona solo a | fa rumore | rumore strano | rumore anomalo | fa le bizze | fa i capricci | "
    "capriccioso | capricciosa | funziona in parte | parzialmente funzionante | funziona parzialmente | un "
    "canale non | funzionamento irregolare",
    "damaged": "danneggiato | danneggiata | danni | ammaccato | ammaccata | incidentato | incidentata | "
    "rovinato | rovinata | botta | pessime condizioni | cattive condizioni | pessimo stato | storto | "
    "storta | piegato | piegata | deformato | deformata | caduta a terra | caduto a terra | scucito | "
    "scucita | macchiato dentro | logoro | logora | consumato fino | ammaccati | sfondata | distrutto | "
    "distrutta | mutilo | mutila | mutilo di | mutila del | bruciature | squarcio | schiacciato | "
    "schiacciata | sbeccato | sbeccata | scrostato | slegato | slegata",
    "water damage": "caduto in acqua | ossidato | ossidata | ossidazione | danni da acqua | danneggiato "
    "dall'acqua | caduto in mare | caduta in acqua | caduto nell'acqua | preso acqua | entrata acqua | "
    "infiltrazioni | alluvionato",
    "broken": "spaccato | spaccata | spaccati | scollato | scollata | spezzato | spezzata | rottura | "
    "rotture | frantumato",
    "cracked": "crepato | crepata | crepe | crepa | scheggiato | scheggiata | lesionato | lesionata | "
    "incrinato | incrinata | strappato | strappata | fessurato | fessurata | rotto in due | incrinatura | "
    "incrinature | sbrecciato",
    "cracked screen": "schermo rotto | vetro rotto | display rotto | schermo crepato | vetro crepato | "
    "display crepato | schermo scheggiato | vetro scheggiato | schermo da sostituire | vetro lesionato | "
    "display da sostituire | schermo frantumato | schermo danneggiato",
    "untested": "non testato | non testata | non testati | non provato | non provata | da testare | da "
    "provare | non ho modo di provare | mai testato | non verificato | non collaudato | impossibile testare "
    "| non posso testare | non so se funziona | funzionamento non verificato | non ho potuto provare | non "
    "garantito | non so se | funzionamento sconosciuto | senza prova | non ho provato | mai provato | non è "
    "stato testato | non è stata testata | non ho il caricatore | senza possibilità di prova | non posso "
    "provarlo | non posso provarla | impossibilitato a provare | non avendo modo | non avendo il caricatore "
    "| non garantisco il funzionamento | funzionamento da verificare | senza garanzia di funzionamento | "
    "non controllato | non ho potuto testare | ritrovato in soffitta | ritrovata in soffitta | trovato in "
    "cantina | mai provata",
    "incomplete": "senza minifigure | senza le minifigure | senza omini | senza personaggi | incompleto | "
    "incompleta | incompleti | mancano pezzi | pezzi mancanti | parti mancanti | mancante di | manca di | "
    "non completo | non completa | manca qualche | mancante del | mancante della | mancante di | sprovvista "
    "di | orfano di | orfana di | quasi completo | quasi completa | senza motore | senza movimento | senza "
    "lama | senza coperchio | senza testina | senza schermo | senza hard disk | senza ruote | mancano "
    "alcuni | manca un | manca una | mancano due | pagine mancanti | mancano pagine | circa # percento | "
    "spaiato | spaiata | posteriore rubata | anteriore rubata",
    "icloud locked": "bloccato icloud | icloud bloccato | bloccato con icloud | account icloud | blocco "
    "icloud | con id apple dimenticato | id apple bloccato | con icloud | icloud attivo | non resettato "
    "icloud",
    "activation locked": "bloccato | bloccata | blocco attivazione | account google | password dimenticata "
    "| codice dimenticato | blocco account | account bloccato | pin dimenticato | bloccato da account | id "
    "apple dimenticato | account dimenticato | bloccato dall'operatore_ | codice sblocco dimenticato | "
    "codice dimenticato",
    "blacklisted": "imei bloccato | rubato | blacklist | in blacklist",
    "intermittent": "falso contatto | falsi contatti | a intermittenza | saltuariamente | gracchia | "
    "fruscia | a volte | ad intermittenza | a tratti",
    "flickering": "sfarfalla | sfarfallio | lampeggia",
    "dead pixels": "pixel morti | pixel bruciati | pixel bruciato",
    "lines on screen": "righe sullo schermo | righe verticali | linee sullo schermo | linea verde | righe "
    "sul display | linee verticali | macchia sullo schermo | macchie sul display | macchie schermo | "
    "macchia display | righe schermo",
    "artifacts": "artefatti | artefatti grafici | artefatti video",
    "screen burn": "schermo bruciato | burn in | display impresso",
    "overheats": "surriscalda | surriscaldamento | scalda troppo | si surriscalda",
    "crashes": "si riavvia | si pianta | crasha | riavvii | va in blocco | si impalla | si freeza | si "
    "congela | si inchioda",
    "error code": "codice errore | messaggio di errore | dà errore | da errore | segnala errore | va in "
    "errore | errore lettura | errore disco | errore di lettura",
    "fungus": "muffa | muffe | presenza di funghi | funghi interni | con funghi | tracce di funghi | "
    "funghi sulla lente | funghi nelle lenti | muffa sulle lenti | funghi lenti",
    "rust inside": "ruggine interna | arrugginito | arrugginita | ossidato internamente",
    "stuck": "bloccata la | inceppato | inceppata | grippato | grippata | incastrato | incantato sul | "
    "otturatore incantato | incollato | tasti incollati | tasti appiccicosi | appiccicoso | appiccicosa | "
    "gomma appiccicosa",
    "leaks": "perde acqua | perde olio | perdita | perdite | perde | perde vapore | perde dalla | perde da "
    "| gocciola | trafila",
    "stick drift": "drift | analogico che drifta | analogico difettoso",
}

ITALIAN = Language(
    code="it",
    signs="senza per scatola ottimo ottime nuova nuovo condizioni usato usata funzionante funziona schermo "
    "batteria originale custodia cavo vuota pelle nera bianco bianca spedizione graffi perfetto perfette "
    "completo completa rotto ricambi vendo cerco orologio scarpe borsa telefono caricabatterie manuale "
    "istruzioni garanzia lotto pezzi più anche della degli alla testato sbloccato confezione cuffie "
    "fotocamera obiettivo gioco libro piccola leggera ruote macchina cambiata sostituita appena dalla alle "
    "priva cassa maglia anello occhiali nere nuove nuovi revisionato leggere perfettamente",
    translations=(*ITALIAN_MORE, _GRAMMAR, _NOISE, _ACCESSORIES, _PARTS, _CONDITIONS, _KINDS, _COLOURS),
    faults=_FAULTS,
    negations="non | mai",
    nones="nessun | nessuna | nessuno | senza | niente | privo di | priva di | assenza di | mai | no",
    works="funziona | funzionano | funzionava | funzionante | funzionanti | funzionare | accende | "
    "accendono | accendersi | carica | ricarica | parte | avvia | legge | leggono | gira | risponde | "
    "stampa | scalda | tiene | prende | mostra | rileva | riconosce | riconosciuto | aspira | pompa | "
    "raffredda | zoomma | mette a fuoco | chiude | apre | suona | riproduce | taglia | centrifuga | scarica "
    "| utilizzabile | operativo | va | vanno | batte | emette | visualizza | eroga | macina | collega | "
    "connette | aggancia | dà segni di vita | dà | tira | eroga vapore | registra | proietta | scrive | "
    "cuce | vola | ingrana | monta | gonfia | scatta | spara | innesta",
    functions="immagine | audio | suono | segnale | corrente | aspirazione | scintilla | compressione | "
    "vapore | vita | pressione | autofocus | messa a fuoco | retroilluminazione | touch | funzionamento | "
    "video | rete | segni di vita | tensione | flash | lettura | trazione | batteria tampone",
    fillers="si | più | bene | correttamente | sempre | molto | tutto | il | lo | la | i | le | del | di | "
    "in | a | al | completamente | totalmente | è | sono | purtroppo | ci | ne | anche | ben | "
    "perfettamente | niente | l' | che | ha | un | una | e | alcun | alcuna | più | ancora | neanche | "
    "nemmeno | mi",
    cures="riparato | riparata | riparati | sostituito | sostituita | cambiato | cambiata | risolto | "
    "risolta | nuovo | nuova | rifatto | rifatta | revisionato | revisionata | corretto | restaurato | "
    "rimosso | sistemato | cambiati | cambiate | sostituiti | sostituite | nuovi | nuove | rifatti | "
    "rifatte | revisionati | revisionate | saldato | riverniciato | appena cambiati | appena cambiata | "
    "appena sostituita | appena rifatta | restaurata | riplaccata | lubrificato | lubrificata | aggiornato "
    "| aggiornata | pulito | pulita",
    packaging="scatola | confezione | imballo | astuccio | cofanetto | scatola originale | confezione "
    "originale | custodia | copertina | etichetta | custodia originale | cartone | sovraccoperta",
    noun_first=True,
    elisions="d l s n un c m t dell all nell sull quest",
)
