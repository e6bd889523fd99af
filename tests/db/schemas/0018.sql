BEGIN TRANSACTION;
CREATE TABLE accuracy (
	category TEXT NOT NULL, 
	basis TEXT NOT NULL, 
	n INTEGER NOT NULL, 
	payload TEXT NOT NULL, 
	computed_at DOUBLE NOT NULL, 
	CONSTRAINT pk_accuracy PRIMARY KEY (category, basis)
);
INSERT INTO "accuracy" VALUES('','ask',12,'{}',1795637500.0);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0018');
CREATE TABLE alerts (
	id TEXT NOT NULL, 
	watch_id INTEGER NOT NULL, 
	user_id TEXT NOT NULL, 
	made_at DOUBLE NOT NULL, 
	receipt TEXT NOT NULL, 
	acked_at DOUBLE, evidence TEXT, grounds BLOB, erased_at DOUBLE, told INTEGER DEFAULT 0 NOT NULL, acked_by TEXT DEFAULT '' NOT NULL, message TEXT, 
	CONSTRAINT pk_alerts PRIMARY KEY (id)
);
INSERT INTO "alerts" VALUES('xzprk22svz',1,'local',1750000000.0,'{"id":"xzprk22svz","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["#7kc4y33mexkk64q6","","","","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $51.00"]],"more":0,"market":""}',NULL,'m4vlpwnxgn672345',X'785EEB58915A9699929A979CBA21D7A42CA7A03CAF223DCFCCDCC8D8C4744951694EEAFAA4D49CFC720553433D030385D060975589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A4340000D8503828',1752682000.0,1,'',NULL);
INSERT INTO "alerts" VALUES('lzgmgcpaph',2,'local',1750000000.0,'{"id":"lzgmgcpaph","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($52.20)","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["#7kc4y33mexkk64q6","","","","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 86 % of the median $58.00 of 7 asks"],["#4ol7gbteybux23ug","","","","Used","USD","52.00","0.00",null,"52.00","$52.00 in total is 90 % of the median $58.00 of 7 asks"]],"more":0,"market":""}',NULL,'m4vlpwnxgn672345',X'785EEB58915A9699929A979CBA21D7A42CA7A03CAF223DCFCCDCC8D8C4744951694EEA8A94D4C41C054B03D55589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A4340000BAE9362C',1752682000.0,2,'',NULL);
INSERT INTO "alerts" VALUES('izz3spwazs',1,'local',1750003600.0,'{"id":"izz3spwazs","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["#ncy7l76nhpoulcoo","","","","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is at most your $51.00"],["#tl2ashjuek6dqc2m","","","","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is at most your $51.00"]],"more":0,"market":""}',NULL,'ulxcckdfe2j7hccq',X'785EEB58915A9699929A979CBAA134A72239393B252DD528CB3C2339B9704951694EEAFAA4D49CFC720553433D030385D060975589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A43400002DA638F3',1752682000.0,2,'',NULL);
INSERT INTO "alerts" VALUES('sbh5ltzye6',2,'local',1750003600.0,'{"id":"sbh5ltzye6","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($50.85)","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["#ncy7l76nhpoulcoo","","","","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is 53 % of the median $56.50 of 8 asks"],["#tl2ashjuek6dqc2m","","","","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is 80 % of the median $56.50 of 8 asks"]],"more":0,"market":""}',NULL,'ulxcckdfe2j7hccq',X'785EEB58915A9699929A979CBAA134A72239393B252DD528CB3C2339B9704951694EEA8A94D4C41C054B03D55589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A43400000AB236F7',1752682000.0,2,'',NULL);
INSERT INTO "alerts" VALUES('ydynkfnmq5',1,'local',1752685600.0,'{"id":"ydynkfnmq5","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is at most your $51.00"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is at most your $51.00"]],"more":0,"market":""}',NULL,'qgdogyfzlzcmlzdw',X'785EEB58915A9699929A979CBAA1303D253FBD32AD2AA72A3937A72AA57C4951694EEAFAA4D49CFC720553433D030385D060975589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A4342D2F33AC3134A831980C35E12CF70E143370081F5A5666586389A44D700A566D68C2870059EC6B97',NULL,2,'',NULL);
INSERT INTO "alerts" VALUES('ykr5oy7hfp',2,'local',1752685600.0,'{"id":"ykr5oy7hfp","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($48.15)","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is 52 % of the median $53.50 of 10 asks"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is 54 % of the median $53.50 of 10 asks"]],"more":0,"market":""}',NULL,'qgdogyfzlzcmlzdw',X'785EEB58915A9699929A979CBAA1303D253FBD32AD2AA72A3937A72AA57C4951694EEA8A94D4C41C054B03D55589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A4342D2F33AC3134A831980C35E12CF70E143370081F5A5666586389A44D700A566D68C2870055A4699B',NULL,2,'',NULL);
CREATE TABLE api_calls (
	id INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	api TEXT NOT NULL, 
	code TEXT, 
	seconds DOUBLE NOT NULL, 
	counts BOOLEAN NOT NULL, daemon TEXT DEFAULT '' NOT NULL, refused BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_api_calls PRIMARY KEY (id)
);
INSERT INTO "api_calls" VALUES(1,1753031221.0,'ebay',NULL,0.2,1,'vm:1:2',0);
INSERT INTO "api_calls" VALUES(2,1753031221.0,'slack','SLACK_RATE_LIMIT',0.3,1,'vm:1:2',0);
CREATE TABLE api_usage (
	user_id TEXT NOT NULL, 
	api TEXT NOT NULL, 
	window_start DOUBLE NOT NULL, 
	calls INTEGER NOT NULL, 
	cost BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_api_usage PRIMARY KEY (user_id, api, window_start)
);
INSERT INTO "api_usage" VALUES('local','openai',1767571200.0,3,1250);
CREATE TABLE cache_entries (
	"key" TEXT NOT NULL, 
	payload BLOB NOT NULL, 
	fetched_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_cache_entries PRIMARY KEY ("key")
);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|zenitar mk2 camera|any||USD|1',X'785EADD4BF4AC34000C7F1836EC954A87F26C91324B9CB3FE226B80A42CDE216D2B3464D1AAEB151C8E413747010112CFEED2314D412DA51B239491FC0D14770D00C81DE71C8ADBFEFF2997E57D70BD07A1AC01CE5FA741FC761EA1365E71829C48FBBF8208C3B9828811F61E25F3C4661DC23656B771C9C1282E3E0FCDE6B6FFFCDA03696F2E4C1EBE3CEDB619A26FD4D4DCBB24CC5677E949C6035E8455A98461A7AA96A586B483D4ABAF3595114B3D19DD72E1B5FC568B8F8651ADCCC95BC26FA3FD3A0300D06D3E466AE8E05314D0AD364302D6EE65A2288695198168369F3333F04316D0AD366301D6EE6FA8D20A643613A0CA6CBCD6C5E0A62BA14A64B613E0F600E756EA73CE1774E2BC9B24782FA6B95EB9704758614E9DC52E95B9014D1A4882985DC52794F9414D2A47099F47DEB73E3B6040048730980E10F1588C5EF',1752858420.0,1753463220.0);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|nikon f3|any||USD|1',X'785EADD4BF4AC34000C7F1836EC954A87F26C91324B9CB3FE226B80A42CDE216D2B3464D1AAEB151C8E413747010112CFEED2314D412DA51B239491FC0D14770D00C81DE71C8ADBFEFF2997E57D70BD07A1AC01CE5FA741FC761EA1365E71829C48FBBF8208C3B9828811F61E25F3C4661DC23656B771C9C1282E3E0FCDE6B6FFFCDA03696F2E4C1EBE3CEDB619A26FD4D4DCBB24CC5677E949C6035E8455A98461A7AA96A586B483D4ABAF3595114B3D19DD72E1B5FC568B8F8651ADCCC95BC26FA3FD3A0300D06D3E466AE8E05314D0AD364302D6EE65A2288695198168369F3333F04316D0AD366301D6EE6FA8D20A643613A0CA6CBCD6C5E0A62BA14A64B613E0F600E756EA73CE1774E2BC9B24782FA6B95EB9704758614E9DC52E95B9014D1A4882985DC52794F9414D2A47099F47DEB73E3B6040048730980E10F1588C5EF',1752858420.0,1753463220.0);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|leica m6|any||USD|1',X'785EADD4BF4AC34000C7F1836EC954A87F26C91324B9CB3FE226B80A42CDE216D2B3464D1AAEB151C8E413747010112CFEED2314D412DA51B239491FC0D14770D00C81DE71C8ADBFEFF2997E57D70BD07A1AC01CE5FA741FC761EA1365E71829C48FBBF8208C3B9828811F61E25F3C4661DC23656B771C9C1282E3E0FCDE6B6FFFCDA03696F2E4C1EBE3CEDB619A26FD4D4DCBB24CC5677E949C6035E8455A98461A7AA96A586B483D4ABAF3595114B3D19DD72E1B5FC568B8F8651ADCCC95BC26FA3FD3A0300D06D3E466AE8E05314D0AD364302D6EE65A2288695198168369F3333F04316D0AD366301D6EE6FA8D20A643613A0CA6CBCD6C5E0A62BA14A64B613E0F600E756EA73CE1774E2BC9B24782FA6B95EB9704758614E9DC52E95B9014D1A4882985DC52794F9414D2A47099F47DEB73E3B6040048730980E10F1588C5EF',1752858420.0,1753463220.0);
CREATE TABLE checkouts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id TEXT NOT NULL, 
	price TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	session TEXT DEFAULT '' NOT NULL, 
	url TEXT DEFAULT '' NOT NULL, 
	state TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT fk_checkouts_user_id_users FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_checkouts_key UNIQUE ("key")
);
INSERT INTO "checkouts" VALUES(1,'ann','price_1','0123abcd','cs_1','https://checkout.example/cs_1','paid',1788000000.0,1788100000.0);
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
INSERT INTO "daemons" VALUES('vm:5041:18eb62d5eed8ba09',1795637554.0,1795637614.0,'0.1.0','/etc/watcher/config.toml','9b0c1f','');
INSERT INTO "daemons" VALUES('vm2:77:18eb62d5eed8ba10',1795637500.0,1795637600.0,'0.1.0','/etc/watcher/config.toml','9b0c1e','[polling] tick: 0s is too short');
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DOUBLE NOT NULL, 
	user_id TEXT, 
	type TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	revision INTEGER NOT NULL
);
INSERT INTO "events" VALUES(1,1753031220.0,'local','alert','xzprk22svz',1);
INSERT INTO "events" VALUES(2,1753031220.0,'local','watch','1',2);
INSERT INTO "events" VALUES(3,1753031220.0,NULL,'incident','i1',1);
CREATE TABLE evidence (
	id TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	payload BLOB NOT NULL, 
	erased_at DOUBLE, 
	CONSTRAINT pk_evidence PRIMARY KEY (id)
);
INSERT INTO "evidence" VALUES('m4vlpwnxgn672345',1750000000.0,X'785E8D943D8FD3301880B331B0205DE158904EE21F34693B1F821DE9D481A938F69BD48D63A7FE68EB1313EA005BC5C2C210FA993B4EE263BA31BA1BD16D4C0831F207F803E85012488550D7E7F1FBD8922D7F776ECD29F9107B23968CF924E4ED4ED3F55A73A43F1F7EDD3B7FEA38CE69001AF781F4FE626B258CC4B0041FD96C6840692AF874353420EDA763E05423791047CD038C6290E8040B4EE8F59A05E236C3484328A44DDFC54846A01386306C1E3D387CD2EB1E6D02CA344835DDC004334360B6F68DA53CBC1E3D8B29EF0500C44738CACF0229E21E16866B69D3F75A1AA57BD55697A74A234D95A658BD5CF94851B5402ACAB0911238B68BEED1C3B7FCC68289F1F3554CB990577B2F6A7691345BA56AFCA8A9750C84225EDA3B59CD2E924E35B83FAFA9659F86FDD2DD7D537319E51AE408B157E582AD0395786B6E1941A25F7F731A1FEF7722EC59D78D6112456D6FD84ECB917F979C1ABCBA79BEEC2A20697A7991E7F9459AE6793AFBDDF504EB84BE06EB9B49D33561D56D3CAE250AECD4E07FBA91177A81771C35D9C06D07A1ADBAB79FD51205DEB96BC90059427DCBC26138F250D5DDBAA902EFDC4D0C4302A84B3A011979BE5F75F7935AA2C03B7783C8786E53B36010D8BED7E27FBA5F6A8902EFDC0D7DC6C6AE15AD8E19180593AABBF5840ABC4B7743A4481220B30C19ACA9E06AB6492428E03ACF1804BA278C7656432334CA330903C01AC8EC042452E52F72EFE7D4719C5FD6EC0A39',1752682000.0);
INSERT INTO "evidence" VALUES('ulxcckdfe2j7hccq',1750003600.0,X'785E8DD4BB6ED440180560974869B884840629126FE075E23A087AA42805D56A3CF3DB1E7B3CE39D4BB21351A134E956888282C2C9EE669D10894B1589C64A4A948E0A212ADE80174041B6C11185DB73E67CB6646B7E38B78F28F960D818E39484E0267E8CF1E808E92F9BDFEE7DFEE938CE69081AC74086FF64C74A1889610601B2E5C880D254F0FDF9C880B49FF680538DE45A96BA6B186520D109169CD0EB3353C46D89918648485BBCCB904C41E70C61583C7DBCF97CB8BDB50829D320D5FE02C698190293E3C058CAA3EBE95946F930042001C26975164A910DB1305C4B5BBCD7D2283D6C1F7579AA34D254698AD5C13C408AAA295269898D94C0B19D6E6F3D39E4B7A64CECBE9C67940B79B574DE69A7B9BBDE54F70E3BD571068422DEB42B773BED34F7DBE1EA41A79AC5348A9BEEC1DB4E5752AE41EE20F6AA3970E3859AF8C66E9642AEDF7C77963F3EF204F3A340830DCCD81D98A86826CBCF3A933A763AE1D5D2F96C5B01298ACB8BAAAA2E8AA2AA8AC91F37F5222FF4F6529725838D30B2AD7BFF4587A8E3DEAE2509B284069645A368C743ADBB5276883AEEEDE68621017440FC90EC7841D0BAAB7987A8E3DE6E981A6FE06A1626A18DBD75FED7FDDA21EAB8B71B058CED0EAC58F74D62148C5BF7C6A7AEE3DEAE662E52716220DD2023EC66AD7BE77587A8E3DE2EC7D667FE068F73611816A27597FEFBC7F67117448A3C07322991C19A0AAE268B5C8202AEAB9241A887C268673E3242A3AA949000D640262720916A6EA787BFF61DC7F90D2DC635B7',1752682000.0);
INSERT INTO "evidence" VALUES('qgdogyfzlzcmlzdw',1752685600.0,X'785EADD5BF6BD4601807F0808BB4080AD5BA08FD0B7A97F41775102A3A0A42BD4197F0DEFB3EC9BD2679DFDCFBBEE935C74DD2C5ED102771389BBB4B5A0B8A53174B6847E9E624E2288E6EAE52B914A3CD118E5B9FEFFBE3034FDE27DFB4ABBB94BC6FDA84DBA1D576DBD873DBA4B58BD4A78D2FB77E5DD6346DDF02851B40CCBF6A43C90381A10F751426CD00A4A29CED0C9A0188F0431B1855482C788EB180910702ED61CE083D5B132116261829B0B9087B6F3D241C50BE8B30C4F7EF6E3C366B9BB1455D0542EEC4B08DDD804077580F42CAECB3AD071E65A60540EA083BE98125B867621E3025C2DE3B2502A9CCF3AB4EF6A5428A4A45B17C3EA823496584A493E0400860388C6A9BF7DEB099C8E5AD67038F322E4E677EE6D2C83756B2E84A25170D3D2014B12C9DFB9E4B237FED7CE3FC9D5CD46F50BB9165375FE7B2843205620BB92FB205B38F720BB2F2FCE75CB9EF80AF5E7DD5E6865B7AC7E8548F9E8C3AF0C0311604623658941110A36E64A7CC3DCC9D322A6BB9E2E9EC61BF26817C6C28E5CBDB954AABD55A846DE4F92E2C62EE55A8F22A46EFE4384DD3E3DE6E6DF3F4D28FB4D71D59964A5BAE7772D74E6E592AB22C97B6DC48A664592EB2AC94B6CCFB53B2AC145956CB5BF25FDDE43D5A2DB2AC95B6FCF37226B7AC1559D64B5BAEBD9C9265FD224BBCA577F46A69CCEC6179CCD1B847AD578B344679CD4C7EA08E6DD3588D512DD4E8A535174FD38B07DE788DFE9F262682FB3E906E8202AC2867B21BFB02243095262E58CAE481D206CD802B9426029E025640BA7B2090FCF36F4D7F03305A47CD',NULL);
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
INSERT INTO "exits" VALUES(1,'#7kc4y33mexkk64q6','relisted','USD',5000,0,1750000000.0,1750003600.0);
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
INSERT INTO "idempotency_keys" VALUES('collector','k1','454349e422f05297191ead13e21d3db520e5abef52055e4964b82fb213f593a1',1753031220.0,201,'{}',X'7B226964223A20357D');
INSERT INTO "idempotency_keys" VALUES('collector','k2','db77fd01af957221a4989b64b3770a83a3c56068405b9f0e9408feae57fd17e4',1753031220.0,NULL,'',NULL);
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
INSERT INTO "identifications" VALUES(1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','',1,-2,3,-4,'Zenitar MK2 camera','zenitar mk2 camera','openai',0.9,'electronics','Zenitar','MK2','used','','',1767607200.0,1768212000.0);
INSERT INTO "identifications" VALUES(2,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','local',1,-2,3,-4,'Zenitar MK2','zenitar mk2','library',1.0,'','','','','','',1767607200.0,1768212000.0);
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
INSERT INTO "incidents" VALUES('3efea80b033f','ebay','quota',1753031221.0,1753031221.0,NULL,'eBay: the quota is used up',1753031221.0,1753031221.0,1,0,0,0,NULL,'',0);
CREATE TABLE installation (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_installation PRIMARY KEY (name)
);
INSERT INTO "installation" VALUES('billing','c0ffee');
CREATE TABLE item_specifics (
	item_id TEXT NOT NULL, 
	content TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	fetched_at DOUBLE NOT NULL, 
	CONSTRAINT pk_item_specifics PRIMARY KEY (item_id)
);
INSERT INTO "item_specifics" VALUES('v1|1|0','c0ffee','[["Brand","Kestrel"]]',1795637500.0);
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
INSERT INTO "item_states" VALUES(2,'v1|2|0',5200,5200,'USD',0,1750000000.0);
INSERT INTO "item_states" VALUES(1,'v1|10|0',3000,3000,'USD',0,1750003600.0);
INSERT INTO "item_states" VALUES(1,'v1|9|0',4500,4500,'USD',0,1750003600.0);
INSERT INTO "item_states" VALUES(2,'v1|10|0',3000,3000,'USD',0,1750003600.0);
INSERT INTO "item_states" VALUES(2,'v1|9|0',4500,4500,'USD',0,1750003600.0);
INSERT INTO "item_states" VALUES(1,'v1|20|0',2800,2800,'USD',0,1752685600.0);
INSERT INTO "item_states" VALUES(1,'v1|21|0',2900,2900,'USD',0,1752685600.0);
INSERT INTO "item_states" VALUES(2,'v1|20|0',2800,2800,'USD',0,1752685600.0);
INSERT INTO "item_states" VALUES(2,'v1|21|0',2900,2900,'USD',0,1752685600.0);
CREATE TABLE lateness (
	alert_id TEXT NOT NULL, 
	item TEXT NOT NULL, 
	watch_id INTEGER NOT NULL, 
	listed_at DOUBLE, 
	seen_at DOUBLE NOT NULL, 
	sent_at DOUBLE, 
	was_there BOOLEAN, 
	CONSTRAINT pk_lateness PRIMARY KEY (alert_id, item), 
	CONSTRAINT fk_lateness_alert_id_alerts FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE CASCADE
);
INSERT INTO "lateness" VALUES('xzprk22svz','hxzprk22s',1,1749999880.0,1750000000.0,1750000001.5,1);
INSERT INTO "lateness" VALUES('lzgmgcpaph','hlzgmgcpa',2,1749999880.0,1750000000.0,1750000001.5,1);
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
INSERT INTO "outbox" VALUES(1,'alert','xzprk22svz','slack','{"id":"xzprk22svz","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["v1|1|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/1","https://i.example.com/1.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $51.00"]],"more":0,"market":""}',1750000000.0,'sent',1752685605.0,1,'',0.0,1752685605.0,'','','');
INSERT INTO "outbox" VALUES(2,'alert','lzgmgcpaph','slack','{"id":"lzgmgcpaph","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($52.20)","made_at":1750000000.0,"fetched_at":1750000000.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"58.00","high":"63.00","interval":["50.00","63.00"],"dropped":{},"items":[["v1|1|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/1","https://i.example.com/1.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 86 % of the median $58.00 of 7 asks"],["v1|2|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/2","https://i.example.com/2.jpg","Used","USD","52.00","0.00",null,"52.00","$52.00 in total is 90 % of the median $58.00 of 7 asks"]],"more":0,"market":""}',1750000000.0,'dead',1752685610.0,1,'',0.0,1752685610.0,'SLACK_REFUSED: status 404 no_service','','SLACK_REFUSED');
INSERT INTO "outbox" VALUES(3,'alert','izz3spwazs','slack','{"id":"izz3spwazs","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["v1|10|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/10","https://i.example.com/10.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is at most your $51.00"],["v1|9|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/9","https://i.example.com/9.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is at most your $51.00"]],"more":0,"market":""}',1750003600.0,'pending',1752689215.0,1,'',0.0,NULL,'SLACK_RATE_LIMIT: too many messages','','SLACK_RATE_LIMIT');
INSERT INTO "outbox" VALUES(4,'alert','sbh5ltzye6','slack','{"id":"sbh5ltzye6","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($50.85)","made_at":1750003600.0,"fetched_at":1750003600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":8,"low":"30.00","median":"56.50","high":"63.00","interval":["30.00","63.00"],"dropped":{},"items":[["v1|10|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/10","https://i.example.com/10.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is 53 % of the median $56.50 of 8 asks"],["v1|9|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/9","https://i.example.com/9.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is 80 % of the median $56.50 of 8 asks"]],"more":0,"market":""}',1750003600.0,'pending',1750003600.0,0,'',0.0,NULL,'','','');
INSERT INTO "outbox" VALUES(5,'alert','ydynkfnmq5','slack','{"id":"ydynkfnmq5","watch_id":1,"watch_name":"zenitar mk2 camera","user":"local","to":"slack","rule":"below 51.00 USD","target":"at most $51.00","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is at most your $51.00"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is at most your $51.00"]],"more":0,"market":""}',1752685600.0,'pending',1752685600.0,0,'',0.0,NULL,'','','');
INSERT INTO "outbox" VALUES(6,'alert','ykr5oy7hfp','slack','{"id":"ykr5oy7hfp","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 90%","target":"at most 90 % of the median ($48.15)","made_at":1752685600.0,"fetched_at":1752685600.0,"source":"ebay","query":"zenitar mk2 camera","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":10,"low":"28.00","median":"53.50","high":"63.00","interval":["29.00","61.00"],"dropped":{},"items":[["v1|20|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/20","https://i.example.com/20.jpg","Used","USD","28.00","0.00",null,"28.00","$28.00 in total is 52 % of the median $53.50 of 10 asks"],["v1|21|0","Zenitar Mk2 rangefinder camera","https://www.example.com/itm/21","https://i.example.com/21.jpg","Used","USD","29.00","0.00",null,"29.00","$29.00 in total is 54 % of the median $53.50 of 10 asks"]],"more":0,"market":""}',1752685600.0,'pending',1752685600.0,0,'',0.0,NULL,'','','');
INSERT INTO "outbox" VALUES(7,'ops','3efea80b033f','ops','{"incident_id":"3efea80b033f","phase":"firing","api":"ebay","symptom":"quota","since":1753031221.0,"at":1753031221.0,"headline":"eBay: the quota is used up","facts":[],"advice":"","ended_at":null}',1753031221.0,'pending',1753031221.0,0,'',0.0,NULL,'','','');
CREATE TABLE polling_plan (
	api TEXT NOT NULL, 
	computed_at DOUBLE NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_polling_plan PRIMARY KEY (api)
);
INSERT INTO "polling_plan" VALUES('ebay',1.0,'{}');
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
INSERT INTO "price_points" VALUES(1,'',1750000000.0,'ask','USD',7,5000,5350,5800,6050,6300,5000,6300,5800);
INSERT INTO "price_points" VALUES(2,'',1750000000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(3,'',1750000000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(2,'',1750003600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(3,'',1750003600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(1,'',1750003600.0,'ask','USD',8,3000,5025,5650,6025,6300,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(2,'',1752682000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(3,'',1752682000.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(1,'',1752682000.0,'ask','USD',8,3000,5025,5650,6025,6300,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(2,'',1752685600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(3,'',1752685600.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(1,'',1752685600.0,'ask','USD',10,2800,3375,5350,5950,6300,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(2,'',1752858420.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(3,'',1752858420.0,'ask','USD',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "price_points" VALUES(1,'',1752858420.0,'ask','USD',10,2800,3375,5350,5950,6300,NULL,NULL,NULL);
CREATE TABLE quota_ledger (
	api TEXT NOT NULL, 
	window_start DOUBLE NOT NULL, 
	used INTEGER NOT NULL, granted INTEGER, interactive INTEGER DEFAULT 0 NOT NULL, second_looks INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_quota_ledger PRIMARY KEY (api, window_start)
);
INSERT INTO "quota_ledger" VALUES('ebay',1753027621.0,20,5000,4,3);
CREATE TABLE readings (
	digest TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	read_at DOUBLE NOT NULL, 
	CONSTRAINT pk_readings PRIMARY KEY (digest)
);
INSERT INTO "readings" VALUES('c0ffee','same',1795637500.0);
CREATE TABLE scan_sessions (
	digest TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_scan_sessions PRIMARY KEY (digest)
);
INSERT INTO "scan_sessions" VALUES('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','local',1767607200.0,1767610800.0,'{}');
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
	lease_until DOUBLE DEFAULT 0 NOT NULL, suspicion TEXT DEFAULT '' NOT NULL, unreadable INTEGER DEFAULT 0 NOT NULL, unrecorded INTEGER DEFAULT 0 NOT NULL, profile TEXT DEFAULT '' NOT NULL, estimates TEXT DEFAULT '' NOT NULL, value DOUBLE, shortest DOUBLE, longest DOUBLE, scanned_at DOUBLE, paced BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT uq_searches_key UNIQUE ("key")
);
INSERT INTO "searches" VALUES(1,'EBAY_US|zenitar mk2 camera|any|','zenitar mk2 camera','any','','EBAY_US',1753031222.0,1752858420.0,1,'','',0.0,'empty',3,0,'{"leaves":["15709"],"epids":["16031234567"],"typical":12900,"rows":9,"kinds":[],"systems":false}','',1.5,300.0,300.0,1752858420.0,0);
INSERT INTO "searches" VALUES(2,'EBAY_US|nikon f3|any|','nikon f3','any','','EBAY_US',1753031222.0,1752858420.0,1,'','',0.0,'empty',0,2,'','',3.0,NULL,NULL,1752858420.0,1);
INSERT INTO "searches" VALUES(3,'EBAY_US|leica m6|any|','leica m6','any','','EBAY_US',1753031222.0,1752858420.0,1,'','',0.0,'empty',0,0,'','',4.5,NULL,NULL,1752858420.0,1);
INSERT INTO "searches" VALUES(4,'EBAY_US|rolleiflex|any|','rolleiflex','any','','EBAY_US',1753081200.0,NULL,0,'EBAY_RATE_LIMIT','',0.0,'',0,0,'','',6.0,NULL,NULL,NULL,1);
INSERT INTO "searches" VALUES(5,'EBAY_US|leica m6|any|15230','leica m6','any','15230','EBAY_US',1753031222.0,NULL,1,'','',0.0,'empty',0,0,'','',4.5,NULL,NULL,1752858420.0,1);
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
INSERT INTO "sessions" VALUES(1,'043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89','collector',1753031220.0,1753031220.0,1755623220.0,'Firefox on Linux');
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
INSERT INTO "sightings" VALUES(1,'v1|2|0','Zenitar Mk2 rangefinder camera','USD',5200,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|3|0','Zenitar Mk2 rangefinder camera','USD',5500,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|4|0','Zenitar Mk2 rangefinder camera','USD',5800,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|5|0','Zenitar Mk2 rangefinder camera','USD',6000,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|6|0','Zenitar Mk2 rangefinder camera','USD',6100,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|7|0','Zenitar Mk2 rangefinder camera','USD',6300,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|2|0','Zenitar Mk2 rangefinder camera','USD',5200,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|3|0','Zenitar Mk2 rangefinder camera','USD',5500,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|4|0','Zenitar Mk2 rangefinder camera','USD',5800,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|5|0','Zenitar Mk2 rangefinder camera','USD',6000,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|6|0','Zenitar Mk2 rangefinder camera','USD',6100,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|7|0','Zenitar Mk2 rangefinder camera','USD',6300,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|2|0','Zenitar Mk2 rangefinder camera','USD',5200,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|3|0','Zenitar Mk2 rangefinder camera','USD',5500,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|4|0','Zenitar Mk2 rangefinder camera','USD',5800,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|5|0','Zenitar Mk2 rangefinder camera','USD',6000,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|6|0','Zenitar Mk2 rangefinder camera','USD',6100,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|7|0','Zenitar Mk2 rangefinder camera','USD',6300,0,1750000000.0,1750000000.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|9|0','Zenitar Mk2 rangefinder camera','USD',4500,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|10|0','Zenitar Mk2 rangefinder camera','USD',3000,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|9|0','Zenitar Mk2 rangefinder camera','USD',4500,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|10|0','Zenitar Mk2 rangefinder camera','USD',3000,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|9|0','Zenitar Mk2 rangefinder camera','USD',4500,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|10|0','Zenitar Mk2 rangefinder camera','USD',3000,0,1750003600.0,1750003600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'https://i.ebayimg.com/images/g/abc/s-l225.jpg');
INSERT INTO "sightings" VALUES(2,'v1|20|0','Zenitar Mk2 rangefinder camera','USD',2800,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(2,'v1|21|0','Zenitar Mk2 rangefinder camera','USD',2900,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|20|0','Zenitar Mk2 rangefinder camera','USD',2800,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(3,'v1|21|0','Zenitar Mk2 rangefinder camera','USD',2900,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
INSERT INTO "sightings" VALUES(1,'v1|20|0','Zenitar Mk2 rangefinder camera','USD',2800,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'https://i.ebayimg.com/images/g/abc/s-l225.jpg');
INSERT INTO "sightings" VALUES(1,'v1|21|0','Zenitar Mk2 rangefinder camera','USD',2900,0,1752685600.0,1752685600.0,NULL,0,NULL,NULL,NULL,1752858420.0,'');
CREATE TABLE sign_in_links (
	digest TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_sign_in_links PRIMARY KEY (digest), 
	CONSTRAINT fk_sign_in_links_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "sign_in_links" VALUES('acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0','operator',1753031220.0,1753034820.0);
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
INSERT INTO "silences" VALUES('eba3aae1','','',3,1753031221.0,1753034821.0,NULL,'root','stock-taking');
CREATE TABLE stripe_events (
	id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	received_at DOUBLE NOT NULL, 
	CONSTRAINT pk_stripe_events PRIMARY KEY (id)
);
INSERT INTO "stripe_events" VALUES('evt_1','invoice.payment_failed',1789000000.0);
CREATE TABLE subscriptions (
	user_id TEXT NOT NULL, 
	customer TEXT DEFAULT '' NOT NULL, 
	subscription TEXT DEFAULT '' NOT NULL, 
	status TEXT DEFAULT '' NOT NULL, 
	price TEXT DEFAULT '' NOT NULL, 
	paid_until DOUBLE, 
	ends_at DOUBLE, 
	unpaid_since DOUBLE, 
	changed_at DOUBLE NOT NULL, 
	confirmed_at DOUBLE NOT NULL, 
	check_at DOUBLE, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (user_id), 
	CONSTRAINT fk_subscriptions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "subscriptions" VALUES('ann','cus_1','sub_1','past_due','price_1',1790000000.0,NULL,1789000000.0,1789000000.0,1789100000.0,1789200000.0);
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
INSERT INTO "tokens" VALUES(1,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','local',1,1750000000.0,NULL);
INSERT INTO "tokens" VALUES(2,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','ann',0,1750000000.0,1750000000.0);
CREATE TABLE users (
	id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, person_since DOUBLE, admin BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('local',1750000000.0,NULL,0);
INSERT INTO "users" VALUES('ann',1750000000.0,NULL,0);
INSERT INTO "users" VALUES('operator',1753031220.0,1753031220.0,1);
INSERT INTO "users" VALUES('collector',1753031220.0,1753031220.0,0);
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
	revision INTEGER NOT NULL, rejected TEXT DEFAULT '[]' NOT NULL, taught TEXT DEFAULT '[]' NOT NULL, certainty TEXT DEFAULT 'likely' NOT NULL, priority TEXT DEFAULT 'normal' NOT NULL, sellers TEXT DEFAULT '[]' NOT NULL, category TEXT DEFAULT '' NOT NULL, over_plan BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT fk_watches_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id), 
	CONSTRAINT fk_watches_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "watches" VALUES(1,1,'local','below 51.00 USD','[]','any',NULL,'','assume',600.0,'','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','sure','high','[]','',0);
INSERT INTO "watches" VALUES(2,1,'local','deal 90%','[]','any',NULL,'','assume',NULL,'half','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely','normal','["cardshop"]','',0);
INSERT INTO "watches" VALUES(3,2,'local','low 90d','[]','any',NULL,'','assume',NULL,'','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely','normal','[]','electronics',0);
INSERT INTO "watches" VALUES(4,3,'local','new','[]','any',NULL,'','assume',NULL,'','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely','normal','[]','',0);
INSERT INTO "watches" VALUES(5,4,'local','new','[]','any',NULL,'','assume',NULL,'','','slack',0,1753031220.0,NULL,1,1,'[]','[]','likely','normal','[]','',0);
INSERT INTO "watches" VALUES(6,2,'local','low 90d','[]','any',NULL,'','assume',NULL,'no category','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely','normal','[]','',0);
INSERT INTO "watches" VALUES(7,2,'local','low 90d','[]','any',NULL,'','assume',NULL,'old ones','','slack',0,1750000000.0,1750000000.0,1,1,'[]','[]','likely','normal','[]','vintage',0);
INSERT INTO "watches" VALUES(8,5,'local','low 90d','[]','any',NULL,'','assume',NULL,'by number','','slack',1,1750000000.0,NULL,1,1,'[]','[]','likely','normal','[]','15230',1);
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
CREATE INDEX ix_searches_paced ON searches (paced, due_at);
CREATE INDEX ix_lateness_watch_id ON lateness (watch_id, seen_at);
CREATE INDEX ix_searches_polled_at ON searches (polled_at);
CREATE INDEX ix_searches_troubled ON searches (id) WHERE due_at IS NOT NULL AND (unrecorded > 0 OR unreadable > 0 OR error <> '' OR suspicion <> '');
CREATE INDEX ix_searches_leased ON searches (lease_until) WHERE lease <> '';
CREATE INDEX ix_watches_active ON watches (id, paused) WHERE NOT paused;
CREATE INDEX ix_watches_rejected ON watches (id) WHERE rejected <> '[]';
CREATE INDEX ix_item_states_told_at ON item_states (told_at);
CREATE INDEX ix_sightings_gone ON sightings (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX ix_alerts_unerased ON alerts (made_at) WHERE erased_at IS NULL;
CREATE INDEX ix_evidence_unerased ON evidence (at) WHERE erased_at IS NULL;
CREATE INDEX ix_outbox_done_at ON outbox (done_at);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_api_usage_window_start ON api_usage (window_start);
CREATE INDEX ix_identifications_created_at ON identifications (created_at);
CREATE INDEX ix_subscriptions_customer ON subscriptions (customer);
CREATE INDEX ix_subscriptions_check_at ON subscriptions (check_at);
CREATE INDEX ix_checkouts_user_id ON checkouts (user_id);
CREATE INDEX ix_checkouts_session ON checkouts (session);
CREATE INDEX ix_checkouts_created_at ON checkouts (created_at);
CREATE INDEX ix_stripe_events_received_at ON stripe_events (received_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tokens',2);
INSERT INTO "sqlite_sequence" VALUES('searches',5);
INSERT INTO "sqlite_sequence" VALUES('watches',8);
INSERT INTO "sqlite_sequence" VALUES('outbox',7);
INSERT INTO "sqlite_sequence" VALUES('sessions',1);
INSERT INTO "sqlite_sequence" VALUES('events',3);
INSERT INTO "sqlite_sequence" VALUES('identifications',2);
INSERT INTO "sqlite_sequence" VALUES('checkouts',1);
COMMIT;
