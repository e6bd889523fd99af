"""Spanish, as sellers on eBay.es, Wallapop and Milanuncios write it."""

from __future__ import annotations

from watcher.core.titles.languages.base import Language, table
from watcher.core.titles.languages.es_things import (
    SPANISH_KINDS,
    SPANISH_OFFERS,
    SPANISH_PARTS,
    SPANISH_PROTECTED,
)

_GRAMMAR = {
    "with": "con | equipado con | provisto de | acompañado de",
    "incl": "incluyendo | que incluye",
    "without": "sin | carece de | falto de",
    "no": "ningún | ninguna | ninguno | nada de",
    "not": "no | no es | no es un | no es una | no son",
    "only": "solo | sólo | sola | solamente | únicamente | unicamente",
    "on": "sobre | en el | en la",
    "by": "de | del | de la | de los | de las",
    "from": "procedente de | sacado de | sacada de | extraído de | desmontado de | proveniente de | "
    "quitado de",
    "for": "para | para el | para la | para los | para las | para un | para una | para tu | compatible con "
    "| compatible | compatibles | compatibles con | apto para | válido para | valido para | adecuado para | "
    "ideal para | específico para | sirve para | pa",
    "similar to": "similar a | parecido a | igual que | equivalente a | comparable a | tipo",
    "than": "mejor que | más grande que | en lugar de | en vez de",
    "alternative to": "alternativa a | alternativa al",
    "successor of": "sucesor de | sucesora de | sucesor del | sustituto de | sustituto del | predecesor de",
    "included": "incluido | incluida | incluidos | incluidas | incluye",
    "not included": "no incluido | no incluida | no incluidos | no incluye",
    "missing": "falta | faltan | faltando | ausente",
    "battery replaced": "batería nueva | bateria nueva | batería cambiada | batería sustituida | nueva "
    "batería | batería al 100% | salud batería | salud de la batería | estado batería | batería reemplazada "
    "| salud de batería",
    "screen replaced": "pantalla nueva | pantalla cambiada | pantalla sustituida | pantalla reemplazada | "
    "cristal nuevo | cristal cambiado",
    "": "tal cual fotos | tal cual foto | tal cual se ve | lote nº # | lote # subasta | lote nº | no "
    "cambios | no cambio | sin cambios | no acepto cambios | no se admiten devoluciones | no devoluciones | "
    "posible cambio | acepto cambios | acepto cambio | también cambio | cambio o vendo | envío posible | "
    "hago envíos | hago envío | se envía | envío rápido | envío certificado | envio rapido | envío "
    "inmediato | ver fotos | ver foto | mirar fotos | ver descripción | como en la foto | como se ve en las "
    "fotos | de mi colección | de colección | de coleccion | colección privada | # disponibles | # unidades "
    "disponibles | disponible | disponibles | en stock | precio negociable | negociable | precio fijo | "
    "precio no negociable | chollo | ganga | oportunidad | vendo | se vende | en venta | de escaparate | "
    "pieza única | pieza rara | pieza de colección | todas las piezas | recién revisado | revisión hecha | "
    "revisión reciente | por no usar | por no usarlo | por falta de uso | por no utilizar | urge | urgente "
    "| precio rebajado | reservado no",
}

_NOISE = {
    "drum kit": "batería electrónica | batería acústica | bateria electronica",
    "sleeve only": "solo portada | solo la portada | solo funda | portada sin disco",
    "in carrying case": "en maletín | en maleta | en su maletín",
    "skips": "salta | saltos | con saltos",
    "empty box": "caja vacía | caja vacia | cajas vacías | estuche vacío | vacía | vacia | vacío | vacio | "
    "embalaje vacío | caja sin contenido | sin contenido | caja original vacía | blíster vacío",
    "box only": "solo caja | sólo caja | solo la caja | sólo la caja | solamente la caja | solamente caja "
    "| únicamente la caja | caja sola | caja sin | solo embalaje | solo estuche | solo el estuche | caja "
    "original sin | sin juego | solo carátula | solo la carátula | solo la carcasa | caja unicamente",
    "original box": "caja original | embalaje original | con caja | con su caja | en caja | en su caja | "
    "caja y papeles | caja y documentación | full set | caja y manual | en su caja original | con caja "
    "original | caja y garantía | caja y factura | completo en caja",
    "sealed": "precintado* | precintada* | sellado | sellada | sin abrir | sin estrenar precintado | nuevo "
    "precintado | retractilado | nunca abierto | nunca abierta | plastificado de fábrica",
    "new in box": "nuevo en caja | nueva en caja | nuevo en su caja | nuevo a estrenar en caja | nueva en "
    "su caja",
    "box": "caja | cajas | estuche",
    "packaging": "embalaje | envoltorio | empaque",
    "lot": "lote | lotes | lotazo | surtido | colección de | coleccion de | pack de varios | palé | varios "
    "| conjunto de | colección completa",
    "bundle": "pack completo | juntos | se venden juntos",
    "set of #": "lote de # | pack de # | juego de # | conjunto de # | paquete de # | caja de # | set de # "
    "| lote #",
    "# pcs": "# piezas | # uds | # unidades | # ud | # unidad | # ejemplares",
    "2 pcs": "pack dos | pack 2 | pack de dos | dos unidades | dos piezas | pareja de",
    "3 pcs": "tres unidades | tres piezas | trío de | los tres",
    "4 pcs": "cuatro unidades | cuatro piezas",
    "one pair": "un par",
    "pair": "par | pares | pareja",
    "right only": "solo derecho | solo el derecho | solo auricular derecho | solo zapatilla derecha | solo "
    "pie derecho",
    "left only": "solo izquierdo | solo el izquierdo | solo zapatilla izquierda | solo pie izquierdo",
    "metal card": "carta metálica | carta de metal | carta dorada",
    "wtb": "busco | se busca | compro | buscamos | quién vende | quien vende | alguien vende | necesito | "
    "buscando | comprar | se compra",
    "we buy": "compramos | tasamos | tasación | compra venta de | vende tu | compramos tu | recompra",
    "rare": "muy buscado | muy buscada | muy raro | rarísimo | raro | rara | difícil de encontrar | "
    "descatalogado* | descatalogada",
    "swap only": "cambio | cambio por | intercambio | permuto | trueque | se cambia | lo cambio | solo "
    "cambio",
    "for rent": "alquiler | se alquila | alquilo | en alquiler | por día | por dias | al día | por semana "
    "| alquilar | por horas | fin de semana",
    "repair service": "reparación | reparacion | reparaciones | servicio de reparación | servicio técnico "
    "| cambio de pantalla | cambio pantalla | cambio de batería | cambio batería | sustitución de pantalla "
    "| sustitución pantalla | reparamos | mano de obra | liberación | liberar | puesta a punto | "
    "recuperación de datos | desbloqueo | mantenimiento de tu | servicio de",
    "replica": "réplica | replica | réplicas | copia | imitación | imitacion | falso | falsa | no original "
    "| no auténtico | clon | bisutería | sin marca | tipo original",
    "reprint": "reimpresión | facsímil | facsimil | reproducción | reproduccion",
    "dummy": "maqueta | de pega | móvil de pega | teléfono de exposición falso | de exposición sin funcionar",
    "inspired by": "inspirado en | inspirada en | al estilo de",
    "compatible bricks": "compatible lego | no lego | no es lego | compatible con lego | tipo lego",
    "preorder": "preventa | pre-venta | reserva | prereserva | disponible a partir de | próximo "
    "lanzamiento | próximamente | lanzamiento | pre venta | en reserva",
    "deposit": "fianza | depósito reserva | anticipo | paga y señal",
    "instalments": "a plazos | pago a plazos | en # plazos",
    "choose": "según elección | a elección | a elegir | elige | elegir | escoge | a escoger | varios "
    "colores | varias tallas | varios modelos | diferentes colores | diferentes tallas | todas las tallas | "
    "todos los colores | varias medidas | distintos colores | distintas tallas | tallas a elegir | color a "
    "elegir | talla a elegir | varias unidades | distintos modelos | diferentes modelos | diversas tallas | "
    "tallas disponibles | elige tu | elige talla | elija | selecciona",
    "photo only": "solo foto | solo fotografía | sólo foto",
    "photo of": "foto de | foto del | fotografía de | imagen de | postal de | impresión de",
    "press photo": "foto de prensa",
    "poster": "cartel | póster | carteles | pósters",
    "art print": "lámina | litografía | impresión artística | lámina decorativa",
    "oil painting": "pintura al óleo | óleo sobre lienzo | cuadro | lienzo",
    "wall art": "placa metálica | chapa decorativa | cartel metálico | placa decorativa | decoración pared "
    "| chapa metálica",
    "advertisement": "publicidad | anuncio | anuncio antiguo | publicidad antigua | anuncio revista | "
    "anuncio prensa | página publicitaria",
    "brochure": "folleto | tríptico | díptico",
    "catalog": "catálogo | catalogo",
    "magazine page": "recorte | recortes de prensa | recorte de prensa | artículo de revista",
    "gift voucher": "tarjeta regalo | cheque regalo | vale regalo | cupón | código descuento",
    "digital code": "código digital | codigo digital | código de descarga | clave de activación | clave "
    "digital | cuenta digital | versión digital | código de activación | solo código | descarga digital | "
    "licencia",
    "raffle": "rifa | sorteo | lotería | papeleta | boleto | participación",
    "mystery box": "caja misteriosa | caja sorpresa | sobre sorpresa | mystery | lote sorpresa",
    "please read": "leer descripción | leer descripcion | leer bien | leer anuncio | leer todo | lee la "
    "descripción | leer antes | lee bien | leed | leer | leed descripción | lean descripción | leer "
    "atentamente | lea la descripción",
    "as is": "tal cual | tal como está | se vende tal cual | tal y como está | en el estado en que se "
    "encuentra | en el estado que se ve | vendido tal cual | como está | sin garantía de funcionamiento | "
    "estado como se ve | lo que se ve",
}

_ACCESSORIES = table("""
    accessories: accesorios | accesorio; case: funda | fundas | carcasa protectora | funda protectora |
      estuche rígido | fundas protectoras; carrying case: maletín | maleta | bolsa de transporte | bolsa de
      cámara | maletin | maletín de transporte | bolsa transporte; cover: cubierta | tapizado | forro;
    protector: cristal templado | protector de pantalla | film protector | vidrio templado | protector
      pantalla | lámina protectora; battery: batería | baterías | bateria | baterias | pila | pilas;
    charger: cargador | cargadores | cargador rápido; charging case: estuche de carga | caja de carga |
      funda de carga | estuche carga; dock: base de carga | base carga | estación de carga | dock; power
      supply: fuente de alimentación | transformador | fuente alimentación | adaptador de corriente; power
      cord: cable de alimentación | cable de corriente | cable alimentación; cable: cables | cordón |
      alargador; flex cable: flex | cable flex; holder: soporte | soportes | portabidón; wall mount: soporte
      de pared | soporte pared; bracket: abrazadera | escuadra | anclaje; stand: peana | pie soporte |
      expositor; tripod: trípode | tripode; remote control: mando a distancia | mando distancia | mando tv |
      mando universal; controller: mando | mandos; strap: correa | correas | asa | cinta; watch strap:
      correa reloj | correa de reloj | correa para reloj | brazalete reloj | pulsera reloj; bracelet:
      brazalete | armis | pulsera; bracelet links: eslabones | eslabón; dial: esfera; hands: agujas |
      manecillas; crown: corona; buckle: hebilla; crystal: cristal reloj | cristal de reloj | cristal zafiro
      repuesto; bezel: bisel; movement: solo maquinaria | solo movimiento; lens cap: tapa objetivo | tapa de
      objetivo; rear cap: tapa trasera objetivo; body cap: tapa cuerpo | tapa de cuerpo; lens hood: parasol;
    eyecup: visor de goma; battery grip: empuñadura; lid: tapa | tapadera; battery cover: tapa batería |
      tapa de batería | tapa pilas | tapa bateria | tapa de pilas; back glass: tapa trasera | cristal
      trasero; digitizer: pantalla táctil repuesto | pantalla de repuesto | pantalla completa | táctil |
      cristal táctil | pantalla lcd; screen: pantalla; glass: cristal; housing: carcasa | chasis | bastidor;
    replacement part: repuesto | recambio | pieza de repuesto | pieza; replacement parts: repuestos |
      recambios | piezas de repuesto | piezas de recambio | piezas para; replacement: de repuesto | de
      recambio | recambio para | repuesto para; manual: manual; user manual: manual de instrucciones |
      instrucciones | manual de usuario | libro de instrucciones | guía de usuario; instruction manual:
      instrucciones de montaje | reglamento | reglas del juego; booklet: libreto | librito; service manual:
      manual de taller | manual de reparación | manual taller; receipt: factura | ticket de compra | ticket
      | recibo; certificate: certificado de autenticidad; papers: papeles | documentación; warranty:
      garantía | con garantía | garantia | en garantía; warranty card: tarjeta de garantía; dustbag: bolsa
      de tela | guardapolvo | bolsa antipolvo; brush: cepillo | cepillos; brush head: cabezal | cabezales |
      recambio cepillo | cabezal recambio; nozzle: boquilla; hose: manguera | tubo flexible; dust bin:
      depósito polvo; drip tray: bandeja de goteo | bandeja goteo; reservoir: depósito | depósito de agua |
      depósito agua; portafilter: portafiltro | cacillo; gasket: junta | juntas | goma junta; screws:
      tornillos | tornillo; mainboard: placa base | placa electrónica | placa; blade: cuchilla | cuchillas |
      disco de corte | hoja de sierra; fan: ventilador | ventiladores; cooler: refrigerador; heatsink:
      disipador; knob: perilla; button: botón | botones | tecla | teclas | pulsador | interruptor; handle:
      asidero | manillar | empuñaduras | tirador; hinge: bisagra | bisagras; wheels: ruedas | rueda; laces:
      cordones; insoles: plantillas; ear pads: almohadillas; cushion: cojín; attachment: accesorio recambio;
    insert: inserto; light kit: kit de luces | kit led; display case: vitrina | urna; minifigures:
      minifiguras | muñecos; filter: filtro | filtros; adapter: adaptador | adaptadores | anillo adaptador;
    charm: colgante; game case: carátula | carcasa juego; whisk: varilla | varillas
    """)

_PARTS = table("""
    brushes: escobillas | carbones; padlock: candado; module: módulo; neck: mástil | mastil; strings:
      cuerdas | juego de cuerdas; fork: horquilla bici | potencia; course: clases | clase; crossbody:
      bandolera | correa bandolera; chuck: portabrocas; pouch: bolsita; hook: gancho | patilla cambio |
      patilla; cup: vaso | jarra | vaso mezclador; frame: cuadro bici | marco | horquilla; wheel: llanta;
    base: suela | suelas | tacón; pedal: pedales; motor: motor; pump: bomba; switch: conmutador; mount:
      montura | bayoneta; mirror: espejo | retrovisor; sensor: sonda; shutter: obturador; port: conector de
      carga | puerto de carga | conector carga; plate: chapa; tray: bandeja | cajón; chain: cadena; gearbox:
      engranaje | reductora; panel: frontal | cuadro de mandos; door: puerta | puertecilla; rail: carril;
    spring: muelle; pin: eje | pasador; guard: guardabarros; headband: diadema; seal: retén; jug: jarra
      leche; basket: cesta; grip: puño | puños; pads: pastillas; tip: puntera; sticker: pegatina | pegatinas
      | adhesivo | vinilo adhesivo; recipe book: libro de recetas; plates: placas; pickup: pastilla
      guitarra; boards: placas base
    """)

_CONDITIONS = {
    "new": "nuevo | nueva | nuevos | nuevas | a estrenar | sin estrenar",
    "like new": "como nuevo | como nueva | como nuevos | como nuevas | casi nuevo | casi nueva | seminuevo "
    "| seminueva | prácticamente nuevo | impecable estado | perfecto estado | estado impecable | en "
    "perfecto estado | nuevo sin uso | estado perfecto",
    "used": "usado | usada | usados | usadas | de segunda mano | segunda mano | 2ª mano | de ocasión",
    "unused": "sin usar | sin uso | nunca usado | nunca usada | poco uso | muy poco uso | apenas usado | "
    "apenas uso | usado una vez | usado # veces | sin utilizar | poco usado | puesto una vez",
    "worn": "señales de uso | signos de uso | marcas de uso | marcas de desgaste | desgaste | uso normal | "
    "signos de desgaste",
    "very good": "muy buen | muy buena | excelente | excelentes | estupendo | muy bueno | magnífico",
    "good": "buen | buena | bueno | buenas | aceptable",
    "condition": "estado | condición | condiciones",
    "flawless": "impecable | perfecto | perfecta | perfectas | perfectos | inmaculado",
    "fully working": "funciona perfectamente | perfecto funcionamiento | funcionando perfectamente | "
    "totalmente funcional | 100% funcional | funcionando al 100% | todo funciona | plenamente funcional | "
    "perfectamente funcional | en perfecto funcionamiento | funciona todo",
    "working": "funciona | funcionan | funcionando | funcional | operativo | ok | funciona bien",
    "tested": "probado | probada | testeado | testeada | comprobado | comprobada | verificado | revisado | "
    "revisada",
    "refurbished": "reacondicionado | reacondicionada | restaurado | restaurada | renovado",
    "repaired": "reparado | reparada | arreglado | arreglada",
    "replaced": "sustituido | sustituida | cambiado | cambiada | reemplazado | reemplazada",
    "complete": "completo | completa | completos | completas",
    "scratches": "arañazos | arañazo | rayas | raya | rasguños | rozaduras | roces | microarañazos | "
    "marquitas",
    "scratched": "rayado | rayada | arañado",
    "unlocked": "libre | liberado | liberada | desbloqueado | desbloqueada | todas las compañías | libre "
    "de fábrica | para todas las compañías",
    "worn battery": "batería floja | batería gastada | batería baja | batería desgastada | batería agotada "
    "| batería por cambiar | batería degradada | batería dura poco",
    "free shipping": "envío gratis | envio gratis | envío gratuito | gastos de envío incluidos | envío "
    "incluido | envio incluido | portes pagados | gastos incluidos | portes incluidos | gratis envío",
    "local pickup": "recogida en mano | solo en mano | entrega en mano | solo recogida | recogida en "
    "tienda | no hago envíos | no envío | trato en mano | en mano",
    "original": "originales | orig",
    "genuine": "auténtico | auténtica | autentico | autentica | oficial",
    "edition": "edición | edicion",
    "limited": "limitada | limitado",
    "1st edition": "primera edición | 1ª edición | primera edicion | 1a edición",
    "vintage": "antiguo | antigua | antiguos | años #",
    "1st": "primera | primer",
}

_KINDS = table("""
    camera: cámara | cámara de fotos | cámara fotos | camara | cámara réflex | cámara digital | réflex |
      reflex; video camera: videocámara; lens: objetivo | objetivos | teleobjetivo | gran angular | lente;
    body: cuerpo; watch: reloj | relojes; wristwatch: reloj de pulsera; mens watch: reloj hombre | reloj de
      hombre | reloj caballero; womens watch: reloj mujer | reloj señora; phone: teléfono | móvil | movil |
      teléfono móvil | celular; headphones: auriculares | cascos; earphones: auricular; speaker: altavoz |
      altavoces; monitor: monitor ordenador; tv: televisor | televisión | tele; graphics card: tarjeta
      gráfica | gráfica; hard drive: disco duro; ram: memoria ram; keyboard: teclado; mouse: ratón; laptop:
      portátil | ordenador portátil | portatil; computer: ordenador; console: videoconsola | consola; game:
      juego | videojuego | juego de mesa; games: juegos | videojuegos; card: carta | cromo; cards: cartas |
      cromos; figure: figura | muñeco; toy: juguete; coin: moneda; coins: monedas; stamp: sello; stamps:
      sellos; book: libro | novela; books: libros; comic: cómic | tebeo; comics: cómics | tebeos; record:
      disco; vinyl: vinilos | disco de vinilo; shoes: zapatos | zapatillas | calzado | zapatilla; sneakers:
      deportivas; boots: botas | botines; jacket: chaqueta | cazadora | chupa; bag: bolso | bolsos; handbag:
      bolso de mano; shoulder bag: bolso de hombro | bolso hombro; crossbody bag: bolso bandolera | bolso
      cruzado; backpack: mochila; wallet: cartera | billetera | monedero; sunglasses: gafas de sol; glasses:
      gafas; drill: taladro | taladro atornillador | atornillador | taladradora; hammer drill: taladro
      percutor | taladro de percusión; rotary hammer: martillo perforador | martillo; impact driver:
      atornillador de impacto | llave de impacto; angle grinder: amoladora | radial | miniamoladora; saw:
      sierra | sierra circular | ingletadora; jigsaw: sierra de calar | caladora; chainsaw: motosierra;
    sander: lijadora; planer: cepillo eléctrico carpintero | garlopa; router: fresadora; trimmer:
      desbrozadora | cortabordes; blower: soplador; tool: herramienta; vacuum: aspirador | aspiradora; robot
      vacuum: robot aspirador | aspirador robot; mixer: batidora | amasadora | robot de cocina | robot
      cocina | robot; washing machine: lavadora; dryer: secadora | secador; dishwasher: lavavajillas;
    fridge: frigorífico | nevera; coffee machine: cafetera | máquina de café; bicycle: bicicleta | bici;
    electric bicycle: bicicleta eléctrica | bici eléctrica; scooter: patinete | patinete eléctrico; guitar:
      guitarra; bass: bajo; amplifier: amplificador; turntable: tocadiscos | giradiscos; binoculars:
      prismáticos; shaver: afeitadora | máquina de afeitar; toothbrush: cepillo de dientes | cepillo dental;
    necklace: collar; earrings: pendientes; perfume: colonia | eau de toilette; pen: pluma | pluma
      estilográfica | estilográfica
    """)

_COLOURS = table("""
    black: negro | negra | negros | negras; white: blanco | blanca | blancos | blancas; gray: gris; red:
      rojo | roja; blue: azul; green: verde; yellow: amarillo | amarilla; brown: marrón; pink: ?rosa;
    purple: morado | morada | violeta; gold: dorado | dorada | oro; silver: plateado | plata; orange:
      naranja; navy: azul marino; clear: transparente; leather: piel | cuero; titanium: titanio; steel:
      acero | acero inoxidable; wood: madera; rubber: caucho | goma; plastic: plástico; mens: hombre |
      caballero; womens: mujer | señora; kids: niño | niña | niños | infantil; size: talla | número | tamaño
      | num; large: grande; small: pequeño | pequeña; medium: mediano | mediana; series: serie; vol: tomo |
      tomos | volumen; year: año
    """)

_FAULTS = {
    "for parts": "para piezas | para repuestos | para recambios | por piezas | para despiece | despiece | "
    "para desguace | donante | como donante | para aprovechar piezas | para recambio | para repuesto | para "
    "manitas | para entendidos | para técnicos | solo piezas | solo para piezas | a piezas | pa piezas | "
    "aprovechar piezas | para sacar piezas | por partes | para proyecto | proyecto luthier | proyecto | "
    "para recuperar | para sacar | para restauración | para un manitas | manitas | para mecánicos | para "
    "chatarra | chatarra | de desguace",
    "for repair": "para reparar | a reparar | para arreglar | por reparar | para restaurar | a restaurar | "
    "necesita reparación | necesita reparacion | necesita arreglo | necesita restauración | necesita "
    "revisión | necesita una revisión | hay que reparar | por arreglar | hay que arreglar | necesita cambio "
    "| necesita cambiar | a revisar | para revisar | por restaurar | requiere reparación | hay que cambiar "
    "| por revisar | hay que cambiarle | hay que cambiarle la | necesita batería nueva | necesita pantalla "
    "nueva | necesita pila nueva | necesita batería | necesita pantalla | necesita pila | necesita correa "
    "nueva | necesita ajuste | necesita limpieza profunda | necesita mano | necesita puesta a punto | para "
    "relojero | para luthier | para electrónico | para técnico | para repararlo | para repararla | hay que "
    "repararlo | hay que arreglarlo | pendiente de reparar | pendiente de reparación | a falta de reparar | "
    "a falta de reparación",
    "defective": "averiado | averiada | estropeado | estropeada | defectuoso | defectuosa | roto | rota | "
    "rotos | rotas | avería | averia | defecto | defectos | muerto | muerta | quemado | quemada | tarado | "
    "tarada | tara | taras | fundido | fundida | fallo | fallos | mudo | muda | sale verde | sale en verde "
    "| pantalla verde | mal estado general | no agarra | estalla | averías | rompido | reventado | "
    "reventada | petado | petada | jodido | jodida | tocado de motor | defectuosos | averiados | averiadas "
    "| estropeados | estropeadas | mal funcionando | con fallo | con fallos | con avería | sin reparación | "
    "para el desguace | parado | parada | se para | se para solo | se queda parado | no anda | hinchada | "
    "hinchado | batería hinchada | batería muerta | gripada | gripado | griposo | diadema partida | diadema "
    "rota | varilla partida | varilla rota | patilla partida | asa partida | mango partido | mango roto | "
    "tapa partida",
    "not working": "fuera de servicio | sin funcionar | inservible | no da señales de vida | sin señales "
    "de vida | se apaga | se apaga solo | se apaga sola | pantalla negra | pantalla azul | baneado | "
    "baneada | no va | inutilizable | dejó de funcionar | ha dejado de funcionar | sin vida | no da imagen "
    "| no da señal | no da vídeo | no da corriente | no da chispa | se ha muerto | murió | no tira | deja "
    "de | dejó de | no me funciona | no le funciona | sin encender | no dispara | no hace foto | no saca | "
    "no expulsa | no graba",
    "faulty": "problema | problemas | mal funcionamiento | anomalía | canal izquierdo | canal derecho | un "
    "canal no suena | solo suena un canal | solo un canal | suena mal | suena bajo | no se oye | se oye mal "
    "| distorsiona | con distorsión | chasquidos | zumbido | ruido de fondo | hace cosas raras | se queda "
    "en el logo | no pasa del logo | no sale de | solo suena un lado | suena un solo lado | suena un lado | "
    "un lado no suena | un auricular no suena | espejo suelto | cable suelto | conector suelto | baila | "
    "con holgura | holgura",
    "damaged": "dañado | dañada | daños | daño | golpe | golpes | golpeado | golpeada | abollado | "
    "abollada | abolladura | accidentado | mal estado | deteriorado | deteriorada | desperfectos | "
    "desperfecto | rotura | descosido | descosida | quemadura | torcido | torcida | despintado | deformado "
    "| muy desgastado | manchado | manchada | sulfatado | sulfatada | podrido",
    "water damage": "mojado | mojada | daños por agua | caído al agua | oxidado | oxidada | cayó al agua | "
    "óxido | humedad interna",
    "broken": "partido | quebrado | despegada la suela | fracturado | mástil roto | mástil partido | pala "
    "rota | patilla rota | bisagra rota | cierre roto | cremallera rota | asa rota | conector roto | botón "
    "roto | tapa rota | suela despegada | suelas despegadas | despegada | roto por",
    "cracked": "agrietado | agrietada | grieta | grietas | rajado | rajada | rajas | fisura | fisuras | "
    "astillado | astillada | resquebrajado",
    "cracked screen": "pantalla rota | cristal roto | pantalla partida | pantalla agrietada | pantalla "
    "rajada | cristal rajado | pantalla estallada | cristal partido | pantalla dañada | pantalla estropeada",
    "untested": "sin probar | no probado | no probada | sin testear | sin comprobar | no comprobado | no "
    "testeado | no lo he probado | no puedo probar | no puedo probarlo | no sé si funciona | no se si "
    "funciona | desconozco si funciona | funcionamiento desconocido | no se ha probado | no verificado | "
    "sin verificar | no he podido probar | desconozco estado | desconozco | sin revisar | no probado por | "
    "sin posibilidad de probar | sin poder probar | no tengo cómo probarlo | no tengo como probarlo | no "
    "tengo cargador para probar | no sé si | no se sabe si funciona | no puedo comprobar | sin garantías",
    "incomplete": "incompleto | incompleta | incompletos | faltan piezas | falta una pieza | faltan "
    "algunas piezas | le faltan | le falta | piezas que faltan | no está completo | no completo | falta "
    "alguna pieza | sin cuerdas ni puente | sin motor | sin puente | sin clavijas | sin pantalla | sin "
    "placa | sin placa base | sin disco duro | sin ram | sin lente | sin cristal | sin maquinaria | sin "
    "movimiento | sin agujas reloj | sin ruedas | sin manillar | sin tapa de batería | sin la tapa | faltan "
    "páginas | falta página | faltan cartas | faltan fichas | falta una ficha | faltan figuras | falta una "
    "figura | sin figuras | sin minifiguras | pieza perdida | piezas perdidas",
    "icloud locked": "bloqueado icloud | icloud bloqueado | bloqueado por icloud | cuenta icloud | bloqueo "
    "icloud | con icloud | icloud activo | icloud puesto | con cuenta icloud",
    "activation locked": "bloqueado por contraseña | bloqueado por cuenta google | bloqueo de activación | "
    "cuenta google | contraseña olvidada | cuenta bloqueada | bloqueado por cuenta | bloqueado cuenta "
    "google | pin olvidado | pide pin | pide contraseña | pide código | con contraseña | con cuenta | con "
    "mdm | mdm | con bloqueo | bloqueado | bloqueada | bios bloqueada | pide cuenta | cuenta del antiguo "
    "dueño | cuenta del anterior dueño | cuenta mi | con cuenta mi | cuenta xiaomi | cuenta samsung | "
    "patrón olvidado | bloqueo de operador | bloqueado de operador",
    "blacklisted": "imei bloqueado | robado | lista negra | en lista negra | reportado",
    "intermittent": "falso contacto | falsos contactos | a veces | mal contacto | a ratos | se corta | "
    "hace ruido | ruido raro",
    "flickering": "parpadea | parpadeo",
    "dead pixels": "píxeles muertos | pixeles muertos | píxel muerto",
    "lines on screen": "líneas en pantalla | rayas en pantalla | líneas verticales | línea verde | rayas "
    "en la pantalla | líneas en la pantalla | mancha en pantalla | manchas en pantalla | mancha pantalla | "
    "línea en pantalla",
    "artifacts": "artefactos gráficos | artefactos",
    "screen burn": "pantalla quemada | quemado de pantalla",
    "overheats": "se calienta | sobrecalienta | sobrecalentamiento | se sobrecalienta | se recalienta",
    "crashes": "se reinicia | se cuelga | se bloquea | se queda colgado | bucle de reinicio | se queda "
    "pillado",
    "error code": "código de error | mensaje de error | da error | error",
    "fungus": "hongos | hongo | moho",
    "rust inside": "óxido interior | oxidado por dentro",
    "stuck": "atascado | atascada | trabado | agarrotado | bloqueado el | encasquillado | no gira el | no "
    "abre la | se atasca | se traba",
    "leaks": "pierde agua | pierde aceite | fuga | fugas | pierde",
    "stick drift": "drift | joystick con drift",
}

SPANISH = Language(
    code="es",
    signs="sin para caja estado usado usada nuevo nueva funciona pantalla batería cargador funda vacía "
    "negro negra blanco blanca envío perfecto completa completo piezas vendo busco reloj zapatillas bolso "
    "móvil cámara instrucciones garantía lote juego libro consola mando auriculares objetivo talla buen muy "
    "probado roto rota averiado libre liberado precintado más también edición unidades arañazos monedas "
    "moneda guitarra amplificador carrito faro juegos libros bicicleta sellos relojes altavoz altavoces "
    "ordenador portátil teléfono gafas chaqueta mochila repuesto recambio delantero trasero izquierdo "
    "derecho regalo castellano español dueño pieza accesorios varios todos sus su las los tres cinco tus",
    translations=(
        SPANISH_PROTECTED,
        SPANISH_OFFERS,
        SPANISH_KINDS,
        _GRAMMAR,
        _NOISE,
        _ACCESSORIES,
        _PARTS,
        SPANISH_PARTS,
        _CONDITIONS,
        _KINDS,
        _COLOURS,
    ),
    faults=_FAULTS,
    negations="no | nunca | ni | tampoco",
    nones="ningún | ninguna | ninguno | sin | nada de | falta de | ausencia de | nunca",
    works="funciona | funcionan | funcionaba | funcionar | funcional | enciende | encienden | encender | "
    "carga | cargar | arranca | lee | leen | gira | responde | imprime | calienta | aguanta | coge | "
    "muestra | detecta | reconoce | aspira | bombea | enfría | enfoca | cierra | abre | suena | reproduce | "
    "corta | centrifuga | desagua | utilizable | operativo | va | van | inicia | conecta | golpea | percute "
    "| muele | anda | pasa | zoomea | guarda | pesa | sube | baja | cocina | late | graba | retiene | "
    "dispensa | tira | agarra | frena | dispara | expulsa | rebobina | avanza | sintoniza | bloquea | sale "
    "| entra | marca | mantiene | absorbe | amasa | tritura | seca | lava | congela | acelera | ilumina | "
    "proyecta | escanea | sincroniza | empareja",
    functions="imagen | audio | sonido | señal | corriente | succión | aspiración | chispa | compresión | "
    "vapor | vida | presión | autofoco | enfoque | retroiluminación | táctil | vídeo | cobertura | señales "
    "de vida | volumen | frenos | luz | fuerza | tracción | retención | arranque",
    fillers="se | le | me | más | bien | correctamente | siempre | muy | todo | el | la | los | las | del "
    "| de | en | a | ya | completamente | está | están | lamentablemente | da | hay | también | que | lo | "
    "un | una | nada | ni | del todo | casi | tiene",
    cures="reparado | reparada | arreglado | arreglada | sustituido | sustituida | cambiado | cambiada | "
    "solucionado | solucionada | nuevo | nueva | reemplazado | reemplazada | corregido | restaurado | "
    "resuelto | revisado | quitado | reparados | reparadas | ya reparada | ya reparado | cambiados | "
    "cambiadas | sustituidos | sustituidas | engrasado | engrasada | puesto nuevo | puesta nueva | por "
    "luthier | por profesional | recién puestas | recién puesto | nuevos | nuevas | recapeado | limpiado | "
    "ajustado | ajustada | solventado | subsanado | eliminado | restaurada | revisada",
    packaging="caja | embalaje | estuche | caja original | embalaje original | blíster | carátula",
    noun_first=True,
)
