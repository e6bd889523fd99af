BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alerts (
	id TEXT NOT NULL, 
	watch_id INTEGER NOT NULL, 
	user_id TEXT NOT NULL, 
	made_at DOUBLE NOT NULL, 
	receipt TEXT NOT NULL, 
	acked_at DOUBLE, 
	CONSTRAINT pk_alerts PRIMARY KEY (id)
);
INSERT INTO "alerts" VALUES('by36d2aghq',1,'local',1.79562548174867677689e+09,'{"id":"by36d2aghq","watch_id":1,"watch_name":"zenitar mk2","user":"local","to":"slack","rule":"below 200.00 USD","target":"at most $200.00","made_at":1795625481.7486768,"fetched_at":1795625481.8574407,"source":"ebay","query":"zenitar mk2","condition":"any","category":"electronics","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"80.00","high":"110.00","interval":["50.00","110.00"],"dropped":{"parts":1},"items":[["v1|9|0","Zenitar mk2 camera é","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00",null,"0.00","45.00","$45.00 in total is at most your $200.00"],["v1|1|0","Zenitar mk2 camera no 1","https://www.ebay.com/itm/1","https://i.ebayimg.com/images/g/1/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $200.00"],["v1|2|0","Zenitar mk2 camera no 2","https://www.ebay.com/itm/2","https://i.ebayimg.com/images/g/2/s-l225.jpg","Used","USD","60.00","0.00",null,"60.00","$60.00 in total is at most your $200.00"],["v1|3|0","Zenitar mk2 camera no 3","https://www.ebay.com/itm/3","https://i.ebayimg.com/images/g/3/s-l225.jpg","Used","USD","70.00","0.00",null,"70.00","$70.00 in total is at most your $200.00"],["v1|4|0","Zenitar mk2 camera no 4","https://www.ebay.com/itm/4","https://i.ebayimg.com/images/g/4/s-l225.jpg","Used","USD","80.00","0.00",null,"80.00","$80.00 in total is at most your $200.00"]],"more":3,"market":""}',NULL);
INSERT INTO "alerts" VALUES('4dfchfznqb',2,'local',1.79562548174867677689e+09,'{"id":"4dfchfznqb","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 70%","target":"at most 70 % of the median ($56.00)","made_at":1795625481.7486768,"fetched_at":1795625481.8774989,"source":"ebay","query":"zenitar mk2","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"80.00","high":"110.00","interval":["50.00","110.00"],"dropped":{"parts":1},"items":[["v1|9|0","Zenitar mk2 camera é","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00",null,"0.00","45.00","$45.00 in total is 56 % of the median $80.00 of 7 asks"],["v1|1|0","Zenitar mk2 camera no 1","https://www.ebay.com/itm/1","https://i.ebayimg.com/images/g/1/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 62 % of the median $80.00 of 7 asks"]],"more":0,"market":""}',NULL);
CREATE TABLE api_calls (
	id INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	api TEXT NOT NULL, 
	code TEXT, 
	seconds DOUBLE NOT NULL, 
	counts BOOLEAN NOT NULL, 
	CONSTRAINT pk_api_calls PRIMARY KEY (id)
);
INSERT INTO "api_calls" VALUES(1,1.79562545933500957492e+09,'ebay',NULL,1.08577699993475107476e-02,1);
INSERT INTO "api_calls" VALUES(2,1795625464.51712,'ebay',NULL,2.51526740003100712783e-02,1);
INSERT INTO "api_calls" VALUES(3,1.79562546971679210666e+09,'ebay',NULL,8.75215499945625197142e-03,1);
INSERT INTO "api_calls" VALUES(4,1.79562548185735607149e+09,'ebay',NULL,2.52846700004738522693e-02,1);
INSERT INTO "api_calls" VALUES(5,1.79562548187742567059e+09,'ebay',NULL,3.97642079997240216471e-02,1);
INSERT INTO "api_calls" VALUES(6,1.79562548187901282309e+09,'ebay',NULL,4.08201250002093729563e-02,1);
INSERT INTO "api_calls" VALUES(7,1.79562548235963678365e+09,'slack',NULL,3.91695850003088708035e-02,1);
INSERT INTO "api_calls" VALUES(8,1.79562548339422202109e+09,'slack',NULL,4.46991599983448395505e-03,1);
CREATE TABLE cache_entries (
	"key" TEXT NOT NULL, 
	payload BLOB NOT NULL, 
	fetched_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	CONSTRAINT pk_cache_entries PRIMARY KEY ("key")
);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|zenitar mk2|any|electronics|USD|1',X'785E95D43B4BC35018C6F123B8888BA2E0E060C44151EC69D25C5A270BEE0EA5204EC61863D45C48624B215327470507DDEA15FD00A288436CDDCA59DC2A15FC100E8E827D1D0E341CCFFA7F96DFF49C9E75D1F84D458CC538FBB06EBA76A40782B3270986EE98812EB89E20D6AF1DDBF5023276786B1C0481E91AB5CB72690532A222197EBC2A87E6D6D34E14F9E112C6D56A35636EEAB58CE139D88E1C2C7616FE36FB77B11DAB373ABA6586D8C2220E17F72549C9ECFA56AB992449B371512E91C1B776B1F331BD81106A1C9F8BDD9E5B4A754B0024133E4584CCEB96986E89C79D4B75E7004826D72822645E778EE9CEF1B8E554B70C4032B54C1121F3BA65A65BE6712BA96E058064668E2242E6752B4CB7C2E35653DD2A00C9EC084584CCEB56996E95C7ADA5BA350092F96F8A0899D7AD31DD1A8F3B1F679FFBB8B7BD40F0F5200A414906BE2827645E7C9E89CFF3E00B71F6BE0FBE75073C327A420113F65D1798C2C2BF84EDE2FBCB6BBDF2B93AD41A42E8E8075CE19DF9',1.79562548185744071008e+09,1.79623028185744071003e+09);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|zenitar mk2|any||USD|1',X'785E95D4BD4AC35018C6F123B8888BA2E0E060C4C1A2D8D3A4F9689D2C7807A5204EC61863D47C90446B215327470507DDEA277A01A288436CDDCA59DC2AF522040747C1BE0E071A8E67FD3FCB6F7A4ECFBA68FC665F8CC538F7B06ABA76A40782B3230986EE98812EB89E20D6AF1DDBF5023276786BEC0581E91AB5CB4A791932A222197EBCAA84E6C6D35614F9E122C6D56A356BAEEBB5ACE139D88E1C2C76E6FF36FB77B11DAB373ABA6586D8C2220E17762549C96EFB56AB992449B371512993C1B776A9F331BD86106A1C9F8BDD9E5B4A754B0024133E4584CCEB96986E89C79D4F75E7014826572822645E779EE9CEF3B8E554B70C4032B5441121F3BA65A65BE6712BA96E05806426431121F3BA15A65BE171ABA96E15806476842242E675AB4CB7CAE3D652DD1A00C9DC374584CCEBD6986E8DC75D8873CF7DDC9B5E20F87A1085A024035F9413322FBEC0C41778F0C53877DF07DFBA031E193DA18009FBAE8B4C61F15FC276E9FDE5B57E90F91C6A0D2174F4035BA19DE5',1.79562548187749886508e+09,1.79623028187749886512e+09);
INSERT INTO "cache_entries" VALUES('ebay|EBAY_US|ask|zenitar mk3|any||USD|1',X'785E9B31F10E83C8F232C31A43C31A834D51A979992589450AB9D9C60AC989B9A945894D4B7333F3F28BCEAAAD59915C5A54949A975CB93834D8052ACC802278967BC792D0E2D494DD19252505C556FAFAE5E5E57AA94989957AC9F9B9FA9925B9FA8686377560929960A9CCDC74886C6E627A6AB17EBABEA1A17EB16E8E9191A95E5641FAE143070E1C38B4605168F059964BA71D6FDE554C606060583071A1E169C75B078F345538CD673CCCC8C0300100B0B3515C',1.79562548187906622886e+09,1.7962302818790662289e+09);
CREATE TABLE incidents (
	id TEXT NOT NULL, 
	api TEXT NOT NULL, 
	symptom TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	notified_at DOUBLE NOT NULL, 
	resolved_at DOUBLE, 
	headline TEXT NOT NULL, 
	CONSTRAINT pk_incidents PRIMARY KEY (id)
);
INSERT INTO "incidents" VALUES('0a1b2c3d4e5f','ebay','outage',1767600000.0,1767600300.0,1767603600.0,'eBay: no successful call for 5 minutes, 9 failures (limit 5 minutes)');
INSERT INTO "incidents" VALUES('1a1b2c3d4e5f','ebay','latency',1767700000.0,1767700300.0,NULL,'eBay: calls took 6.1 s on average in the last 5 minutes (31 calls, limit 5 s)');
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
INSERT INTO "item_states" VALUES(1,'v1|9|0',4500,4500,'USD',1,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|1|0',5000,5000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|2|0',6000,6000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|3|0',7000,7000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|4|0',8000,8000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|5|0',9000,9000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|6|0',10000,10000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(1,'v1|7|0',11000,11000,'USD',0,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(2,'v1|9|0',4500,4500,'USD',1,1.79562548174867677689e+09);
INSERT INTO "item_states" VALUES(2,'v1|1|0',5000,5000,'USD',0,1.79562548174867677689e+09);
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
);
INSERT INTO "outbox" VALUES(1,'alert','by36d2aghq','slack','{"id":"by36d2aghq","watch_id":1,"watch_name":"zenitar mk2","user":"local","to":"slack","rule":"below 200.00 USD","target":"at most $200.00","made_at":1795625481.7486768,"fetched_at":1795625481.8574407,"source":"ebay","query":"zenitar mk2","condition":"any","category":"electronics","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"80.00","high":"110.00","interval":["50.00","110.00"],"dropped":{"parts":1},"items":[["v1|9|0","Zenitar mk2 camera é","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00",null,"0.00","45.00","$45.00 in total is at most your $200.00"],["v1|1|0","Zenitar mk2 camera no 1","https://www.ebay.com/itm/1","https://i.ebayimg.com/images/g/1/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is at most your $200.00"],["v1|2|0","Zenitar mk2 camera no 2","https://www.ebay.com/itm/2","https://i.ebayimg.com/images/g/2/s-l225.jpg","Used","USD","60.00","0.00",null,"60.00","$60.00 in total is at most your $200.00"],["v1|3|0","Zenitar mk2 camera no 3","https://www.ebay.com/itm/3","https://i.ebayimg.com/images/g/3/s-l225.jpg","Used","USD","70.00","0.00",null,"70.00","$70.00 in total is at most your $200.00"],["v1|4|0","Zenitar mk2 camera no 4","https://www.ebay.com/itm/4","https://i.ebayimg.com/images/g/4/s-l225.jpg","Used","USD","80.00","0.00",null,"80.00","$80.00 in total is at most your $200.00"]],"more":3,"market":""}',1.79562548174867677689e+09,'sent',1.79562548235971331596e+09,1,'',0.0,1.79562548235971331596e+09,'');
INSERT INTO "outbox" VALUES(2,'alert','4dfchfznqb','slack','{"id":"4dfchfznqb","watch_id":2,"watch_name":"half","user":"local","to":"slack","rule":"deal 70%","target":"at most 70 % of the median ($56.00)","made_at":1795625481.7486768,"fetched_at":1795625481.8774989,"source":"ebay","query":"zenitar mk2","condition":"any","category":"","marketplace":"EBAY_US","basis":"ask","currency":"USD","n":7,"low":"50.00","median":"80.00","high":"110.00","interval":["50.00","110.00"],"dropped":{"parts":1},"items":[["v1|9|0","Zenitar mk2 camera é","https://www.ebay.com/itm/9","https://i.ebayimg.com/images/g/9/s-l225.jpg","Used","USD","45.00",null,"0.00","45.00","$45.00 in total is 56 % of the median $80.00 of 7 asks"],["v1|1|0","Zenitar mk2 camera no 1","https://www.ebay.com/itm/1","https://i.ebayimg.com/images/g/1/s-l225.jpg","Used","USD","50.00","0.00",null,"50.00","$50.00 in total is 62 % of the median $80.00 of 7 asks"]],"more":0,"market":""}',1.79562548174867677689e+09,'sent',1.79562548339428663252e+09,1,'',0.0,1.79562548339428663252e+09,'');
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
INSERT INTO "price_points" VALUES(1,'',1.79562548174867677689e+09,'ask','USD',7,5000,6500,8000,9500,11000);
INSERT INTO "price_points" VALUES(2,'',1.79562548174867677689e+09,'ask','USD',7,5000,6500,8000,9500,11000);
INSERT INTO "price_points" VALUES(3,'',1.79562548174867677689e+09,'ask','USD',1,9900,9900,9900,9900,9900);
INSERT INTO "price_points" VALUES(3,'box,strap|any||',1.79562548174867677689e+09,'ask','USD',1,9900,9900,9900,9900,9900);
CREATE TABLE quota_ledger (
	api TEXT NOT NULL, 
	window_start DOUBLE NOT NULL, 
	used INTEGER NOT NULL, 
	CONSTRAINT pk_quota_ledger PRIMARY KEY (api, window_start)
);
INSERT INTO "quota_ledger" VALUES('ebay',1795593600.0,995006);
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
INSERT INTO "searches" VALUES(1,'EBAY_US|zenitar mk2|any|electronics','zenitar mk2','any','electronics','EBAY_US',1.79568045193243288996e+09,1.79562548174867677689e+09,0,'EBAY_RATE_LIMIT','',0.0);
INSERT INTO "searches" VALUES(2,'EBAY_US|zenitar mk2|any|','zenitar mk2','any','','EBAY_US',1.79568034477556943894e+09,1.79562548174867677689e+09,0,'EBAY_RATE_LIMIT','',0.0);
INSERT INTO "searches" VALUES(3,'EBAY_US|zenitar mk3|any|','zenitar mk3','any','','EBAY_US',1.7956804609138422012e+09,1.79562548174867677689e+09,0,'EBAY_RATE_LIMIT','',0.0);
CREATE TABLE sightings (
	search_id INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	price BIGINT, 
	shipping BIGINT, 
	first_seen DOUBLE NOT NULL, 
	changed_at DOUBLE NOT NULL, 
	gone_at DOUBLE, 
	CONSTRAINT pk_sightings PRIMARY KEY (search_id, item_id), 
	CONSTRAINT fk_sightings_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id) ON DELETE CASCADE
);
INSERT INTO "sightings" VALUES(1,'v1|1|0','Zenitar mk2 camera no 1','USD',5000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|2|0','Zenitar mk2 camera no 2','USD',6000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|3|0','Zenitar mk2 camera no 3','USD',7000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|4|0','Zenitar mk2 camera no 4','USD',8000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|5|0','Zenitar mk2 camera no 5','USD',9000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|6|0','Zenitar mk2 camera no 6','USD',10000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|7|0','Zenitar mk2 camera no 7','USD',11000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|8|0','Zenitar mk2 camera for parts','USD',500,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(1,'v1|9|0','Zenitar mk2 camera é','USD',4500,NULL,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|1|0','Zenitar mk2 camera no 1','USD',5000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|2|0','Zenitar mk2 camera no 2','USD',6000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|3|0','Zenitar mk2 camera no 3','USD',7000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|4|0','Zenitar mk2 camera no 4','USD',8000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|5|0','Zenitar mk2 camera no 5','USD',9000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|6|0','Zenitar mk2 camera no 6','USD',10000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|7|0','Zenitar mk2 camera no 7','USD',11000,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|8|0','Zenitar mk2 camera for parts','USD',500,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(2,'v1|9|0','Zenitar mk2 camera é','USD',4500,NULL,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
INSERT INTO "sightings" VALUES(3,'v1|11|0','Zenitar mk3 camera','USD',9900,0,1.79562548174867677689e+09,1.79562548174867677689e+09,NULL);
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
INSERT INTO "tokens" VALUES(1,'cd1635534319a62b754639956a446fe3e09ed9a4c462eb709456768cd3253fde','local',0,1.7956254745226325988e+09,NULL);
CREATE TABLE users (
	id TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('local',1.79562545902117037775e+09);
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
	revision INTEGER NOT NULL, 
	CONSTRAINT fk_watches_search_id_searches FOREIGN KEY(search_id) REFERENCES searches (id), 
	CONSTRAINT fk_watches_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "watches" VALUES(1,1,'local','below 200.00 USD','[]','any',NULL,'','assume',NULL,'','','slack',0,1.79562545902117037775e+09,1.79562548174867677689e+09,1,1);
INSERT INTO "watches" VALUES(2,2,'local','deal 70%','[]','any',NULL,'','assume',NULL,'half','','slack',0,1.7956254642639732361e+09,1.79562548174867677689e+09,1,1);
INSERT INTO "watches" VALUES(3,3,'local','new','["box", "strap"]','any',NULL,'','assume',NULL,'','','slack',0,1.79562546947091603282e+09,1.79562548174867677689e+09,1,1);
CREATE INDEX ix_alerts_made_at ON alerts (made_at);
CREATE INDEX ix_alerts_watch_id_made_at ON alerts (watch_id, made_at);
CREATE INDEX ix_api_calls_at ON api_calls (at);
CREATE INDEX ix_cache_entries_expires_at ON cache_entries (expires_at);
CREATE INDEX ix_outbox_ref ON outbox (ref);
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at);
CREATE INDEX ix_searches_due_at ON searches (due_at);
CREATE INDEX ix_watches_search_id ON watches (search_id);
CREATE INDEX ix_watches_user_id ON watches (user_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('searches',3);
INSERT INTO "sqlite_sequence" VALUES('watches',3);
INSERT INTO "sqlite_sequence" VALUES('tokens',1);
INSERT INTO "sqlite_sequence" VALUES('outbox',2);
COMMIT;
