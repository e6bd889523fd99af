BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE alerts (
	id TEXT NOT NULL, 
	watch_id INTEGER NOT NULL, 
	user_id TEXT NOT NULL, 
	made_at DOUBLE NOT NULL, 
	receipt TEXT NOT NULL, 
	acked_at DOUBLE, evidence TEXT, grounds BLOB, erased_at DOUBLE, told INTEGER DEFAULT 0 NOT NULL, acked_by TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_alerts PRIMARY KEY (id)
);
INSERT INTO "alerts" VALUES('jjnjsb45zs',1,'local',1.7956320831979863643e+09,'{"id":"jjnjsb45zs","watch_id":1,"watch_name":"zenitar mk2","user":"local","to":"d0","rule":"below 65.00 USD","target":"at most $65.00","made_at":1795632083.1979864,"fetched_at":1795632083.3261886,"source":"ebay","query":"zenitar mk2","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":9,"low":"30.00","median":"58.00","high":"70.00","interval":["45.00","66.00"],"dropped":{"parts":1},"items":[["v1|10|0","Zenitar mk2 camera body","https://www.ebay.com/itm/10","https://i.ebayimg.com/images/g/10/s-l225.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is at most your $65.00"],["v1|9|0","Zenitar mk2 camera é ☃","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is at most your $65.00"],["v1|0|0","Zenitar mk2 camera no 0","https://www.ebay.com/itm/0","https://i.ebayimg.com/images/g/0/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $65.00"],["v1|1|0","Zenitar mk2 camera no 1","https://www.ebay.com/itm/1","https://i.ebayimg.com/images/g/1/s-l225.jpg","Used","USD","55.00","0.00",null,"55.00","$55.00 in total is at most your $65.00"],["v1|2|0","Zenitar mk2 camera no 2","https://www.ebay.com/itm/2","https://i.ebayimg.com/images/g/2/s-l225.jpg","Used","USD","58.00","0.00",null,"58.00","$58.00 in total is at most your $65.00"]],"more":2,"market":""}',NULL,'ywzt6gedrjd6j2yl',X'785EEB58915A9699929A979CBAA1B2BCAAC42C3D35A5282BC52CCBA832674951694EEAFAA4D49CFC720533533D030385D060975589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A434000036DF3908',NULL,7,'');
INSERT INTO "alerts" VALUES('hcyj75gouf',2,'local',1.7956320831979863643e+09,'{"id":"hcyj75gouf","watch_id":2,"watch_name":"half","user":"local","to":"d1","rule":"deal 90%","target":"at most 90 % of the median ($52.20)","made_at":1795632083.1979864,"fetched_at":1795632083.3261886,"source":"ebay","query":"zenitar mk2","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":9,"low":"30.00","median":"58.00","high":"70.00","interval":["45.00","66.00"],"dropped":{"parts":1},"items":[["v1|10|0","Zenitar mk2 camera body","https://www.ebay.com/itm/10","https://i.ebayimg.com/images/g/10/s-l225.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is 52 % of the median $58.00 of 9 asks"],["v1|9|0","Zenitar mk2 camera é ☃","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is 78 % of the median $58.00 of 9 asks"],["v1|0|0","Zenitar mk2 camera no 0","https://www.ebay.com/itm/0","https://i.ebayimg.com/images/g/0/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 86 % of the median $58.00 of 9 asks"]],"more":0,"market":""}',1.79563213542993354793e+09,'ywzt6gedrjd6j2yl',X'785EEB58915A9699929A979CBAA1B2BCAAC42C3D35A5282BC52CCBA832674951694EEA8A94D4C41C054B03D55589C5C5A5B9052599F979CBC0CCD4E5102AA569696E665E7E11C38AE4D2A2A2D4BCE4CAC5A1C12E4B138B7253530E2FCFC82C2EC92FAA9C7CE0C0849579A9E5F19925A9B9C5139694E4E7A434000011B33707',NULL,3,'ops');
CREATE TABLE api_calls (
	id INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	api TEXT NOT NULL, 
	code TEXT, 
	seconds DOUBLE NOT NULL, 
	counts BOOLEAN NOT NULL, daemon TEXT DEFAULT '' NOT NULL, refused BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_api_calls PRIMARY KEY (id)
);
INSERT INTO "api_calls" VALUES(1,1.79563203785147619245e+09,'ebay',NULL,3.54907899964018724858e-03,1,'cli',0);
INSERT INTO "api_calls" VALUES(2,1.79563205105260109903e+09,'ebay',NULL,0.0027551509992918,1,'cli',0);
INSERT INTO "api_calls" VALUES(3,1.79563208332599496836e+09,'ebay',NULL,0.0325619139985065,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(4,1.79563208337074232097e+09,'ebay',NULL,7.13505299972894135862e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(5,1.79563208417385816576e+09,'slack',NULL,1.3163112998881842941e-02,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(6,1.79563208417493677141e+09,'slack',NULL,1.24329590016714064404e-02,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(7,1.79563208423172259329e+09,'ebay',NULL,2.1252249989629490301e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(8,1.79563208521198773388e+09,'ebay',NULL,2.07528099963383283466e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(9,1.79563208623772120478e+09,'ebay',NULL,3.31612300033157225698e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(10,1.79563208723267173768e+09,'ebay',NULL,4.38086400026804767549e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(11,1.79563208823773407937e+09,'ebay',NULL,5.12098299986973870545e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(12,1.79563208825486183162e+09,'ebay',NULL,4.07652199828589800745e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(13,1.79563208925958347323e+09,'ebay',NULL,6.96156500089273322373e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(14,1.79563209026535725593e+09,'ebay',NULL,0.00513595600023109,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(15,1.79563209123100733753e+09,'ebay',NULL,3.13673699929495342075e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(16,1.79563209226062631606e+09,'ebay',NULL,2.91718059997947420924e-02,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(17,1.79563209320827484125e+09,'ebay',NULL,4.39818499944522045552e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(18,1.79563209324134373662e+09,'ebay',NULL,4.53435200142848771065e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(19,1.7956320942622644902e+09,'ebay',NULL,1.59867399997892789542e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(20,1.79563209525155043598e+09,'ebay',NULL,3.68091499876754824072e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(21,1.79563209629012823101e+09,'ebay',NULL,1.96486800086859147995e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(22,1.79563209730995845792e+09,'ebay',NULL,2.45494500086351763457e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(23,1.79563209828028368954e+09,'ebay',NULL,1.51282709994120523333e-02,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(24,1.79563209829234075552e+09,'ebay',NULL,6.25079100063885562121e-03,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(25,1.79563209931589937203e+09,'ebay',NULL,1.08566189992416184395e-02,1,'vm:27895:18eb5ddd2f9d1537',0);
INSERT INTO "api_calls" VALUES(26,1795632103.25263,'slack',NULL,3.55772820003039669245e-02,1,'vm:27895:18eb5ddd2f9d1537',0);
CREATE TABLE cache_entries (
	"key" TEXT NOT NULL, 
	payload BLOB NOT NULL, 
	fetched_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_cache_entries PRIMARY KEY ("key")
);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|zenitar mk2|any||USD|1',X'785E95D53B4BC35018C6F1804E3A89775CE2AC36E7845C1A37C16F20057132C618A3262949B41432A983A382838843BDD74F60BD0CB55DC47216E952A98B9FC251B46F87830DE959FFEFF29BDEE7E4B4C90DDDECE00845E87EC974ED50F7796753E40DDD317D9D773D1EED5E3BB6EBF964F0A0686CFBBEE91AF9CBCCC23C648E8AA4BF749509CCD5C7F530CC06B38290CBE552E68A9E4F199E23D8A123A0C654FB66FF5D6CC76A1D1DDD3203C1129010CC6C89A29CDAC85AD54AB95CAE142E320BA4F7BD36D7F89C5CE638AE70748E9B2D378E75630092E18822426675E3443766718BB16E118064A4481121B3BAC544B7C8E29662DD1200C9689D224266754B896E89C52DC7BA650092B1338A0899D52D27BA6516B712EB560048C65F29226456B792E85658DC6AAC5B05209958A4889059DD6AA25B6571A723F4DCC1BDE6F97C56F7C30094A4679F724266C5A713F16916BC16A1870EF8EA1DFF75B2074432704C2121B3CAB544B9D6ADFCF6F78DC7ECCF8AB79A0721E92F5146C89DE14F6DDCBFFDC1A831DD3EC60C10EE6E816A731F2F6FDF756DBAAFDAC771873F5D6BF47D',1.7956320993159894943e+09,1.79623689931598949434e+09);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|nikon f3|any|electronics|USD|1',X'785E9B31E1B4E3AD83A77E4CFC7890E1300303C304005F5F0928',1.79563209828038048742e+09,1.79563269828038048745e+09);
CREATE TABLE evidence (
	id TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	payload BLOB NOT NULL, 
	erased_at DOUBLE, 
	CONSTRAINT pk_evidence PRIMARY KEY (id)
);
INSERT INTO "evidence" VALUES('ywzt6gedrjd6j2yl',1.7956320831979863643e+09,X'785E95953D6FD3401CC623C182BA807887C594BD8DA33669BB15015FA08A045DC2E5FC77728D7DE7DE9D1B5C65820EB0B585012486B479735F24D8282F43681744B1905097224088CFC00740ADCE450E71A3ACCFF3FFEBF9F97C7EFC33717A9518AFBCF2BC4C17C0E033467A26E559AB48EE4E7EFBF0E9CFE78D2FEB26485C0423176A7BBF6E37057339863AE491E7CFBA20246174A131EB02F736E6811289B86697526B9851831C9835443D1F230905C6BDEA868D7809A463210CAD5B3726EFE6B2532D935812B85868C17D6CB9062C36F3AE4768E16075D3263467021879844BED4D93333B87994B25F7AA2F257785CC1D45EDAC0B8924119260F1B8914782881A12251FBB9C03C55E2D3B7573859EAA59ACFCA06113CA7830B015716B4E6A34B4CE3E8A584D1B0C8268E85EF0236ECDC91C2D5E7A11B1EA45522886DED53B11CF2754029F43D6723870E6696420942F7F8CC8F51238F2F9F7C4B9E69C5E495692AFA7FF1DBD86910D1C699469C970BDE359949C8888C1C0563D2BC0785B94D21113C3C3E5727908F2C81BC2CC1E26D21E4E5677B6DBEDF67675353B159CFCBA3BB9FFE3DABD4422515D5AD1158B1ECBA2ABD0E07C2512ABE47E59F4DE2CA95896940A0D3ADEA292FB6549F5661989651951A1C1C5BD48AC92FB6519E9CD321ACB12778595DC2FCB686F96742C4B5A85061D575FC9FDB2A47BB3646259322A34E8F87C95DC2F4BA637CB7825F9A60BCBCE9AF6FBD943151B74EF8A7E69C68FA769CDE9153DA662F2CCF042988E265572779877B115A31FD7312D8333C70163E9896A9BB14AF2FDF4FFA76432AE39884BA12082130B110C2577678BAFBFB163D01A8779FBD78FA235C6B53291450D69069880E58436783833E823174BC2A8586C391C0450D9F62D30658EB932D198759944CB27AFF81C66004B3016D7802371F8176EFF059A87544A',NULL);
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
INSERT INTO "incidents" VALUES('26cbc0aefc0d','ebay','quota',1.79563210318358492854e+09,1.79563210318358492854e+09,NULL,'eBay: the quota is gone for polls until 2026-11-26T08:00:00Z (13 h 18 min): 23 of 26 calls are used, the rest is kept for people',1.79563210318358492854e+09,1.79563210318358492854e+09,1,0,1,0,NULL,'',0);
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
INSERT INTO "item_states" VALUES(1,'v1|10|0',3000,3000,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(1,'v1|9|0',4500,4500,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(1,'v1|0|0',5000,5000,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(1,'v1|1|0',5500,5500,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(1,'v1|2|0',5800,5800,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(1,'v1|4|0',6100,6100,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(1,'v1|5|0',6300,6300,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(2,'v1|10|0',3000,3000,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(2,'v1|9|0',4500,4500,'USD',0,1.7956320831979863643e+09);
INSERT INTO "item_states" VALUES(2,'v1|0|0',5000,5000,'USD',0,1.7956320831979863643e+09);
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
, thread TEXT DEFAULT '' NOT NULL);
INSERT INTO "outbox" VALUES(1,'alert','jjnjsb45zs','d0','{"id":"jjnjsb45zs","watch_id":1,"watch_name":"zenitar mk2","user":"local","to":"d0","rule":"below 65.00 USD","target":"at most $65.00","made_at":1795632083.1979864,"fetched_at":1795632083.3261886,"source":"ebay","query":"zenitar mk2","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":9,"low":"30.00","median":"58.00","high":"70.00","interval":["45.00","66.00"],"dropped":{"parts":1},"items":[["v1|10|0","Zenitar mk2 camera body","https://www.ebay.com/itm/10","https://i.ebayimg.com/images/g/10/s-l225.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is at most your $65.00"],["v1|9|0","Zenitar mk2 camera é ☃","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is at most your $65.00"],["v1|0|0","Zenitar mk2 camera no 0","https://www.ebay.com/itm/0","https://i.ebayimg.com/images/g/0/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $65.00"],["v1|1|0","Zenitar mk2 camera no 1","https://www.ebay.com/itm/1","https://i.ebayimg.com/images/g/1/s-l225.jpg","Used","USD","55.00","0.00",null,"55.00","$55.00 in total is at most your $65.00"],["v1|2|0","Zenitar mk2 camera no 2","https://www.ebay.com/itm/2","https://i.ebayimg.com/images/g/2/s-l225.jpg","Used","USD","58.00","0.00",null,"58.00","$58.00 in total is at most your $65.00"]],"more":2,"market":""}',1.7956320831979863643e+09,'sent',1.79563208417398095136e+09,1,'',0.0,1.79563208417398095136e+09,'','');
INSERT INTO "outbox" VALUES(2,'alert','hcyj75gouf','d1','{"id":"hcyj75gouf","watch_id":2,"watch_name":"half","user":"local","to":"d1","rule":"deal 90%","target":"at most 90 % of the median ($52.20)","made_at":1795632083.1979864,"fetched_at":1795632083.3261886,"source":"ebay","query":"zenitar mk2","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":9,"low":"30.00","median":"58.00","high":"70.00","interval":["45.00","66.00"],"dropped":{"parts":1},"items":[["v1|10|0","Zenitar mk2 camera body","https://www.ebay.com/itm/10","https://i.ebayimg.com/images/g/10/s-l225.jpg","Used","USD","30.00","0.00",null,"30.00","$30.00 in total is 52 % of the median $58.00 of 9 asks"],["v1|9|0","Zenitar mk2 camera é ☃","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00","0.00",null,"45.00","$45.00 in total is 78 % of the median $58.00 of 9 asks"],["v1|0|0","Zenitar mk2 camera no 0","https://www.ebay.com/itm/0","https://i.ebayimg.com/images/g/0/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 86 % of the median $58.00 of 9 asks"]],"more":0,"market":""}',1.7956320831979863643e+09,'sent',1.79563208417504501348e+09,1,'',0.0,1.79563208417504501348e+09,'','');
INSERT INTO "outbox" VALUES(3,'ops','26cbc0aefc0d','ops','{"incident_id":"26cbc0aefc0d","phase":"firing","api":"ebay","symptom":"quota","since":1795632103.183585,"at":1795632103.183585,"headline":"eBay: the quota is gone for polls until 2026-11-26T08:00:00Z (13 h 18 min): 23 of 26 calls are used, the rest is kept for people","facts":[["Since","2026-11-25T18:41:43Z (0 s)"],["Effect","Searches wait until it is given anew; comps come from the cache with their age."]],"advice":"Poll less often (`--every`, fewer watches), or ask the provider for more and raise the quota in config.toml. Do other programs use the same keys?","ended_at":null}',1.79563210318358492854e+09,'sent',1.79563210325272560119e+09,1,'',0.0,1.79563210325272560119e+09,'','');
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
	high BIGINT, 
	CONSTRAINT pk_price_points PRIMARY KEY (search_id, filters, at), 
	CONSTRAINT fk_price_points_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id) ON DELETE CASCADE
);
INSERT INTO "price_points" VALUES(1,'',1.7956320831979863643e+09,'ask','USD',9,3000,5000,5800,6300,7000);
INSERT INTO "price_points" VALUES(2,'',1.7956320831979863643e+09,'ask','USD',0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE quota_ledger (
	api TEXT NOT NULL, 
	window_start DOUBLE NOT NULL, 
	used INTEGER NOT NULL, 
	CONSTRAINT pk_quota_ledger PRIMARY KEY (api, window_start)
);
INSERT INTO "quota_ledger" VALUES('ebay',1795593600.0,23);
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
	lease_until DOUBLE DEFAULT 0 NOT NULL, 
	CONSTRAINT uq_searches_key UNIQUE ("key")
);
INSERT INTO "searches" VALUES(1,'EBAY_US|zenitar mk2|any|','zenitar mk2','any','','EBAY_US',1.79568045515279221531e+09,1.79563209926843619351e+09,0,'EBAY_RATE_LIMIT','',0.0);
INSERT INTO "searches" VALUES(2,'EBAY_US|nikon f3|any|electronics','nikon f3','any','electronics','EBAY_US',1.79568057591960668567e+09,1.79563209822952294346e+09,0,'EBAY_RATE_LIMIT','',0.0);
CREATE TABLE sightings (
	search_id INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	price BIGINT, 
	shipping BIGINT, 
	first_seen DOUBLE NOT NULL, 
	changed_at DOUBLE NOT NULL, 
	gone_at DOUBLE, auction BOOLEAN, bids INTEGER, ends_at DOUBLE, listed_at DOUBLE, 
	CONSTRAINT pk_sightings PRIMARY KEY (search_id, item_id), 
	CONSTRAINT fk_sightings_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id) ON DELETE CASCADE
);
INSERT INTO "sightings" VALUES(1,'v1|0|0','Zenitar mk2 camera no 0','USD',5000,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|1|0','Zenitar mk2 camera no 1','USD',5500,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|2|0','Zenitar mk2 camera no 2','USD',5800,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|4|0','Zenitar mk2 camera no 4','USD',6100,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|5|0','Zenitar mk2 camera no 5','USD',6300,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|6|0','Zenitar mk2 camera no 6','USD',6600,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|7|0','Zenitar mk2 camera no 7','USD',7000,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|8|0','Zenitar mk2 camera for parts','USD',900,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|9|0','Zenitar mk2 camera é ☃','USD',4500,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
INSERT INTO "sightings" VALUES(1,'v1|10|0','Zenitar mk2 camera body','USD',3000,0,1.7956320831979863643e+09,1.7956320831979863643e+09,NULL,0,NULL,NULL,1735689600.0);
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
INSERT INTO "silences" VALUES('0d3ee967','','',3,1.79563215930949425696e+09,1.79564295930949425691e+09,NULL,'root','stock-taking');
INSERT INTO "silences" VALUES('e51c5c56','slack','',NULL,1798768800.0,1798772400.0,604800.0,'root','maintenance');
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
INSERT INTO "tokens" VALUES(1,'e289c8f6877e9810dbd3c0584d713c7da941d3c079d803cfbe19a8476a217c9d','local',1,1.79563206051654148101e+09,NULL);
INSERT INTO "tokens" VALUES(2,'52d096075c02fbf2e1aae00b252f6a7b7e9e65c1c46610f10df293c9680a39f8','local',0,1.79563207107483673095e+09,NULL);
CREATE TABLE users (
	id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('local',1.79563203777152085305e+09);
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
	revision INTEGER NOT NULL, rejected TEXT DEFAULT '[]' NOT NULL, 
	CONSTRAINT fk_watches_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id), 
	CONSTRAINT fk_watches_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "watches" VALUES(1,1,'local','below 65.00 USD','[]','any',NULL,'','assume',1.0,'','','d0',0,1.79563203777152085305e+09,1.7956320831979863643e+09,1,1,'[]');
INSERT INTO "watches" VALUES(2,1,'local','deal 90%','[]','any',NULL,'','assume',1.0,'half','','d1',0,1.79563204494689035418e+09,1.7956320831979863643e+09,1,2,'["#ncy7l76nhpoulcoo"]');
INSERT INTO "watches" VALUES(3,2,'local','low 90d','[]','any',NULL,'','assume',5.0,'','','slack',0,1.79563205091684484479e+09,1.7956320831979863643e+09,1,1,'[]');
CREATE INDEX ix_alerts_made_at ON alerts (made_at);
CREATE INDEX ix_alerts_watch_id_made_at ON alerts (watch_id, made_at);
CREATE INDEX ix_api_calls_at ON api_calls (at);
CREATE INDEX ix_cache_entries_expires_at ON cache_entries (expires_at);
CREATE INDEX ix_outbox_ref ON outbox (ref);
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at);
CREATE INDEX ix_searches_due_at ON searches (due_at);
CREATE INDEX ix_watches_search_id ON watches (search_id);
CREATE INDEX ix_watches_user_id ON watches (user_id);
CREATE INDEX ix_evidence_at ON evidence (at);
CREATE INDEX ix_exits_gone_at ON exits (gone_at);
CREATE UNIQUE INDEX uq_incidents_open ON incidents (api, symptom) WHERE resolved_at IS NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('searches',2);
INSERT INTO "sqlite_sequence" VALUES('watches',3);
INSERT INTO "sqlite_sequence" VALUES('tokens',2);
INSERT INTO "sqlite_sequence" VALUES('outbox',3);
COMMIT;
