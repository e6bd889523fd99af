BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0013');
CREATE TABLE alerts (
	id TEXT NOT NULL, 
	watch_id INTEGER NOT NULL, 
	user_id TEXT NOT NULL, 
	made_at DOUBLE NOT NULL, 
	receipt TEXT NOT NULL, 
	acked_at DOUBLE, evidence TEXT, grounds BLOB, erased_at DOUBLE, told INTEGER DEFAULT 0 NOT NULL, acked_by TEXT DEFAULT '' NOT NULL, message TEXT, 
	CONSTRAINT pk_alerts PRIMARY KEY (id)
);
INSERT INTO alerts VALUES('xzprk22svz',1,'local',1750000000.0,'{"id":"xzprk22svz","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["#7kc4y33mexkk64q6","","","","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $51.00"]],"more":0,"market":""}',NULL,'m4vlpwnxgn672345',X'785eeb58915a9699929a979cba21d7a42ca7a03caf223dcfccdcc8d8c4744951694eeafaa4d49cfc720553433d030385d060975589c5c5a5b9052599f979cbc0ccd4e5102aa569696e665e7e11c38ae4d2a2a2d4bce4cac5a1c12e4b138b7253530e2fcfc82c2ec92faa9c7ce0c0849579a9e5f19925a9b9c5139694e4e7a4340000d8503828',1752682000.0,1,'',NULL);
INSERT INTO alerts VALUES('lzgmgcpaph',2,'local',1750000000.0,'{"id":"lzgmgcpaph","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($52.20)","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["#7kc4y33mexkk64q6","","","","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 86 % of the median $58.00 of 7 asks"],["#4ol7gbteybux23ug","","","","Used","USD","52.00","0.00",null,"52.00","$52.00 in total is 90 % of the median $58.00 of 7 asks"]],"more":0,"market":""}',NULL,'m4vlpwnxgn672345',X'785eeb58915a9699929a979cba21d7a42ca7a03caf223dcfccdcc8d8c4744951694eea8a94d4c41c054b03d55589c5c5a5b9052599f979cbc0ccd4e5102aa569696e665e7e11c38ae4d2a2a2d4bce4cac5a1c12e4b138b7253530e2fcfc82c2ec92faa9c7ce0c0849579a9e5f19925a9b9c5139694e4e7a4340000bae9362c',1752682000.0,2,'',NULL);
INSERT INTO alerts VALUES('izz3spwazs',1,'local',1750003600.0,'{"id":"izz3spwazs","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["#ncy7l76nhpoulcoo","","","","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is at most your $51.00"],["#tl2ashjuek6dqc2m","","","","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is at most your $51.00"]],"more":0,"market":""}',NULL,'ulxcckdfe2j7hccq',X'785eeb58915a9699929a979cbaa134a72239393b252dd528cb3c2339b9704951694eeafaa4d49cfc720553433d030385d060975589c5c5a5b9052599f979cbc0ccd4e5102aa569696e665e7e11c38ae4d2a2a2d4bce4cac5a1c12e4b138b7253530e2fcfc82c2ec92faa9c7ce0c0849579a9e5f19925a9b9c5139694e4e7a43400002da638f3',1752682000.0,2,'',NULL);
INSERT INTO alerts VALUES('sbh5ltzye6',2,'local',1750003600.0,'{"id":"sbh5ltzye6","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($50.85)","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["#ncy7l76nhpoulcoo","","","","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is 53 % of the median $56.50 of 8 asks"],["#tl2ashjuek6dqc2m","","","","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is 80 % of the median $56.50 of 8 asks"]],"more":0,"market":""}',NULL,'ulxcckdfe2j7hccq',X'785eeb58915a9699929a979cbaa134a72239393b252dd528cb3c2339b9704951694eea8a94d4c41c054b03d55589c5c5a5b9052599f979cbc0ccd4e5102aa569696e665e7e11c38ae4d2a2a2d4bce4cac5a1c12e4b138b7253530e2fcfc82c2ec92faa9c7ce0c0849579a9e5f19925a9b9c5139694e4e7a43400000ab236f7',1752682000.0,2,'',NULL);
INSERT INTO alerts VALUES('ydynkfnmq5',1,'local',1752685600.0,'{"id":"ydynkfnmq5","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is at most your $51.00"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is at most your $51.00"]],"more":0,"market":""}',NULL,'qgdogyfzlzcmlzdw',X'785eeb58915a9699929a979cbaa1303d253fbd32ad2aa72a3937a72aa57c4951694eeafaa4d49cfc720553433d030385d060975589c5c5a5b9052599f979cbc0ccd4e5102aa569696e665e7e11c38ae4d2a2a2d4bce4cac5a1c12e4b138b7253530e2fcfc82c2ec92faa9c7ce0c0849579a9e5f19925a9b9c5139694e4e7a4342d2f33ac3134a831980c35e12cf70e143370081f5a5666586389a44d700a566d68c2870059ec6b97',NULL,2,'',NULL);
INSERT INTO alerts VALUES('ykr5oy7hfp',2,'local',1752685600.0,'{"id":"ykr5oy7hfp","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($48.15)","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is 52 % of the median $53.50 of 10 asks"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is 54 % of the median $53.50 of 10 asks"]],"more":0,"market":""}',NULL,'qgdogyfzlzcmlzdw',X'785eeb58915a9699929a979cbaa1303d253fbd32ad2aa72a3937a72aa57c4951694eea8a94d4c41c054b03d55589c5c5a5b9052599f979cbc0ccd4e5102aa569696e665e7e11c38ae4d2a2a2d4bce4cac5a1c12e4b138b7253530e2fcfc82c2ec92faa9c7ce0c0849579a9e5f19925a9b9c5139694e4e7a4342d2f33ac3134a831980c35e12cf70e143370081f5a5666586389a44d700a566d68c2870055a4699b',NULL,2,'',NULL);
CREATE TABLE api_calls (
	id INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	api TEXT NOT NULL, 
	code TEXT, 
	seconds DOUBLE NOT NULL, 
	counts BOOLEAN NOT NULL, daemon TEXT DEFAULT '' NOT NULL, refused BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_api_calls PRIMARY KEY (id)
);
INSERT INTO api_calls VALUES(1,1753031221.0,'ebay',NULL,0.2000000000000000111,1,'vm:1:2',0);
INSERT INTO api_calls VALUES(2,1753031221.0,'slack','SLACK_RATE_LIMIT',0.29999999999999998889,1,'vm:1:2',0);
CREATE TABLE api_usage (
	user_id TEXT NOT NULL, 
	api TEXT NOT NULL, 
	window_start DOUBLE NOT NULL, 
	calls INTEGER NOT NULL, 
	cost BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_api_usage PRIMARY KEY (user_id, api, window_start)
);
INSERT INTO api_usage VALUES('local','openai',1767571200.0,3,1250);
CREATE TABLE cache_entries (
	"key" TEXT NOT NULL, 
	payload BLOB NOT NULL, 
	fetched_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_cache_entries PRIMARY KEY ("key")
);
INSERT INTO cache_entries VALUES('ebay|EBAY_US|ask|zenitar mk2 camera|any||USD|1',X'785eadd4bf4ac34000c7f1836ec954a87f26c91324b9cb3fe226b80a42cde216d2b3464d1aaeb151c8e413747010112cfeed2314d412da51b239491fc0d14770d00c81de71c8adbfeff2997e57d70bd07a1ac01ce5fa741fc761ea1365e71829c48fbbf8208c3b9828811f61e25f3c4661dc23656b771c9c1282e3e0fcde6b6fffcda03696f2e4c1ebe3cedb619a26fd4d4dcbb24cc5677e949c6035e8455a98461a7aa96a586b483d4abaf3595114b3d19dd72e1b5fc568b8f8651adccc95bc26fa3fd3a0300d06d3e466ae8e05314d0ad364302d6ee65a2288695198168369f3333f04316d0ad366301d6ee6fa8d20a643613a0ca6cbcd6c5e0a62ba14a64b613e0f600e756ea73ce1774e2bc9b24782fa6b95eb9704758614e9dc52e95b9014d1a4882985dc52794f9414d2a47099f47deb73e3b6040048730980e10f1588c5ef',1752858420.0,1753463220.0);
INSERT INTO cache_entries VALUES('ebay|EBAY_US|ask|nikon f3|any|electronics|USD|1',X'785eadd4bf4ac34000c7f1836ec954a87f26c91324b9cb3fe226b80a42cde216d2b3464d1aaeb151c8e413747010112cfeed2314d412da51b239491fc0d14770d00c81de71c8adbfeff2997e57d70bd07a1ac01ce5fa741fc761ea1365e71829c48fbbf8208c3b9828811f61e25f3c4661dc23656b771c9c1282e3e0fcde6b6fffcda03696f2e4c1ebe3cedb619a26fd4d4dcbb24cc5677e949c6035e8455a98461a7aa96a586b483d4abaf3595114b3d19dd72e1b5fc568b8f8651adccc95bc26fa3fd3a0300d06d3e466ae8e05314d0ad364302d6ee65a2288695198168369f3333f04316d0ad366301d6ee6fa8d20a643613a0ca6cbcd6c5e0a62ba14a64b613e0f600e756ea73ce1774e2bc9b24782fa6b95eb9704758614e9dc52e95b9014d1a4882985dc52794f9414d2a47099f47deb73e3b6040048730980e10f1588c5ef',1752858420.0,1753463220.0);
INSERT INTO cache_entries VALUES('ebay|EBAY_US|ask|leica m6|any||USD|1',X'785eadd4bf4ac34000c7f1836ec954a87f26c91324b9cb3fe226b80a42cde216d2b3464d1aaeb151c8e413747010112cfeed2314d412da51b239491fc0d14770d00c81de71c8adbfeff2997e57d70bd07a1ac01ce5fa741fc761ea1365e71829c48fbbf8208c3b9828811f61e25f3c4661dc23656b771c9c1282e3e0fcde6b6fffcda03696f2e4c1ebe3cedb619a26fd4d4dcbb24cc5677e949c6035e8455a98461a7aa96a586b483d4abaf3595114b3d19dd72e1b5fc568b8f8651adccc95bc26fa3fd3a0300d06d3e466ae8e05314d0ad364302d6ee65a2288695198168369f3333f04316d0ad366301d6ee6fa8d20a643613a0ca6cbcd6c5e0a62ba14a64b613e0f600e756ea73ce1774e2bc9b24782fa6b95eb9704758614e9dc52e95b9014d1a4882985dc52794f9414d2a47099f47deb73e3b6040048730980e10f1588c5ef',1752858420.0,1753463220.0);
CREATE TABLE daemons (
	id TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	version TEXT NOT NULL, 
	config_path TEXT NOT NULL, 
	config_digest TEXT NOT NULL, 
	config_error TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_daemons PRIMARY KEY (id)
);
INSERT INTO daemons VALUES('vm:5041:18eb62d5eed8ba09',1795637554.0,1795637614.0,'0.1.0','/etc/watcher/config.toml','9b0c1f','');
INSERT INTO daemons VALUES('vm2:77:18eb62d5eed8ba10',1795637500.0,1795637600.0,'0.1.0','/etc/watcher/config.toml','9b0c1e','[polling] tick: 0s is too short');
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DOUBLE NOT NULL, 
	user_id TEXT, 
	type TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	revision INTEGER NOT NULL
);
INSERT INTO events VALUES(1,1753031220.0,'local','alert','xzprk22svz',1);
INSERT INTO events VALUES(2,1753031220.0,'local','watch','1',2);
INSERT INTO events VALUES(3,1753031220.0,NULL,'incident','i1',1);
CREATE TABLE evidence (
	id TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	payload BLOB NOT NULL, 
	erased_at DOUBLE, 
	CONSTRAINT pk_evidence PRIMARY KEY (id)
);
INSERT INTO evidence VALUES('m4vlpwnxgn672345',1750000000.0,X'785e8d943d8fd3301880b331b0205de158904ee21f34693b1f821de9d481a938f69bd48d63a7fe68eb1313ea005bc5c2c210fa993b4ee263ba31ba1bd16d4c0831f207f803e85012488550d7e7f1fbd8922d7f776ecd29f9107b23968cf924e4ed4ed3f55a73a43f1f7edd3b7fea38ce69001af781f4fe626b258cc4b0041fd96c6840692af874353420eda763e05423791047cd038c6290e8040b4ee8f59a05e236c3484328a44ddfc54846a01386306c1e3d387cd2eb1e6d02ca344835ddc004334360b6f68da53cbc1e3d8b29ef0500c44738cacf0229e21e16866b69d3f75a1aa57bd55697a74a234d95a658bd5cf94851b5402acab0911238b68beed1c3b7fcc68289f1f3554cb990577b2f6a7691345ba56afca8a9750c84225eda3b59cd2e924e35b83fafa9659f86fdd2dd7d537319e51ae408b157e582ad0395786b6e1941a25f7f731a1fef7722ec59d78d6112456d6fd84ecb917f979c1abcba79beec2a20697a7991e7f9459ae6793afbddf504eb84be06eb9b49d33561d56d3cae250aecd4e07fba91177a81771c35d9c06d07a1adbab79fd51205deb96bc90059427dcbc26138f250d5ddbaa902efdc4d0c4302a84b3a011979be5f75f7935aa2c03b7783c8786e53b36010d8bed7e27fba5f6a8902efdc0d7dc6c6ae15ad8e19180593aabbf5840abc4b7743a4481220b30c19aca9e06ab6492428e03acf1804ba278c7656432334ca330903c01ac8ec042452e52f72efe7d4719c5fd6ec0a39',1752682000.0);
INSERT INTO evidence VALUES('ulxcckdfe2j7hccq',1750003600.0,X'785e8dd4bb6ed440180560974869b884840629126fe075e23a087aa42805d56a3cf3db1e7b3ce39d4bb21351a134e956888282c2c9ee669d10894b1589c64a4a948e0a212ade80174041b6c11185db73e67cb6646b7e38b78f28f960d818e39484e0267e8cf1e808e92f9bdfee7dfee938ce69081ac74086ff64c74a1889610601b2e5c880d254f0fdf9c880b49ff680538de45a96ba6b186520d109169cd0eb3353c46d89918648485bbccb904c41e70c61583c7dbcf97cb8bdb50829d320d5fe02c698190293e3c058caa3ebe95946f930042001c26975164a910db1305c4b5bbcd7d2283d6c1f7579aa34d254698ad5c13c408aaa295269898d94c0b19d6e6f3d39e4b7a64cecbe9c67940b79b574de69a7b9bbde54f70e3bd571068422deb42b773bed34f7dbe1ea41a79ac5348a9beec1db4e5752ae41ee20f6aa3970e3859af8c66e9642aedf7c77963f3ef204f3a340830dccd81d98a86826cbcf3a933a763ae1d5d2f96c5b01298acb8baaaa2e8aa2aa8ac91f37f5222ff4f6529725838d30b2ad7bff4587a8e3deae2509b284069645a368c743adbb5276883aeeede68621017440fc90ec7841d0baab7987a8e3de6e981a6fe06a1626a18dbd75fed7fdda21eab8b71b058ced0eac58f74d62148c5bf7c6a7aee3deae662e52716220dd2023ec66ad7be77587a8e3de2ec7d667fe068f73611816a27597fefbc7f67117448a3c07322991c19a0aae268b5c8202aeab9241a887c268673e3242a3aa949000d640262720916a6ea787bff61dc7f90d2dc635b7',1752682000.0);
INSERT INTO evidence VALUES('qgdogyfzlzcmlzdw',1752685600.0,X'785eadd5bf6bd4601807f0808bb4080ad5ba08fd0b7a97f41775102a3a0a42bd4197f0defb3ec9bd2679dfdcfbbee935c74dd2c5ed102771389bbb4b5a0b8a53174b6847e9e624e2288e6eae52b914a3cd118e5b9feffbe3034fde27dfb4abbb94bc6fda84dba1d576dbd873dba4b58bd4a78d2fb77e5dd6346ddf02851b40ccbf6a43c90381a10f751426cd00a4a29ced0c9a0188f0431b1855482c788eb180910702ed61ce083d5b132116261829b0b9087b6f3d241c50be8b30c4f7ef6e3c366b9bb1455d0542eec4b08ddd804077580f42caecb3ad071e65a60540ea083be98125b867621e3025c2de3b2502a9ccf3ab4ef6a5428a4a45b17c3ea823496584a493e0400860388c6a9bf7deb099c8e5ad67038f322e4e677ee6d2c83756b2e84a25170d3d2014b12c9dfb9e4b237fed7ce3fc9d5cd46f50bb9165375fe7b2843205620bb92fb205b38f720bb2f2fce75cb9ef80af5e7dd5e6865b7ac7e8548f9e8c3af0c0311604623658941110a36e64a7cc3dcc9d322a6bb9e2e9ec61bf26817c6c28e5cbdb954aabd55a846de4f92e2c62ee55a8f22a46efe4384dd3e3de6e6df3f4d28fb4d71d59964a5bae7772d74e6e592ab22c97b6dc48a664592eb2ac94b6ccfb53b2ac145956cb5bf25fdde43d5a2db2ac95b6fcf37226b7ac1559d64b5baebd9c9265fd224bbca577f46a69ccec6179ccd1b847ad578b344679cd4c7ea08e6dd3588d512dd4e8a535174fd38b07de788dfe9f262682fb3e906e8202ac2867b21bfb02243095262e58cae481d206cd802b9426029e025640ba7b2090fcf36f4d7f03305a47cd',NULL);
CREATE TABLE exits (
	search_id INTEGER NOT NULL, 
	item TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	price BIGINT NOT NULL, 
	shipping BIGINT, 
	listed_at DOUBLE NOT NULL, 
	gone_at DOUBLE NOT NULL, 
	CONSTRAINT pk_exits PRIMARY KEY (search_id, item), 
	CONSTRAINT fk_exits_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id) ON DELETE CASCADE
);
INSERT INTO exits VALUES(1,'#7kc4y33mexkk64q6','relisted','USD',5000,0,1750000000.0,1750003600.0);
CREATE TABLE idempotency_keys (
	user_id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	request TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	status INTEGER, 
	headers TEXT DEFAULT '' NOT NULL, 
	body BLOB, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, "key")
);
INSERT INTO idempotency_keys VALUES('collector','k1','454349e422f05297191ead13e21d3db520e5abef52055e4964b82fb213f593a1',1753031220.0,201,'{}',X'7b226964223a20357d');
INSERT INTO idempotency_keys VALUES('collector','k2','db77fd01af957221a4989b64b3770a83a3c56068405b9f0e9408feae57fd17e4',1753031220.0,NULL,'',NULL);
CREATE TABLE identifications (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	digest TEXT NOT NULL, 
	owner TEXT DEFAULT '' NOT NULL, 
	crop0 BIGINT NOT NULL, 
	crop1 BIGINT NOT NULL, 
	crop2 BIGINT NOT NULL, 
	crop3 BIGINT NOT NULL, 
	title TEXT NOT NULL, 
	"query" TEXT NOT NULL, 
	way TEXT NOT NULL, 
	confidence DOUBLE NOT NULL, 
	category TEXT DEFAULT '' NOT NULL, 
	brand TEXT DEFAULT '' NOT NULL, 
	model TEXT DEFAULT '' NOT NULL, 
	condition TEXT DEFAULT '' NOT NULL, 
	grade TEXT DEFAULT '' NOT NULL, 
	gtin TEXT DEFAULT '' NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT uq_identifications_digest_owner UNIQUE (digest, owner)
);
INSERT INTO identifications VALUES(1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','',1,-2,3,-4,'Zenitar MK2 camera','zenitar mk2 camera','openai',0.9000000000000000222,'electronics','Zenitar','MK2','used','','',1767607200.0,1768212000.0);
INSERT INTO identifications VALUES(2,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','local',1,-2,3,-4,'Zenitar MK2','zenitar mk2','library',1.0,'','','','','','',1767607200.0,1768212000.0);
CREATE TABLE incidents (
	id TEXT NOT NULL, 
	api TEXT NOT NULL, 
	symptom TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	notified_at DOUBLE NOT NULL, 
	resolved_at DOUBLE, 
	headline TEXT NOT NULL, fired_at DOUBLE DEFAULT 0 NOT NULL, changed_at DOUBLE DEFAULT 0 NOT NULL, bad BOOLEAN DEFAULT 1 NOT NULL, swings INTEGER DEFAULT 0 NOT NULL, told BOOLEAN DEFAULT 1 NOT NULL, owed BOOLEAN DEFAULT 0 NOT NULL, acked_at DOUBLE, acked_by TEXT DEFAULT '' NOT NULL, revision INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_incidents PRIMARY KEY (id)
);
INSERT INTO incidents VALUES('3efea80b033f','ebay','quota',1753031221.0,1753031221.0,NULL,'eBay: the quota is used up',1753031221.0,1753031221.0,1,0,0,0,NULL,'',0);
CREATE TABLE item_states (
	watch_id INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	total BIGINT NOT NULL, 
	price BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	estimated BOOLEAN NOT NULL, 
	told_at DOUBLE NOT NULL, 
	CONSTRAINT pk_item_states PRIMARY KEY (watch_id, item_id), 
	CONSTRAINT fk_item_states_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE
);
INSERT INTO item_states VALUES(2,'v1|2|0',5200,5200,'USD',0,1750000000.0);
INSERT INTO item_states VALUES(1,'v1|10|0',3000,3000,'USD',0,1750003600.0);
INSERT INTO item_states VALUES(1,'v1|9|0',4500,4500,'USD',0,1750003600.0);
INSERT INTO item_states VALUES(2,'v1|10|0',3000,3000,'USD',0,1750003600.0);
INSERT INTO item_states VALUES(2,'v1|9|0',4500,4500,'USD',0,1750003600.0);
INSERT INTO item_states VALUES(1,'v1|20|0',2800,2800,'USD',0,1752685600.0);
INSERT INTO item_states VALUES(1,'v1|21|0',2900,2900,'USD',0,1752685600.0);
INSERT INTO item_states VALUES(2,'v1|20|0',2800,2800,'USD',0,1752685600.0);
INSERT INTO item_states VALUES(2,'v1|21|0',2900,2900,'USD',0,1752685600.0);
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	destination TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	state TEXT NOT NULL, 
	next_at DOUBLE NOT NULL, 
	attempt INTEGER NOT NULL, 
	lease TEXT NOT NULL, 
	lease_until DOUBLE NOT NULL, 
	done_at DOUBLE, 
	error TEXT NOT NULL
, thread TEXT DEFAULT '' NOT NULL, error_code TEXT DEFAULT '' NOT NULL);
INSERT INTO outbox VALUES(1,'alert','xzprk22svz','slack','{"id":"xzprk22svz","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["v1|1|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/1","https://i.example.com/1.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $51.00"]],"more":0,"market":""}',1750000000.0,'sent',1752685605.0,1,'',0.0,1752685605.0,'','','');
INSERT INTO outbox VALUES(2,'alert','lzgmgcpaph','slack','{"id":"lzgmgcpaph","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($52.20)","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["v1|1|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/1","https://i.example.com/1.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 86 % of the median $58.00 of 7 asks"],["v1|2|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/2","https://i.example.com/2.jpg","Used","USD","52.00","0.00",null,"52.00","$52.00 in total is 90 % of the median $58.00 of 7 asks"]],"more":0,"market":""}',1750000000.0,'dead',1752685610.0,1,'',0.0,1752685610.0,'SLACK_REFUSED: status 404 no_service','','SLACK_REFUSED');
INSERT INTO outbox VALUES(3,'alert','izz3spwazs','slack','{"id":"izz3spwazs","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["v1|10|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/10","https://i.example.com/10.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is at most your $51.00"],["v1|9|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/9","https://i.example.com/9.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is at most your $51.00"]],"more":0,"market":""}',1750003600.0,'pending',1752689215.0,1,'',0.0,NULL,'SLACK_RATE_LIMIT: too many messages','','SLACK_RATE_LIMIT');
INSERT INTO outbox VALUES(4,'alert','sbh5ltzye6','slack','{"id":"sbh5ltzye6","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($50.85)","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["v1|10|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/10","https://i.example.com/10.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is 53 % of the median $56.50 of 8 asks"],["v1|9|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/9","https://i.example.com/9.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is 80 % of the median $56.50 of 8 asks"]],"more":0,"market":""}',1750003600.0,'pending',1750003600.0,0,'',0.0,NULL,'','','');
INSERT INTO outbox VALUES(5,'alert','ydynkfnmq5','slack','{"id":"ydynkfnmq5","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is at most your $51.00"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is at most your $51.00"]],"more":0,"market":""}',1752685600.0,'pending',1752685600.0,0,'',0.0,NULL,'','','');
INSERT INTO outbox VALUES(6,'alert','ykr5oy7hfp','slack','{"id":"ykr5oy7hfp","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($48.15)","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is 52 % of the median $53.50 of 10 asks"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is 54 % of the median $53.50 of 10 asks"]],"more":0,"market":""}',1752685600.0,'pending',1752685600.0,0,'',0.0,NULL,'','','');
INSERT INTO outbox VALUES(7,'ops','3efea80b033f','ops','{"incident_id":"3efea80b033f","phase":"firing","api":"ebay","symptom":"quota","since":1753031221.0,"at":1753031221.0,"headline":"eBay: the quota is used up","facts":[],"advice":"","ended_at":null}',1753031221.0,'pending',1753031221.0,0,'',0.0,NULL,'','','');
CREATE TABLE price_points (
	search_id INTEGER NOT NULL, 
	filters TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	basis TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	n INTEGER NOT NULL, 
	low BIGINT, 
	p25 BIGINT, 
	median BIGINT, 
	p75 BIGINT, 
	high BIGINT, interval_low BIGINT, interval_high BIGINT, corrected BIGINT, 
	CONSTRAINT pk_price_points PRIMARY KEY (search_id, filters, at), 
	CONSTRAINT fk_price_points_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id) ON DELETE CASCADE
);
INSERT INTO price_points VALUES(1,'',1750000000.0,'ask','USD',7,5000,5350,5800,6050,6300,5000,6300,5800);
INSERT INTO price_points VALUES(2,'',1750000000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(3,'',1750000000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(2,'',1750003600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(3,'',1750003600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(1,'',1750003600.0,'ask','USD',8,3000,5025,5650,6025,6300,NULL,NULL,NULL);
INSERT INTO price_points VALUES(2,'',1752682000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(3,'',1752682000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(1,'',1752682000.0,'ask','USD',8,3000,5025,5650,6025,6300,NULL,NULL,NULL);
INSERT INTO price_points VALUES(2,'',1752685600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(3,'',1752685600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(1,'',1752685600.0,'ask','USD',10,2800,3375,5350,5950,6300,NULL,NULL,NULL);
INSERT INTO price_points VALUES(2,'',1752858420.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(3,'',1752858420.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO price_points VALUES(1,'',1752858420.0,'ask','USD',10,2800,3375,5350,5950,6300,NULL,NULL,NULL);
CREATE TABLE quota_ledger (
	api TEXT NOT NULL, 
	window_start DOUBLE NOT NULL, 
	used INTEGER NOT NULL, granted INTEGER, interactive INTEGER DEFAULT 0 NOT NULL, second_looks INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_quota_ledger PRIMARY KEY (api, window_start)
);
INSERT INTO quota_ledger VALUES('ebay',1753027621.0,20,5000,4,3);
CREATE TABLE scan_sessions (
	digest TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_scan_sessions PRIMARY KEY (digest)
);
INSERT INTO scan_sessions VALUES('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','local',1767607200.0,1767610800.0,'{}');
CREATE TABLE searches (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	"query" TEXT NOT NULL, 
	condition TEXT NOT NULL, 
	category TEXT NOT NULL, 
	marketplace TEXT NOT NULL, 
	due_at DOUBLE, 
	polled_at DOUBLE, 
	attempt INTEGER DEFAULT 0 NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	lease TEXT DEFAULT '' NOT NULL, 
	lease_until DOUBLE DEFAULT 0 NOT NULL, suspicion TEXT DEFAULT '' NOT NULL, unreadable INTEGER DEFAULT 0 NOT NULL, unrecorded INTEGER DEFAULT 0 NOT NULL, profile TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT uq_searches_key UNIQUE ("key")
);
INSERT INTO searches VALUES(1,'EBAY_US|zenitar mk2 camera|any|','zenitar mk2 camera','any','','EBAY_US',1753031222.0,1752858420.0,1,'','',0.0,'empty',3,0,'{"leaves":["15709"],"epids":["16031234567"],"typical":12900,"rows":9,"kinds":[],"systems":false}');
INSERT INTO searches VALUES(2,'EBAY_US|nikon f3|any|electronics','nikon f3','any','electronics','EBAY_US',1753031222.0,1752858420.0,1,'','',0.0,'empty',0,2,'');
INSERT INTO searches VALUES(3,'EBAY_US|leica m6|any|','leica m6','any','','EBAY_US',1753031222.0,1752858420.0,1,'','',0.0,'empty',0,0,'');
INSERT INTO searches VALUES(4,'EBAY_US|rolleiflex|any|','rolleiflex','any','','EBAY_US',1753081200.0,NULL,0,'EBAY_RATE_LIMIT','',0.0,'',0,0,'');
CREATE TABLE sessions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	digest TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	browser TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT uq_sessions_digest UNIQUE (digest), 
	CONSTRAINT fk_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO sessions VALUES(1,'043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89','collector',1753031220.0,1753031220.0,1755623220.0,'Firefox on Linux');
CREATE TABLE sightings (
	search_id INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	price BIGINT, 
	shipping BIGINT, 
	first_seen DOUBLE NOT NULL, 
	changed_at DOUBLE NOT NULL, 
	gone_at DOUBLE, auction BOOLEAN, bids INTEGER, ends_at DOUBLE, listed_at DOUBLE, seen_at DOUBLE DEFAULT '0' NOT NULL, image TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_sightings PRIMARY KEY (search_id, item_id), 
	CONSTRAINT fk_sightings_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id) ON DELETE CASCADE
);
INSERT INTO sightings VALUES(1,'v1|2|0','Zenitar Mk2 rangefinder camera','USD',5200,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|3|0','Zenitar Mk2 rangefinder camera','USD',5500,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|4|0','Zenitar Mk2 rangefinder camera','USD',5800,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|5|0','Zenitar Mk2 rangefinder camera','USD',6000,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|6|0','Zenitar Mk2 rangefinder camera','USD',6100,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|7|0','Zenitar Mk2 rangefinder camera','USD',6300,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|2|0','Zenitar Mk2 rangefinder camera','USD',5200,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|3|0','Zenitar Mk2 rangefinder camera','USD',5500,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|4|0','Zenitar Mk2 rangefinder camera','USD',5800,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|5|0','Zenitar Mk2 rangefinder camera','USD',6000,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|6|0','Zenitar Mk2 rangefinder camera','USD',6100,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|7|0','Zenitar Mk2 rangefinder camera','USD',6300,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|2|0','Zenitar Mk2 rangefinder camera','USD',5200,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|3|0','Zenitar Mk2 rangefinder camera','USD',5500,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|4|0','Zenitar Mk2 rangefinder camera','USD',5800,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|5|0','Zenitar Mk2 rangefinder camera','USD',6000,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|6|0','Zenitar Mk2 rangefinder camera','USD',6100,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|7|0','Zenitar Mk2 rangefinder camera','USD',6300,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|9|0','Zenitar Mk2 rangefinder camera','USD',4500,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|10|0','Zenitar Mk2 rangefinder camera','USD',3000,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|9|0','Zenitar Mk2 rangefinder camera','USD',4500,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|10|0','Zenitar Mk2 rangefinder camera','USD',3000,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|9|0','Zenitar Mk2 rangefinder camera','USD',4500,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|10|0','Zenitar Mk2 rangefinder camera','USD',3000,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'https://i.ebayimg.com/images/g/abc/s-l225.jpg');
INSERT INTO sightings VALUES(2,'v1|20|0','Zenitar Mk2 rangefinder camera','USD',2800,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(2,'v1|21|0','Zenitar Mk2 rangefinder camera','USD',2900,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|20|0','Zenitar Mk2 rangefinder camera','USD',2800,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(3,'v1|21|0','Zenitar Mk2 rangefinder camera','USD',2900,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO sightings VALUES(1,'v1|20|0','Zenitar Mk2 rangefinder camera','USD',2800,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'https://i.ebayimg.com/images/g/abc/s-l225.jpg');
INSERT INTO sightings VALUES(1,'v1|21|0','Zenitar Mk2 rangefinder camera','USD',2900,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
CREATE TABLE sign_in_links (
	digest TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_sign_in_links PRIMARY KEY (digest), 
	CONSTRAINT fk_sign_in_links_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO sign_in_links VALUES('acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0','operator',1753031220.0,1753034820.0);
CREATE TABLE silences (
	id TEXT NOT NULL, 
	api TEXT NOT NULL, 
	symptom TEXT NOT NULL, 
	watch_id INTEGER, 
	starts_at DOUBLE NOT NULL, 
	ends_at DOUBLE NOT NULL, 
	every DOUBLE, 
	author TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_silences PRIMARY KEY (id)
);
INSERT INTO silences VALUES('eba3aae1','','',3,1753031221.0,1753034821.0,NULL,'root','stock-taking');
CREATE TABLE tokens (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	digest TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	admin BOOLEAN NOT NULL, 
	created_at DOUBLE NOT NULL, 
	revoked_at DOUBLE, 
	CONSTRAINT fk_tokens_user_id_users FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_tokens_digest UNIQUE (digest)
);
INSERT INTO tokens VALUES(1,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','local',1,1750000000.0,NULL);
INSERT INTO tokens VALUES(2,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','ann',0,1750000000.0,1750000000.0);
CREATE TABLE users (
	id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, person_since DOUBLE, admin BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id)
);
INSERT INTO users VALUES('local',1750000000.0,NULL,0);
INSERT INTO users VALUES('ann',1750000000.0,NULL,0);
INSERT INTO users VALUES('operator',1753031220.0,1753031220.0,1);
INSERT INTO users VALUES('collector',1753031220.0,1753031220.0,0);
CREATE TABLE watches (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	search_id INTEGER NOT NULL, 
	user_id TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	exclude TEXT NOT NULL, 
	buying TEXT NOT NULL, 
	min_feedback INTEGER, 
	from_country TEXT NOT NULL, 
	unknown_shipping TEXT NOT NULL, 
	every DOUBLE, 
	label TEXT NOT NULL, 
	tag TEXT NOT NULL, 
	destination TEXT NOT NULL, 
	paused BOOLEAN NOT NULL, 
	created_at DOUBLE NOT NULL, 
	baseline_at DOUBLE, 
	armed BOOLEAN NOT NULL, 
	revision INTEGER NOT NULL, rejected TEXT DEFAULT '[]' NOT NULL, taught TEXT DEFAULT '[]' NOT NULL, certainty TEXT DEFAULT 'likely' NOT NULL, 
	CONSTRAINT fk_watches_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id), 
	CONSTRAINT fk_watches_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO watches VALUES(1,1,'local','below 51.00 USD','[]','any',NULL,'','assume',600.0,'','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','sure');
INSERT INTO watches VALUES(2,1,'local','deal 90%','[]','any',NULL,'','assume',NULL,'half','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely');
INSERT INTO watches VALUES(3,2,'local','low 90d','[]','any',NULL,'','assume',NULL,'','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely');
INSERT INTO watches VALUES(4,3,'local','new','[]','any',NULL,'','assume',NULL,'','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely');
INSERT INTO watches VALUES(5,4,'local','new','[]','any',NULL,'','assume',NULL,'','','slack',0,1753031220.0,NULL,1,1,'[]','[]','likely');
CREATE TABLE item_specifics (
	item_id TEXT NOT NULL, 
	content TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	fetched_at DOUBLE NOT NULL, 
	CONSTRAINT pk_item_specifics PRIMARY KEY (item_id)
);
INSERT INTO item_specifics VALUES('v1|1|0','c0ffee','[["Brand","Kestrel"]]',1795637500.0);
CREATE TABLE readings (
	digest TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	read_at DOUBLE NOT NULL, 
	CONSTRAINT pk_readings PRIMARY KEY (digest)
);
INSERT INTO readings VALUES('c0ffee','same',1795637500.0);
CREATE TABLE accuracy (
	category TEXT NOT NULL, 
	basis TEXT NOT NULL, 
	n INTEGER NOT NULL, 
	payload TEXT NOT NULL, 
	computed_at DOUBLE NOT NULL, 
	CONSTRAINT pk_accuracy PRIMARY KEY (category, basis)
);
INSERT INTO accuracy VALUES('','ask',12,'{}',1795637500.0);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('tokens',2);
INSERT INTO sqlite_sequence VALUES('searches',4);
INSERT INTO sqlite_sequence VALUES('watches',5);
INSERT INTO sqlite_sequence VALUES('outbox',7);
INSERT INTO sqlite_sequence VALUES('sessions',1);
INSERT INTO sqlite_sequence VALUES('events',3);
INSERT INTO sqlite_sequence VALUES('identifications',2);
CREATE INDEX ix_alerts_made_at ON alerts (made_at);
CREATE INDEX ix_alerts_watch_id_made_at ON alerts (watch_id, made_at);
CREATE INDEX ix_api_calls_at ON api_calls (at);
CREATE INDEX ix_cache_entries_expires_at ON cache_entries (expires_at);
CREATE INDEX ix_outbox_ref ON outbox (ref);
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at);
CREATE INDEX ix_searches_due_at ON searches (due_at);
CREATE INDEX ix_users_person_since ON users (person_since);
CREATE INDEX ix_watches_search_id ON watches (search_id);
CREATE INDEX ix_watches_user_id ON watches (user_id);
CREATE INDEX ix_evidence_at ON evidence (at);
CREATE INDEX ix_exits_gone_at ON exits (gone_at);
CREATE UNIQUE INDEX uq_incidents_open ON incidents (api, symptom) WHERE resolved_at IS NULL;
CREATE INDEX ix_sightings_item_id ON sightings (item_id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_events_at ON events (at);
CREATE INDEX ix_events_user_id_id ON events (user_id, id);
CREATE INDEX ix_identifications_owner ON identifications (owner);
CREATE INDEX ix_identifications_expires_at ON identifications (expires_at);
CREATE INDEX ix_scan_sessions_user_id ON scan_sessions (user_id);
CREATE INDEX ix_item_specifics_fetched_at ON item_specifics (fetched_at);
CREATE INDEX ix_readings_read_at ON readings (read_at);
COMMIT;
