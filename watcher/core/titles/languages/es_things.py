"""Spanish things and turns of phrase: parts by trade, kinds of items, and words that mean two things."""

from __future__ import annotations

from watcher.core.titles.languages.base import table

SPANISH_PROTECTED = {
    "#mm": "caja de #mm | caja #mm | caja de # mm | diámetro #mm | esfera de #mm",
    "steel case": "caja de acero | caja acero | caja en acero",
    "locked to": "bloqueado a | bloqueada a",
    "in": "en",
    "flawless": "intacto | intacta",
    "ceramic": "cerámico | cerámica",
    "left earbud": "auricular izquierdo | solo auricular izquierdo | airpod izquierdo",
    "right earbud": "auricular derecho | airpod derecho",
    "left shoe": "zapato izquierdo | zapatilla izquierda | bota izquierda",
    "right shoe": "zapato derecho | zapatilla derecha | bota derecha",
    "cleaning kit": "kit de limpieza | kit limpieza | set de limpieza | limpiador | limpiador para | "
    "descalcificador | pastillas descalcificadoras | pastillas de limpieza",
    "user manual": "manual usuario | manual original | manual completo | manual en español | manual pdf | "
    "manual técnico",
    "pokemon y": "pokémon y | pokemon y",
    "pokemon x and y": "pokémon x y y",
    "and": "y",
    "type c": "tipo c | usb tipo c",
    "type a": "tipo a",
    "type b": "tipo b",
    "type 1": "tipo 1",
    "type 2": "tipo 2",
    "hardcover": "tapa dura | tapas duras",
    "softcover": "tapa blanda | tapas blandas | rústica",
    "solid top": "tapa maciza | tapa de cedro | tapa cedro | tapa de abeto | tapa abeto | tapa armónica | "
    "tapa sólida",
    "one owner": "un solo dueño | un solo propietario | único dueño | unico dueño | solo un dueño",
    "unused": "solo usado una vez | solo usada una vez | solo una vez | usado solo una vez | un solo uso | "
    "solo un uso | solo se ha usado | solo usado # veces | solo para probar | sólo para probar | solo "
    "sacado de la caja | solo abierto | sin rodar | # puestas | una puesta",
    "hand wound": "cuerda manual | carga manual | remonte manual",
    "manual focus": "enfoque manual | foco manual",
    "automatic": "cambio automático | caja automática",
    "stick shift": "cambio manual | caja manual",
    "@ sparepart": "cambio trasero | cambio delantero | desviador | cambio shimano",
    "battery replaced": "tras cambio de batería | tras cambio batería | con cambio de batería | cambio de "
    "batería reciente | cambio de batería hecho | batería recién cambiada | batería recien puesta | batería "
    "al # % | batería al # percent | batería al | bateria # percent | batería # percent | batería a "
    "estrenar | pila nueva | pila recién cambiada | pilas nuevas | cambio de pila reciente | batería "
    "original al | batería como nueva | baterías nuevas",
    "screen replaced": "tras cambio de pantalla | tras cambio pantalla | con cambio de pantalla | antes "
    "tenía pantalla rota | pantalla recién cambiada | tenía la pantalla rota | tenia pantalla rota | "
    "pantalla a estrenar",
    "with clean screen": "pantalla impecable | pantalla perfecta | pantalla sin arañazos | pantalla sin "
    "rayas | pantalla intacta | pantalla perfecto | pantalla como nueva",
    "": "por cambio a | por cambio de modelo | le hace falta | doy factura | doy garantía | entrego "
    "factura | con golpecito | golpecito | pequeño golpe | algún golpe | algún golpecito | pequeños golpes "
    "| leve golpe | golpe leve | golpe en la esquina | golpe estético | pequeño roce | pequeños roces | "
    "algún roce | algún arañazo | pequeño desperfecto | pequeño defecto estético | defecto estético | "
    "defectos estéticos | detalle estético | detalles estéticos | daño estético | daños estéticos | taras "
    "estéticas | tara estética | pequeña tara estética | fallo estético | pequeña marca | alguna marca | "
    "alguna marca de uso | pequeña abolladura | alguna abolladura | leves marcas | leves arañazos | gran "
    "reserva | liquidación | por liquidación | liquidación por cierre | todo vale | no es una réplica | no "
    "es réplica | no es copia | cero arañazos | cero roces | cero marcas | cero golpes | antigolpes | anti "
    "golpes | a prueba de golpes | resistente a golpes | resistente al agua | golpes por minuto | idea de "
    "regalo | ideal regalo | ideal para regalo | ideal para regalar | perfecto para regalo | para regalar | "
    "regalo perfecto | regalo ideal | envío a toda españa | envios a toda españa | envío peninsular | envio "
    "peninsular | sin prisa | abstenerse curiosos | solo interesados | solo gente seria | escucho ofertas | "
    "se aceptan ofertas | acepto ofertas | no acepto ofertas | hago factura | factura disponible | por "
    "mudanza | por viaje | por cambio de | por duplicado | lo tengo repetido | no lo uso | no se usa | "
    "estilo vintage | estilo retro | estilo moderno | estilo clásico | estilo industrial | estilo deportivo "
    "| estilo urbano | mucho estilo | error de acuñación | variante de error | de lujo | va de lujo | va de "
    "maravilla | va genial | va perfecto | va perfecta | va muy bien | va fino | va como nuevo | va como el "
    "primer día | funciona de lujo | funciona como el primer día | suena genial | suena de lujo | suena "
    "perfecto | suena muy bien | arruga de uso | arrugas de uso | mejor precio | color a juego | a juego | "
    "en tu casa | en casa | para casa | para coleccionista | para coleccionistas | para el día a día | para "
    "uso diario | para niño pequeño | para empezar | para aprender | para principiantes | para decorar | "
    "para exponer | bajo precio | precio bajo | a buen precio | consultar | consultas | pregunta sin "
    "compromiso | se puede ver | se puede probar | prueba en persona | lo pruebo contigo | con pruebas | "
    "más info | más información | más fotos | ver más fotos | uso esporádico | uso doméstico | poco tiempo "
    "| pocos meses | # meses de uso | # año de uso | # años de uso | en toploader | en su toploader | con "
    "toploader | en funda protectora",
    "than": "más barata que | más barato que | más rápido que | más rápida que | más nuevo que | más nueva "
    "que | más moderno que | más pequeño que | más pequeña que | más ligero que | más potente que | mejor "
    "opción que | superior al | superior a | inferior al | inferior a | no llega al | no llega a la | no "
    "llega a | por encima del | por debajo del | a diferencia del | a diferencia de | no confundir con | "
    "que no la | que no el | mejora al | mejora a",
    "successor of": "continuación de | continuación del | secuela de | secuela del | precuela de | mejora "
    "del | mejora de | evolución del | evolución de | versión mejorada de | versión mejorada del | heredero "
    "del | heredera de | relevo del",
    "similar to": "mismo motor que | misma serie que | igual al | igual a | idéntico a | idéntico al | "
    "calcado al | calcado a | gemelo del | gemela de | misma forma que | como el | como la | como tu | "
    "similar al | similar | parecido al | parecida a | parecida al | equivalente al | estilo al | en la "
    "línea de | hermano de | hermano del | hermana de | hermana del | hermano pequeño del | hermano mayor "
    "del | hermana pequeña de | primo del | nada que envidiar al | rival del | rival de | competencia del | "
    "ilustración del | misma ilustración que | mismo dibujo que | basado en | basado en el | basada en",
    "homage": "homenaje al | homenaje a | homenaje | tributo al | tributo a",
    "replica": "réplica exacta | imitación de | réplicas de | de fan | fan art | hecho por fans | hecha "
    "por fans | no oficial | versión china | marca blanca | clónico | clónica | copias | copia exacta | "
    "proxy | custom de fan | hecha a mano no oficial | carta fake | falsificación | falsas | falsos | sin "
    "licencia | copia pirata | versión pirata | repro | metal dorada | metal dorado | impresa casera",
    "printed 3d sparepart": "impreso en 3d | impresa en 3d | impresión 3d | impresos en 3d | impresas en "
    "3d | hecho en 3d | pieza 3d",
    "original box": "estuche oficial | estuche original | en su estuche | con estuche | con su estuche | "
    "con estuche y certificado | caja exterior | cartón exterior | caja y cápsula | cajas y papeles | con "
    "todas sus cajas | con su caja y papeles | con caja y garantía | con todo | con todos sus accesorios | "
    "con todos los accesorios | con accesorios originales | con sus accesorios | con su embalaje | todo "
    "completo",
    "damaged box": "caja con una grieta | caja con grieta | caja con grietas | caja con golpe | caja con "
    "golpes | caja con un golpe | caja golpeada | caja rajada | caja rota | caja dañada | caja deteriorada "
    "| caja abollada | caja con desperfectos | caja con roces | caja algo dañada | caja un poco dañada | "
    "carátula rota | caja con marcas | caja tocada | caja con rotura | caja con defectos | caja con daños | "
    "estuche roto | estuche rajado | estuche con grieta | caja en mal estado | embalaje dañado | embalaje "
    "roto | con caja algo tocada | caja no perfecta",
    "original finish": "sin refinar | sin pulir | pulido | pulida",
    "included": "de regalo | de obsequio | por el mismo precio | va incluido | va incluida | van incluidos",
    "free": "regalo | regalos | obsequio | incluyo",
    "not included": "no va incluido | no va incluida | no van incluidos | no se incluye | no incluidas",
    "without": "no lleva | no tiene | no trae | a falta de | le falta el | le falta la | falta el | falta "
    "la | faltan los | faltan las | falta su",
    "or": "ni",
    "not": "ojo no | ojo que no es | ojo no es | que no es | atención no es | pero no",
    "@ guide": "guía | guía oficial | guía de estrategia | guía estrategia | guía visual",
    "sapphire": "cristal zafiro | cristal de zafiro | cristal mineral",
    "cartridge only": "solo cartucho | sólo cartucho | solo el cartucho | cartucho suelto | cartucho solo",
    "cartridge": "cartucho | cartuchos",
    "disc only": "solo disco | solo el disco | solo cd | solo dvd | sin caja solo disco",
}

SPANISH_OFFERS = table("""
    course: curso online de | curso de | clases de | clases online | taller de | masterclass | tutorial |
      clase particular | clases particulares | formación en | curso; repair service: reparo | demostración |
      ampliación de | ampliación | enviar equipo al taller | revisión y limpieza de | limpieza de sensor |
      servicio de limpieza | puesta a punto de | ajuste de | afinación | quintaje | calibración |
      restauramos | arreglo de | arreglamos | arreglos | se repara | se reparan | instalación de | servicio
      montaje | tapizado de | pintado de | cambio de cristal | cambio cristal | cambio de pantallas | cambio
      de pilas | cambio conector | rebobinado | flasheo | jailbreak de | programación de | duplicado de |
      copia de llave | copia de llaves | diagnóstico | presupuesto sin compromiso | presupuesto gratis |
      cotización; for rent: alquila | alquila tu | alquila tus | alquile | alquileres | renting | por
      semanas | por días | por meses | arriendo | se arrienda | para eventos alquiler | precio por día |
      euros al día | euros por día | por jornada; wtb: compraría | busco a quien | estoy buscando | pagaría
      por | pago bien | me interesa comprar | se necesita | compro tu | compro al contado | necesitaría |
      alguien que venda | quiero comprar | quisiera comprar | busco urgente | busco barato | en busca de |
      quién tiene; swap only: cambio mi | cambio este | cambiaría por | cambiaria por | cambiaría | se
      cambia por | intercambio por | permuta | solo se cambia | solo intercambio | cambio únicamente | lo
      cambiaría por; gift voucher: vale por | vale de compra | vale descuento | bono regalo | tarjeta de
      regalo | saldo; raffle: papeletas | rifo | se rifa | número de rifa | boletos; deposit: señal reserva
      | dejo señal | para reservar; photo of: fotografía | foto antigua | foto firmada | postal | postales |
      diapositiva | negativos de; wall art: cuadro decorativo | cuadros decorativos | cuadro impreso |
      lienzo impreso | cuadro de | cartel de chapa | cartel vintage | letrero | lámina de | plano técnico |
      plano de | neón decorativo; toy model: de juguete | maqueta de | juguete de | para muñecas | para
      muñeca | de playmobil | recortable | de peluche | de madera infantil | de papel; tshirt: camiseta |
      camisetas | sudadera | sudaderas; mug: taza | tazas | vaso de chupito; keychain: llavero | llaveros;
    badge pin: chapita | pin esmaltado | insignia; mousepad: alfombrilla | alfombrilla de ratón; patch:
      parche | parches; ornament: adorno; magnet ornament: imán | imanes de nevera | imán nevera;
    soundtrack: banda sonora | bso; stickers: pegatinas de | vinilos decorativos; coaster mug: posavasos;
    recipe book: libro de cocina | libro cocina | libro recetas | libros de recetas | recetas para | recetas
      | recetario; guide book: libro sobre | libro de la | libro del | libro cocina fácil | enciclopedia de
      | historia del | revista | revistas; lot: lote completo de | colección entera | lote variado | pareja
      de monedas | conjunto rondalla; both: los dos | ambos; set of 2: juego de dos | juego de faros | par
      de | pareja de faros | juego faros | pack duo
    """)

SPANISH_PARTS = table("""
    @ module: capota | capotas | clavijero | clavijeros | clavijas | golpeador | cejuela | cejilla | puente
      guitarra | colchoneta | saco de | saco silla | sacos | cubre pies | cubrepiés | burbuja de lluvia |
      plástico de lluvia | plástico lluvia | mosquitera | portavasos | portabebidas | adaptadores grupo 0 |
      arnés | arneses | casquillo | casquillos | portalámparas | bombilla | bombillas | separador | mariposa
      thermomix | cestillo | varoma | vaporera | espátula | cubilete | tapón | tapones | cook-key | cookkey
      | cook key | chip recetas | válvula | válvulas | bujía | bujías | pistón | pistones | biela | bielas |
      cilindro | cilindros | carburador | filtro de aire | filtro aire | filtro aceite | filtro de aceite |
      correa distribución | correa de distribución | kit de arrastre | kit arrastre | pastillas de freno |
      pastillas freno | discos de freno | disco de freno | disco freno | zapatas | latiguillo | latiguillos
      | pinza de freno | pinzas de freno | amortiguador trasero | amortiguadores | paragolpes | parachoques
      | intermitente | intermitentes | piloto trasero | rejilla | parrilla | alternador | motor de arranque
      | bomba de agua | bomba aceite | bomba de freno | embrague | kit embrague | escape | tubo de escape |
      silenciador | colector | junta culata | culata | cigüeñal | rodamiento | rodamientos | silentblock |
      rótula | soporte motor | elevalunas | cerradura | bombín | llave repuesto | manillares | manetas |
      maneta | sillín | tija | tija de sillín | plato y bielas | cassette bici | cubierta bici | cubiertas
      bici | cámara de aire | llantas | juego de llantas | tapacubos | embellecedor | embellecedores |
      moldura | molduras | alfombrillas | alfombrillas coche | fundas asientos | funda asiento | cubre
      volante | portón | capó | aleta delantera | faldón | alerón | cubrecárter | depósito gasolina |
      maletas laterales | pantalla cupula | cúpula | parabrisas | estriberas | caballete | bobina | bobinas
      | carrete repuesto | bolsas de aspirador | bolsas aspirador | bolsas para | filtro hepa | mopas | mopa
      | cepillo lateral | rodillo | rodillos | cepillo principal | depósito de polvo | cabezal de |
      cuchillas para | cuchilla para | cuchilla de | vaso batidora | jarra thermomix | resistencia |
      termostato | goma puerta | goma de puerta | bandeja horno | cesto | cestos | molinillo repuesto |
      grupo café | grupo erogador | brazo cafetera | mango repuesto | asa repuesto | tornillería | pasadores
      | hebillas | cierre desplegable | inserto bisel | inserto de bisel | juego de agujas | agujas reloj |
      tija corona | muelle real | volante completo | fornitura | fornituras | armis para | extensión correa
      | tapa frontal | tapa delantera | tapa visor | anillo inversor | anillos adaptadores | tubos de
      extensión | zapata rápida | placa rápida | pantalla de enfoque | flash para | disparador | mando
      disparador | grip para | placa en l | cinta cámara | carcasa submarina | jaula | cabezal óptico |
      lente láser | lente laser | aguja tocadiscos | aguja para | agujas para | cápsula tocadiscos | cápsula
      para | capsula para | plato para tocadiscos | correa tocadiscos | tapa tocadiscos | tapa de
      metacrilato | membrana | membranas | conos | tweeter repuesto | potenciómetro | potenciómetros |
      condensadores | condensador | fusible | fusibles | relé | transistores | transformador para |
      joysticks | gatillos | botonera | carcasa completa | placa frontal | frontal para | placas laterales |
      panel lateral | paneles | patas | pata de | tornillo de | ventosa | vinilo para | protectores |
      protector | caja expositora | marco acrílico | marco magnético | cápsulas monedas | cápsula moneda |
      cápsula para moneda | álbum para | hojas para | estuche para moneda | hojas álbum | archivador |
      pedestal | cuerda de | estuche guitarra | cejilla guitarra | arco violín | cañas | sordina | atril |
      parche batería | baquetas | plantilla | cordones para | hormas | tapas tacón | asa larga | asas |
      bandolera para | organizador | organizador bolso | forro interior | charms | varillas gafas | lentes
      de recambio | lentes repuesto | cristales gafas | cristales de repuesto | gomas auriculares | tapa
      altavoz | bandeja sim | flex de | flex carga | cámara trasera | cámara frontal | altavoz auricular |
      tapa cristal | chasis intermedio | marco intermedio | vibrador | módulo cámara | trackpad | tapa
      inferior | carcasa inferior | teclado repuesto | ventilador para | disipador para | placa base para |
      caddy | memoria ram para | base deslizante | base con ruedas | tabla deslizante | plataforma |
      cubierta de | inserto juego | cuadernillo | solapa | sobrecubierta | espada | espada y cadena |
      inducido | rotor | grupo infusor | infusor | tejado | kit luces | luces led | cristales | juego
      pastillas | juego de pastillas | juego de ruedas | juego de tornillos | juego de juntas | juego de
      cuchillas | juego de escobillas | juego de gomas | pack filtros | pack cuchillas | piezas | piezas de
      | pieza de | pieza para | llave de | llave para | portada de | caratula para | números sueltos | faro
      | piloto | asiento | asientos | sillines | freno | frenos | retrovisores | neumático | neumáticos |
      plato | cassette | altavoz de | teclado de | cable de | conector | antena | mango | tubo | tapas | pie
      | peana de | hebilla de | maquinaria | calibre | mecanismo | movimiento | ocular | visor | anillo |
      pastilla | puente | caja de cambios | centralita | radiador | cuadro de instrumentos; wheel: volante
      coche | volante de cuero | volante cuero; cup: vaso completo | vaso de acero | vaso nuevo; housing:
      caja reloj | caja para montar; lens cap: tapas objetivo
    """)

SPANISH_KINDS = table("""
    turntable: plato giradiscos | plato tocadiscos; dive watch: reloj buceo; stroller: carrito | carro bebé
      | cochecito | carrito bebé | silla de paseo; light: linterna | lámpara; car: coche; motorcycle: moto;
    games: juegos ps4 | juegos ps5 | juegos switch; frame: cuadro carbono | cuadro de carbono | cuadro
      aluminio | cuadro de aluminio; figures: figuras; toys: juguetes; watches: relojes de; lenses:
      objetivos varios; cameras: cámaras; phones: móviles; amplifiers: amplificadores; players:
      reproductores; shirts: camisas; trousers: pantalón | pantalones; dress: vestido | vestidos; coat:
      abrigo; scarf: pañuelo | bufanda; hat: gorra | sombrero; belt: cinturón; ring: anillo plata | sortija;
    knife: navaja | cuchillo; lighter: mechero | encendedor; printer: impresora; scanner: escáner; router:
      enrutador; projector: proyector; drone: dron; microphone: micrófono; keyboard: teclado musical; piano:
      piano digital; synth: sintetizador; receiver: receptor; cassette deck: pletina; cd player: reproductor
      cd | lector cd; mower: cortacésped; generator: generador; welder: soldador; pressure washer:
      hidrolimpiadora; compressor: compresor de aire; tent: tienda de campaña; fishing reel: carrete de
      pesca | carrete pesca; fishing rod: caña de pescar | caña pesca; oven: horno; microwave: microondas;
    iron: plancha; fan heater: calefactor; air fryer: freidora | freidora de aire; juicer: licuadora;
    blender: licuadora vaso; 3 coins: tres monedas; 2 coins: dos monedas; 4 coins: cuatro monedas; 3: ?tres;
    4: ?cuatro; 5: ?cinco; 6: ?seis; 2 games: dos juegos; 2 consoles: dos consolas; 2 phones: dos móviles; 2
      watches: dos relojes; 2 cameras: dos cámaras; left: izquierdo | izquierda | izq | izdo; right: derecho
      | derecha | dcho | dcha; front: delantero | delantera; rear: trasero | trasera; spanish: castellano |
      español | española | en español; english: inglés | en inglés | inglesa; german: alemán; french:
      francés; japanese: japonés | japonesa; italian: italiano; size #: t #; size: nº talla; euro: euros;
    edition: ed; proof: fdc; automatic: automático | automática; quartz: cuarzo; signed: firmado | firmada;
    electric: eléctrico | eléctrica; wireless: inalámbrico | inalámbricos | inalámbrica; paperback:
      bolsillo; rosewood: palosanto; classical guitar: guitarra clásica | guitarra española; acoustic
      guitar: guitarra acústica; electric guitar: guitarra eléctrica
    """)
