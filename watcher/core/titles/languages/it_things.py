"""Italian things and phrases that come before those of `it.py`: parts by trade, ambiguous words."""

from __future__ import annotations

_PROTECTED = {
    "": "in corso | prezzo basso | basso prezzo | errore di acquisto | errore d'acquisto | acquisto "
    "errato | taglia errata | taglia sbagliata | misura sbagliata | regalo doppio | doppio regalo | "
    "regalo non gradito | prima scelta | possibile permuta | anche permuta | eventuale scambio | "
    "eventuali scambi | no permute | no permuta | no perditempo | astenersi perditempo | vendo o scambio "
    "| scambio o vendo | vendita o scambio | valuto offerte | faccio offerta | prezzo ribassato | "
    "ribassato | prezzo affare | prezzo non trattabile | non trattabile | leggermente trattabile | causa "
    "trasloco | causa cambio | causa upgrade | per cambio | per passaggio a | vedi altre inserzioni | "
    "vedi altri annunci | guarda le altre inserzioni | unico proprietario | primo proprietario | ottima "
    "fattura | buona fattura | pregevole fattura | mai caduto | mai caduta | non fumatore | casa di non "
    "fumatori | entrambi i lati | entrambe le parti | esposto in vetrina | esposto in teca | tenuto in "
    "teca | tenuto in vetrina | in teca | in vetrina | pronta consegna | pronta spedizione | spedizione "
    "immediata | pagamento alla consegna | contrassegno | paypal",
    "custom": "su misura | personalizzato | personalizzata | personalizzabile | customizzato | customizzata",
    "complete": "non manca nulla | non manca niente | manca nulla | nessun pezzo mancante | niente manca "
    "| nessuna parte mancante | tutti i pezzi presenti | c'è tutto | completo in ogni parte | completa in "
    "ogni parte | completo di tutto | completa di tutto | completo al 100%",
    "genuine": "non falso | non falsa | non replica | no replica | no falso | non è un falso | non è una "
    "replica | 100% originale | originale al 100% | garantito originale | autentica garantita",
    "with receipt": "prova d'acquisto | prova di acquisto | scontrino d'acquisto | scontrino di acquisto "
    "| fattura d'acquisto | fattura di acquisto | con scontrino | con fattura | scontrino incluso",
    "dated": "data acquisto | data di acquisto | acquisto # | acquistato nel # | acquistata nel #",
    "gmt": "fuso orario | fusi orari | secondo fuso | doppio fuso | doppio fuso orario | secondo fuso orario",
    "velcro": "chiusura a strappo | a strappo | con strappo | strappo | strappi",
    "hand painted": "dipinto a mano | dipinta a mano | dipinti a mano",
    "manual wind": "carica manuale | a carica manuale | movimento manuale | movimento a carica manuale",
    "hand operated": "messa a fuoco manuale | fuoco manuale | cambio manuale | macinacaffè manuale | "
    "macinino manuale | obiettivo manuale | modalità manuale",
    "low profile": "profilo basso | basso profilo",
    "disc brake": "freni a disco | freno a disco | dischi freno | disco freno | a disco",
    "tea set": "servizio da tè | servizio da the | servizio tè | servizio da caffè | servizio caffè | "
    "servizio di piatti | servizio piatti | servizio da tavola | servizio posate | servizio di posate | "
    "servizio bicchieri | servizio di bicchieri",
    "official": "su licenza | licenza ufficiale | con licenza ufficiale | prodotto ufficiale | sotto licenza",
    "reel tape recorder": "registratore a bobine | registratore a nastro",
    "misprint": "errore di stampa | errore di conio",
    "beats solo": "beats solo",
    "han solo": "han solo",
    "solo leveling": "solo leveling",
    "fiat tipo": "fiat tipo",
    "shoes by lotto": "scarpe lotto | sneakers lotto | scarpa lotto",
    "jersey by lotto": "maglia lotto | tuta lotto | maglietta lotto",
    "dashboard sparepart": "quadro strumenti | cruscotto",
    "electric panel": "quadro elettrico",
    "skull": "teschio",
    "case for": "cover x | custodia x | guscio x",
    "battery for": "batteria x | batterie x",
    "charger for": "caricatore x | caricabatterie x | alimentatore x",
    "sparepart for": "ricambio x | ricambi x | accessori x",
    "strap for": "cinturino x",
    "needs battery": "batteria da cambiare orologio | pila da cambiare | pila scarica | pila da sostituire",
    "cosmetic": "difetto estetico | difetti estetici | piccolo difetto estetico | piccoli difetti "
    "estetici | lievi difetti estetici | lieve difetto estetico | imperfezioni estetiche | piccole "
    "imperfezioni | etichetta rovinata | etichetta strappata | etichetta danneggiata | etichetta usurata "
    "| adesivo rovinato | adesivo graffiato | adesivo un po graffiato",
    "worn": "usura serigrafia | leggera usura | lieve usura | serigrafia usurata | serigrafia un po "
    "usurata | portato poco | portata poco | portate poco | poco portato | poco portate",
    "used": "usato # volte | usata # volte | usate # volte | indossato # volte | indossate # volte | "
    "portate # volte | usato una volta | usata una volta | indossate una volta | usato una sola volta | "
    "usate una volta",
    "unused": "mai tolto dalla scatola | mai montato | mai montata | mai assemblato | mai giocato | mai "
    "messo | mai messa | mai messe | mai accesa | mai acceso | mai calzate | mai portato | mai portata | "
    "mai portate | mai aperti | mai installato",
    "battery replaced": "batteria interna appena cambiata | batteria interna cambiata | batteria interna "
    "nuova | batteria interna sostituita | batteria appena cambiata | batteria appena sostituita | pila "
    "nuova | pila appena cambiata | batteria cambiata da poco",
    "with original box": "scatola e istruzioni | scatola e manuale | scatola e accessori | scatola e "
    "libretto | completo di scatola e istruzioni | completa di scatola | nella sua scatola | nella sua "
    "confezione | nella scatola originale | con la sua scatola | in scatola originale | box e garanzia | "
    "scatola e scontrino | scatola presente | scatola inclusa | boxato | boxata | nella confezione "
    "originale",
    "with case": "con custodia originale | nella custodia originale | con la sua custodia | nella sua "
    "custodia | con la sua valigetta",
}

_MORE_KINDS = {
    "without manual": "manca il manuale | mancano le istruzioni | manca il libretto | manca solo il "
    "manuale | mancano solo le istruzioni | manca libretto",
    "without box": "manca la scatola | manca solo la scatola | manca scatola | manca la confezione",
    "without charger": "manca il caricatore | manca il caricabatterie | manca caricatore | manca solo il "
    "caricatore",
    "missing": "manca il | manca la | manca lo | mancano le | mancano i | manca solo | manca solo la | "
    "manca solo il | manca soltanto | mancano solo",
    "booklet": "ricettario | libro ricette | libro di ricette | libretto ricette | stick ricette",
    "record": "# giri | disco # giri",
    "film": "a pellicola | analogica a pellicola | macchina a pellicola",
    "included": "in omaggio | omaggio | in regalo",
    "handbag": "bauletto | pochette",
    "two piece": "completo due pezzi | tuta due pezzi | costume due pezzi | pelle due pezzi",
    "# gb": "# go | #go | # gigabyte",
    "# tb": "# tera | # terabyte",
    "# inch": "# pollici | #pollici | # pollice",
    "# speed": "# velocità | # rapporti",
    "# ct": "# carati",
    "# rpm": "# giri al minuto",
    "# mm": "cassa #mm | cassa da #mm | cassa # mm | cassa da # mm",
    "size #": "numero di scarpa # | n° # scarpe | eu #",
    "edp": "eau de parfum",
    "edt": "eau de toilette",
    "speaker": "cassa acustica | casse acustiche | cassa bluetooth | casse bluetooth | cassa audio | "
    "casse audio | cassa attiva | casse attive | cassa passiva",
    "cash register": "registratore di cassa",
    "body": "cassa",
    "jersey": "maglia | maglia calcio | maglietta calcio | maglia da calcio | casacca",
    "sweater": "maglione | maglia lana | maglia di lana | cardigan",
    "tshirt": "maglietta | t-shirt | t shirt",
    "dress": "vestito | abito",
    "coat": "cappotto | piumino",
    "trousers": "pantaloni | pantalone",
    "shirt": "camicia",
    "hat": "cappello | berretto | cappellino",
    "scarf": "sciarpa | foulard | carré",
    "belt": "cintura",
    "ring": "anello | fede | fedina",
    "necklace": "catenina | collanina",
    "lighter": "accendino",
    "knife": "coltello | coltelli",
    "lamp": "lampada",
    "chair": "sedia | poltrona",
    "doll": "bambola",
    "plush toy": "peluche | pupazzo",
    "scale model": "modellino | modellino in scala | modellismo | miniatura | automodello",
    "printer": "stampante",
    "cd player": "lettore cd",
    "dvd player": "lettore dvd",
    "blu-ray player": "lettore blu ray",
    "mp3 player": "lettore mp3",
    "cassette deck": "piastra cassette | piastra a cassette | registratore a cassette",
    "memory card": "scheda di memoria | scheda memoria | memory card",
    "sound card": "scheda audio",
    "telescope": "telescopio | cannocchiale",
    "sewing machine": "macchina da cucire | macchina per cucire",
    "fishing reel": "mulinello | mulinello da pesca",
    "fishing rod": "canna da pesca",
    "robot mower": "robot tagliaerba | robot rasaerba | tagliaerba robot",
    "robot vacuum": "robot aspirapolvere lavapavimenti | robot lavapavimenti",
    "rose gold": "oro rosa",
    "white gold": "oro bianco",
    "yellow gold": "oro giallo",
    "18k gold": "oro 18k | oro 18 kt | oro 750 | oro 18 carati",
    "number": "numero di serie | numero",
    "with mount": "attacco | innesto | baionetta | attacco per",
    "wheels": "ruote | coppia ruote | coppia di ruote | set ruote",
    "speakers": "coppia casse | coppia di casse | coppia diffusori | coppia di diffusori",
    "shoes": "paio di scarpe | un paio di scarpe | paio scarpe",
    "boots": "paio di stivali",
    "earrings": "paio di orecchini | coppia orecchini",
    "gloves": "guanti | paio di guanti",
    "skis": "sci | paio di sci",
    "jeans": "paio di jeans",
    "steering wheel": "volante",
}

_PARTS_BY_TRADE = {
    "@ attachment": "inchiostro | cartucce inchiostro | solo pennino | pennino di ricambio | fusto penna "
    "| raggi | nipples | reggisella | pedivella | pedivelle | corona dentata | pacco pignoni | cassetta "
    "pignoni | camera d'aria | copricerchi | borchie | coprivolante | pulsantiera | devioluci | paraurti "
    "| calandra | serbatoio moto | parafango | cavalletto moto | alternatore | motorino avviamento | "
    "iniettore | ringhiera | scala playmobil | porta playmobil | basetta | bobina | bobine di ricambio | "
    "manovella | archetto pesca | cimino | fermaglio | fibbia di ricambio | tracolla di ricambio | fodera "
    "interna | rivestimento pelle | pelle di ricambio | pentaprisma | portarullino | tasto scatto | "
    "schermo di messa a fuoco | pressino | doccetta | caldaia | portafiltro | filtro portafiltro | gruppo "
    "erogatore | gruppo infusore | macine | campana caffè | lancia vapore | manometro | pompa acqua | "
    "oblò | cassetto detersivo | guarnizione oblò | lama di ricambio | disco di ricambio | boccale di "
    "ricambio | gancio impastatore | mandrino di ricambio | indotto | rotore | statore | carboncino | "
    "ingranaggio di ricambio | piastra base | carter motore | carter catena | catena di ricambio | "
    "portatestina | puntina | puntine | contrappeso | coperchio plexi | fianchetti | manopole di ricambio "
    "| tastini | potenziometro | altoparlante ricambio | ponticello | pickup chitarra | battipenna | "
    "tastiera chitarra | cappuccio | clip penna | tappo profumo | flacone | boccetta | campioncino | "
    "campioncini | ricarica profumo | sovraccoperta | sovracoperta | copertina sola | frontespizio | "
    "segnalibro | sottobicchiere | testina di stampa | montatura | aste | lenti | naselli | tiretto | "
    "tirante | tomaia | plantari | tendiscarpe | forma scarpe | sottopiede | fondello | corona carica | "
    "albero di carica | anse | pulsanti cronografo | vetro minerale | disco data",
    "@ sparepart": "cassa e fondello | cassa orologio | solo cassa | cassa di ricambio | flat tasto | "
    "flat pulsante | flat ricarica | flat display | flat fotocamera | cuscinetto ruota | cuscinetti "
    "motore | cuscinetti ricambio | kit guarnizioni | kit revisione | condensatore | condensatori | relè "
    "| fusibile | fusibili | circuito stampato | scheda di controllo | scheda comandi | scheda potenza | "
    "blocco motore | gruppo ottico | laser ricambio | lente laser",
    "cover": "coprisedile | coprisedili | copri sella | coprisella",
    "decksaver": "decksaver | coperchio antipolvere",
}

_MORE_NOISE = {
    "right only": "scarpa destra | auricolare destro",
    "left only": "scarpa sinistra | auricolare sinistro",
    "alternative to": "alternativa alla | alternativa alle | alternativa ai | alternativa allo | "
    "alternativa agli | in alternativa a | in alternativa al | in alternativa alla | in alternativa alle",
    "successor of": "sorella maggiore della | sorella maggiore di | sorella minore della | sorella della "
    "| sorella del | fratello maggiore del | fratello maggiore della | fratello minore del | fratello del "
    "| cugina della | cugino del | parente della | parente del | antenata della | antenato del | antenato "
    "della | evoluzione del | evoluzione della | evoluzione di | progenitore del | progenitrice della | "
    "rivale del | rivale della | rivale di | concorrente del | concorrente della | concorrente di | erede "
    "della | erede del | predecessore della | predecessore di | precede | precedente al | precedente alla "
    "| sostituisce il | sostituisce la | prima della | prima del | antecedente al | discendente del | "
    "discendente della | autore de | autore di | autrice di",
    "unlike": "da non confondere con | niente a che vedere con | non è il | non è la | diverso da | "
    "diverso dal | diversa dalla | a differenza del | a differenza della",
    "than": "potente come il | potente come la | bello come il | bella come la | quasi come il | quasi "
    "come la | più grande del | più grande della | più piccolo del | più piccola della | piu grande del | "
    "piu piccolo del | meglio del | meglio della | migliore del | migliore della | superiore al | "
    "superiore alla | inferiore al | inferiore alla | al posto del | al posto della | invece del | invece "
    "della",
    "similar to": "identica alla | identico al | identico alla | identica al | uguale alla | simile alla "
    "| simili alla | del tipo | dei poveri | formato zaino",
    "inspired by": "ispirata alla | ispirata al | ispirato al | ispirato alla | ispirati a | sullo stile "
    "di | sullo stile della | in stile | tipo originale | artigianale tipo",
    "user manual": "guida strategica | guida ufficiale | guida completa | guida strategica ufficiale",
    "wtb": "pago bene | pago bene il tuo | pago subito | pago contanti | compro subito | cerco "
    "urgentemente | cerchiamo in acquisto | acquisterei | comprerei | vorrei comprare | sto cercando | mi "
    "serve | qualcuno ha | qualcuno che vende | sono interessato a | ritiro contanti",
    "for rent": "te la presto | te lo presto | presto per | noleggia | noleggio per | per matrimoni | "
    "affitto breve | a giornata | al weekend",
    "repair service": "restauro di | restauro della | restauro del | restauriamo | restauro | affilatura "
    "| risuolatura | calzolaio | riparo | ripariamo tutti | servizio di riparazione | servizio "
    "riparazioni | servizio di pulizia | servizio di restauro | servizio di sblocco | servizio di "
    "taratura | taratura | incisione su | lucidatura | pulizia e lubrificazione | rigenerazione | "
    "spedisci e te la | spedisci e te lo | inviaci il tuo | ritiro e riparazione | mappatura | "
    "rimappatura | installazione di | montaggio di | perizia",
    "digital code": "pacchetto campioni | campioni wav | file stl | file pdf | pdf | file digitale | "
    "download | da scaricare | cartamodello pdf | abbonamento",
    "lot": "tutti e quattro | doppietta | tripletta | terzetto | svariati | una decina di | una ventina "
    "di | una trentina di | un centinaio di | parecchi | quattro paia | in blocco | blocco di # | blocco "
    "carte | blocco fumetti | blocco monete | piccolo lotto | grande lotto | bel lotto | stock di # | "
    "lotto misto",
    "bundle": "insieme ad | insieme al | insieme alla | assieme a | assieme al | assieme alla | live set "
    "| set completo con | kit completo con | venduti in coppia | vendute in coppia | pacchetto con",
    "box only": "manca solo l'orologio | manca l'orologio | manca il telefono | manca la console | manca "
    "il gioco | orologio non incluso | gioco non incluso | console non inclusa | telefono non incluso | "
    "senza orologio | senza telefono | senza console | senza la console | senza il gioco | senza "
    "l'orologio | senza cartuccia | senza la cartuccia | senza disco | solo scatola e manuale | solo "
    "scatola e istruzioni | solo manuale e scatola | scatola e manuale senza gioco",
    "empty bottle": "flacone vuoto | flaconi vuoti | bottiglia vuota | bottiglie vuote | boccetta vuota",
    "poster": "locandina film | manifesto film | fotobusta | fotobuste",
    "art print": "serigrafia numerata | serigrafia firmata | serigrafia d'arte",
    "raffle": "estrazione a premi | estrazione a sorte | lotteria per",
    "wall art": "targa in latta | targa latta | targa smaltata | insegna luminosa | insegna al neon | "
    "quadretto | quadro su tela | quadro moderno",
    "system": "con dentro | con montato | con montata | kit abitacolo",
}

ITALIAN_MORE = (_PROTECTED, _MORE_KINDS, _PARTS_BY_TRADE, _MORE_NOISE)
