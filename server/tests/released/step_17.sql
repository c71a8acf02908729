BEGIN TRANSACTION;
CREATE TABLE activities (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  once TEXT NOT NULL,
  kind TEXT NOT NULL,
  about TEXT,
  at INTEGER NOT NULL,
  visitor TEXT,
  person TEXT,
  conversation TEXT,
  dialogue INTEGER,
  edition TEXT,
  seq INTEGER,
  page_url TEXT NOT NULL,
  attributes TEXT NOT NULL,
  proven INTEGER NOT NULL,
  test INTEGER NOT NULL,
  PRIMARY KEY (workspace, position),
  UNIQUE (workspace, id),
  UNIQUE (workspace, once)
);
INSERT INTO "activities" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',5,'01a22316-c6f1-7702-8aa5-e65478c99d49','engaged:01a22316-c6f1-7a2b-84c8-c8dd60574791:1:1:1','Engaged with a Dialogue',NULL,1795885025006,'01a22316-c6f1-7a2b-84c8-c8dd60574791','01a22316-c6f1-753e-927d-cfd1b866f88d','00000000000000010000000000000007',1,'bd87b7dc1af3a014325172da',2,'https://acme.example/','{"Conversation Status":"Initiated","Name":"Talk to us","Page URL":"https://acme.example/"}',1,0);
INSERT INTO "activities" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',11,'01a22316-c6f3-73c7-9d47-fd4b38b48d2a','00000000000000010000000000000007:5:0','Scheduled Meeting in Dialogue','A1',1795885025011,'01a22316-c6f1-7a2b-84c8-c8dd60574791','01a22316-c6f1-753e-927d-cfd1b866f88d','00000000000000010000000000000007',1,'bd87b7dc1af3a014325172da',5,'https://acme.example/','{"Agent Email":"a1@acme.example","Agent Name":"A1","Meeting":"01a22316-c6f3-79e3-a5eb-58ca7032fb7f","Name":"Talk to us","Page URL":"https://acme.example/","Scheduled For":"2027-01-04T10:00:00.000Z","meeting status":"Scheduled","routing queue name":"default"}',1,0);
INSERT INTO "activities" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',13,'01a22316-c6f3-70a4-aa1c-ada0e28adba2','goal:00000000000000010000000000000007:Booked a talk','Reached Dialogue Goal','Booked a talk',1795885025011,'01a22316-c6f1-7a2b-84c8-c8dd60574791','01a22316-c6f1-753e-927d-cfd1b866f88d','00000000000000010000000000000007',1,'bd87b7dc1af3a014325172da',5,'https://acme.example/','{"Conversation Score":2,"Goal name":"Booked a talk","Name":"Talk to us","Page URL":"https://acme.example/"}',1,0);
CREATE TABLE agents (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  picture TEXT NOT NULL,
  zone TEXT NOT NULL,
  hours TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  step INTEGER,
  before_minutes INTEGER NOT NULL,
  after_minutes INTEGER NOT NULL,
  notice_minutes INTEGER NOT NULL,
  horizon_days INTEGER NOT NULL,
  daily_limit INTEGER,
  active INTEGER NOT NULL,
  removed_at INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, name)
);
INSERT INTO "agents" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6','A1','a1@acme.example','','UTC','mon-fri 09:00-17:00',30,NULL,0,0,0,60,NULL,1,NULL,2,1795885024968);
INSERT INTO "agents" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c9-7211-918a-740abbcac2c1','A2','a2@acme.example','','UTC','mon-fri 09:00-17:00',30,NULL,0,0,0,60,NULL,1,NULL,1,1795885024969);
CREATE TABLE arriving (
  id INTEGER NOT NULL PRIMARY KEY,
  since INTEGER NOT NULL
);
CREATE TABLE attribute_values (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  subject TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, subject, owner, name)
);
INSERT INTO "attribute_values" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','person','01a22316-c6ed-7bef-8b84-bbac32d36b59','firstName','text','Ada',1795885025005);
INSERT INTO "attribute_values" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','person','01a22316-c6f1-753e-927d-cfd1b866f88d','firstName','text','Buy pills at evil.example',1795885025009);
CREATE TABLE attributes (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (workspace, subject, name)
);
CREATE TABLE booking_keys (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  conversation TEXT NOT NULL,
  key BLOB NOT NULL,
  wish BLOB NOT NULL,
  meeting TEXT NOT NULL,
  seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, conversation, key)
);
INSERT INTO "booking_keys" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',X'00000000000000010000000000000007',X'B948D7D1B0BFE1570B1A59AF171D5045C5A89FF32A2ADCD6C8BFBCCB3A9499C6','01a22316-c6f3-79e3-a5eb-58ca7032fb7f',5,1795885025011);
CREATE TABLE claims (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  agent TEXT NOT NULL,
  quantum INTEGER NOT NULL,
  meeting TEXT NOT NULL,
  PRIMARY KEY (workspace, agent, quantum)
);
INSERT INTO "claims" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6',5996856,'01a22316-c6f3-79e3-a5eb-58ca7032fb7f');
INSERT INTO "claims" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6',5996857,'01a22316-c6f3-79e3-a5eb-58ca7032fb7f');
INSERT INTO "claims" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6',5996858,'01a22316-c6f3-79e3-a5eb-58ca7032fb7f');
INSERT INTO "claims" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6',5996859,'01a22316-c6f3-79e3-a5eb-58ca7032fb7f');
INSERT INTO "claims" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6',5996860,'01a22316-c6f3-79e3-a5eb-58ca7032fb7f');
INSERT INTO "claims" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-78ad-a3dc-2281b99931f6',5996861,'01a22316-c6f3-79e3-a5eb-58ca7032fb7f');
CREATE TABLE comments (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  link TEXT NOT NULL,
  dialogue INTEGER NOT NULL,
  edition TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  card TEXT NOT NULL,
  words TEXT NOT NULL,
  at INTEGER NOT NULL, position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
CREATE TABLE companies (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  domain TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, domain)
);
INSERT INTO "companies" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6ed-7197-9061-680863653171','Corp','corp.example',1795885025005);
CREATE TABLE conversations (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  key_hash BLOB NOT NULL,
  visitor TEXT NOT NULL,
  person TEXT,
  dialogue INTEGER NOT NULL,
  edition TEXT NOT NULL,
  language TEXT NOT NULL,
  run INTEGER NOT NULL,
  begin BLOB NOT NULL,
  state BLOB NOT NULL,
  through INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  status TEXT NOT NULL,
  page_url TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  session INTEGER NOT NULL,
  diverged INTEGER NOT NULL,
  clamped INTEGER NOT NULL,
  signals TEXT NOT NULL,
  test INTEGER NOT NULL,
  position INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, position)
);
INSERT INTO "conversations" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',X'460E144FEB894B153EA4F5A10F520AE5624A8544D61EE24DE94E0193D5E057C0','01a22316-c6f1-7a2b-84c8-c8dd60574791','01a22316-c6f1-753e-927d-cfd1b866f88d',1,'bd87b7dc1af3a014325172da','en',1,X'0101BD87B7DC1AF3A014325172DA02656E0101001568747470733A2F2F61636D652E6578616D706C652F0000000000DC9BB6B1C468000000',X'01BD87B7DC1AF3A014325172DA00020100000400000001000002000103000202000100194275792070696C6C73206174206576696C2E6578616D706C65010100166775657374314076697369746F722E6578616D706C6501050500010203040100BD87B7DC1AF3A014325172DA00000000001568747470733A2F2F61636D652E6578616D706C652F00000000E69BB6B1C468',5,-6102211690560459774,'completed','https://acme.example/',1795885025006,1795885025011,1,0,0,'',0,4,1795885025009);
CREATE TABLE corrections (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  from_edition TEXT NOT NULL,
  to_edition TEXT NOT NULL,
  PRIMARY KEY (workspace, from_edition)
);
CREATE TABLE counters (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  dialogue INTEGER NOT NULL,
  visitor TEXT NOT NULL,
  run INTEGER NOT NULL,
  conversation TEXT NOT NULL,
  at INTEGER NOT NULL,
  test INTEGER NOT NULL,
  PRIMARY KEY (workspace, kind, dialogue, visitor, run)
);
INSERT INTO "counters" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','triggered',1,'01a22316-c6f1-7a2b-84c8-c8dd60574791',1,'00000000000000010000000000000007',1795885025006,0);
INSERT INTO "counters" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','engaged',1,'01a22316-c6f1-7a2b-84c8-c8dd60574791',1,'00000000000000010000000000000007',1795885025006,0);
INSERT INTO "counters" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','meeting',1,'01a22316-c6f1-7a2b-84c8-c8dd60574791',1,'00000000000000010000000000000007',1795885025011,0);
INSERT INTO "counters" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','completed',1,'01a22316-c6f1-7a2b-84c8-c8dd60574791',1,'00000000000000010000000000000007',1795885025011,0);
CREATE TABLE dialogues (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  document TEXT NOT NULL,
  published TEXT,
  live INTEGER NOT NULL,
  edition TEXT,
  first_published_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, number),
  UNIQUE (workspace, name)
);
INSERT INTO "dialogues" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',1,'Talk to us','dialogue','{"kind":"dialogue","name":"Talk to us","priority":50,"language":"en","repeat":"once","back":true,"restart":true,"audience":{"targets":["*/*"]},"stream":{"cards":[{"id":"hello","card":"question","text":"Shall we talk?","answers":[{"label":"Yes, let us","then":"name"}]},{"id":"name","card":"capture","text":"What is your name?","attribute":"person.firstName","known":"overwrite","optional":false,"given":"address"},{"id":"address","card":"capture","text":"Where can we write to you?","attribute":"person.email","known":"overwrite","optional":false,"given":"meeting"},{"id":"meeting","card":"meeting","text":"When?","booked":"thanks"},{"id":"thanks","card":"message","text":"Until then.","then":"met"},{"id":"met","card":"goal","goal":"Booked a talk","score":2,"confirmation":{"subject":"You are in, {{lead.firstName:\"friend\"}}","body":"Good to have you.\n\n[Read more](https://acme.example/more)","event":{"title":"The talk","place":"Hall 2","start":"2027-03-05T10:00Z","minutes":45}}}]}}','{"kind":"dialogue","name":"Talk to us","priority":50,"language":"en","repeat":"once","back":true,"restart":true,"audience":{"targets":["*/*"]},"stream":{"cards":[{"id":"hello","card":"question","text":"Shall we talk?","answers":[{"label":"Yes, let us","then":"name"}]},{"id":"name","card":"capture","text":"What is your name?","attribute":"person.firstName","known":"overwrite","optional":false,"given":"address"},{"id":"address","card":"capture","text":"Where can we write to you?","attribute":"person.email","known":"overwrite","optional":false,"given":"meeting"},{"id":"meeting","card":"meeting","text":"When?","booked":"thanks"},{"id":"thanks","card":"message","text":"Until then.","then":"met"},{"id":"met","card":"goal","goal":"Booked a talk","score":2,"confirmation":{"subject":"You are in, {{lead.firstName:\"friend\"}}","body":"Good to have you.\n\n[Read more](https://acme.example/more)","event":{"title":"The talk","place":"Hall 2","start":"2027-03-05T10:00Z","minutes":45}}}]}}',1,'bd87b7dc1af3a014325172da',1795885024970,1795885024970,1795885024970);
CREATE TABLE document_addresses (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  url TEXT NOT NULL,
  hash TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, url)
);
CREATE TABLE document_parts (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  hash TEXT NOT NULL,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (workspace, hash, place)
);
CREATE TABLE documents (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  hash TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, hash)
);
CREATE TABLE edition_documents (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  hash TEXT NOT NULL,
  edition TEXT NOT NULL,
  url TEXT NOT NULL,
  PRIMARY KEY (workspace, hash, edition, url)
);
CREATE TABLE edition_files (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  edition TEXT NOT NULL,
  language TEXT NOT NULL,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  brotli BLOB NOT NULL,
  PRIMARY KEY (workspace, edition, language)
);
INSERT INTO "edition_files" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','bd87b7dc1af3a014325172da','en',0,X'0101010A54616C6B20746F20757302656E01010000060568656C6C6F0101000E5368616C6C2077652074616C6B3F0000010B5965732C206C657420757300000101046E616D65020100125768617420697320796F7572206E616D653F0000000000000000000001020007616464726573730201001A57686572652063616E20776520777269746520746F20796F753F00000101000000000000010300076D656574696E67040100055768656E3F00000764656661756C740001040000067468616E6B730001000B556E74696C207468656E2E000105036D6574050D426F6F6B656420612074616C6B0102010002000966697273744E616D6500000005656D61696C000001000966697273744E616D6501000000',X'1B12010004EAFB39F78224ABFEF84E858DD195F45C08CC76C3751E20EC7701EF6ED85F189541C669C0B94D8FAF2F0A2D8F21B12E2933311EC7ECCEDDB3498228943A252A272A6F734CFF7A50FEB6FDE9063BDCB983144C9FD13CD13DA39D2A12D113431E31367AE2E17DE4EF3335F71F55ACD8CAAAA47E9B8406259C530F31EC0D0510A94682FC1CEA36BD50E88F7684E5D513EDEF3EF05779C223E50C811108D77982520000');
CREATE TABLE editions (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  edition TEXT NOT NULL,
  dialogue INTEGER NOT NULL,
  graph TEXT NOT NULL,
  compiled BLOB NOT NULL,
  document TEXT NOT NULL,
  draft INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, edition)
);
INSERT INTO "editions" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','bd87b7dc1af3a014325172da',1,'a8e6100ced2b567985462267e227a420',X'01BD87B7DC1AF3A014325172DAA8E6100CED2B567985462267E227A420010A54616C6B20746F20757300320101010A54616C6B20746F20757302656E01010000060568656C6C6F0101000E5368616C6C2077652074616C6B3F0000010B5965732C206C657420757300000101046E616D65020100125768617420697320796F7572206E616D653F0000000000000000000001020007616464726573730201001A57686572652063616E20776520777269746520746F20796F753F00000101000000000000010300076D656574696E67040100055768656E3F00000764656661756C740001040000067468616E6B730001000B556E74696C207468656E2E000105036D6574050D426F6F6B656420612074616C6B0102010002000966697273744E616D6500000005656D61696C000001000966697273744E616D65010000000100020002012F000000000000000000000101000E5368616C6C2077652074616C6B3F00010B5965732C206C6574207573010502656E02000C596F752061726520696E2C2000010006667269656E6400040011476F6F6420746F206861766520796F752E000303020001001968747470733A2F2F61636D652E6578616D706C652F6D6F72650001000952656164206D6F726500010100085468652074616C6B000648616C6C2032C09ED4B80D2D000000','{"kind":"dialogue","name":"Talk to us","priority":50,"language":"en","repeat":"once","back":true,"restart":true,"audience":{"targets":["*/*"]},"stream":{"cards":[{"id":"hello","card":"question","text":"Shall we talk?","answers":[{"label":"Yes, let us","then":"name"}]},{"id":"name","card":"capture","text":"What is your name?","attribute":"person.firstName","known":"overwrite","optional":false,"given":"address"},{"id":"address","card":"capture","text":"Where can we write to you?","attribute":"person.email","known":"overwrite","optional":false,"given":"meeting"},{"id":"meeting","card":"meeting","text":"When?","booked":"thanks"},{"id":"thanks","card":"message","text":"Until then.","then":"met"},{"id":"met","card":"goal","goal":"Booked a talk","score":2,"confirmation":{"subject":"You are in, {{lead.firstName:\"friend\"}}","body":"Good to have you.\n\n[Read more](https://acme.example/more)","event":{"title":"The talk","place":"Hall 2","start":"2027-03-05T10:00Z","minutes":45}}}]}}',0,1795885024970);
CREATE TABLE entries (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  conversation TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  entry BLOB NOT NULL,
  sent_hash BLOB NOT NULL,
  digest INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, conversation, seq)
);
INSERT INTO "entries" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',1,1795885025006,X'0101DC9BB6B1C468009EB18B9D9CFBF3FC62',X'216885C4540B203B3F35B71A9EBE3472AA9FD1CD95306F03E8C1D3148E8677E5',7131960019114973342,1795885025009);
INSERT INTO "entries" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',2,1795885025006,X'0102DC9BB6B1C46801000000E5B1DEE3D3A080E4C001',X'43C0EE5CDD2BF4B8E4E64E4806DCD27849B3385B580A46C825DA83F4E87B0C00',-4555389901084321563,1795885025009);
INSERT INTO "entries" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',3,1795885025006,X'0103DC9BB6B1C468010101194275792070696C6C73206174206576696C2E6578616D706C65BFA482AB98F1A1C02E',X'D82C858E2EA7C98271F5CC4372BC90D5CA6FF38FC4ECD1A561AF2942DE4FA152',3350827147481616959,1795885025009);
INSERT INTO "entries" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',4,1795885025006,X'0104DC9BB6B1C468010201166775657374314076697369746F722E6578616D706C658AE4D0F3D3E8ACE961',X'747D79BF9FEB586CE4E8F6D8B1544A120330F6FA498A34AA59D3A1FC992D5D95',7048893476770165258,1795885025009);
INSERT INTO "entries" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','00000000000000010000000000000007',5,1795885025011,X'0105E69BB6B1C4680C0361012430316132323331362D633666332D373965332D613565622D3538636137303332666237660241310080E4A182DC681E2F687474703A2F2F3132372E302E302E313A34323639392F6D2F727741746859597A71735666345869346468486E325119ABF18D10579C6A641B0A88E75E871DF72DF276F00F3E71C63C30A2C9FEEF5182D8A1FFC5D9A5A8AB01',X'F34F4FB0CC66BACF5BA387C5C5240193FE49C15EF781778DB231CE1DD7275A89',-6102211690560459774,1795885025011);
CREATE TABLE exposures (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  experiment INTEGER NOT NULL,
  visitor TEXT NOT NULL,
  arm INTEGER NOT NULL,
  arm_name TEXT NOT NULL,
  dialogue INTEGER NOT NULL,
  conversation TEXT NOT NULL,
  at INTEGER NOT NULL,
  test INTEGER NOT NULL,
  PRIMARY KEY (workspace, experiment, visitor)
);
CREATE TABLE faults (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  fault TEXT NOT NULL,
  times INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, fault)
);
CREATE TABLE goal_mails (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  goal TEXT,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL, position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "goal_mails" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6ed-7f35-bdc6-4c62811d6efb',NULL,'sales@acme.example',1795885025005,2);
CREATE TABLE goals (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  once TEXT NOT NULL,
  name TEXT NOT NULL,
  score INTEGER,
  at INTEGER NOT NULL,
  proven INTEGER NOT NULL,
  visitor TEXT,
  person TEXT,
  conversation TEXT,
  dialogue INTEGER,
  edition TEXT,
  card TEXT,
  seq INTEGER,
  page_url TEXT NOT NULL,
  attributes TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  test INTEGER NOT NULL,
  PRIMARY KEY (workspace, position),
  UNIQUE (workspace, id),
  UNIQUE (workspace, once)
);
INSERT INTO "goals" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',12,'01a22316-c6f3-7925-886b-8fa1ca987415','00000000000000010000000000000007:Booked a talk','Booked a talk',2,1795885025011,1,'01a22316-c6f1-7a2b-84c8-c8dd60574791','01a22316-c6f1-753e-927d-cfd1b866f88d','00000000000000010000000000000007',1,'bd87b7dc1af3a014325172da','met',5,'https://acme.example/','{"Conversation Score":2,"Goal name":"Booked a talk","Name":"Talk to us","Page URL":"https://acme.example/"}',X'',0);
CREATE TABLE letters (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  address BLOB NOT NULL,
  at INTEGER NOT NULL, invitation INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "letters" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f3-757f-baa7-ff7d12fb9c5e',X'7DBAB28B065642B6D2CB0CDB061C30F7F62A439EEF011CA3B9452473A3F5E150',1795885025253,1);
CREATE TABLE links (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  token_hash BLOB NOT NULL,
  person TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (workspace, token_hash)
);
INSERT INTO "links" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',X'D9F508D4F5A07DEFA1F89FB529E6D6A062BE02C95A419097D7EE5E0DF276290D','01a22316-c6ed-7bef-8b84-bbac32d36b59','tracked',1795885025006,1811437025006,NULL);
CREATE TABLE list_members (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  list TEXT NOT NULL,
  person TEXT NOT NULL,
  PRIMARY KEY (workspace, list, person)
);
INSERT INTO "list_members" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','Newsletter','01a22316-c6ed-7bef-8b84-bbac32d36b59');
CREATE TABLE lists (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  PRIMARY KEY (workspace, name)
);
INSERT INTO "lists" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','Newsletter');
CREATE TABLE login_secrets (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "login_secrets" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6e9-7151-bf1e-629ea6ab40d8',X'AD463BDCA5381EDDB48806D91296679C703CC1D17EDD94A87121CCE40100CBDE357ACB6A2067574B65BD223F4A71FDDBCA9D5B49063D7C1EA68FDE5C7CD4FA16E92D98083FF793',1795885025001);
CREATE TABLE meetings (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  agent TEXT NOT NULL,
  pool TEXT,
  start_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  manage_hash BLOB NOT NULL UNIQUE,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  trusted INTEGER NOT NULL,
  language TEXT NOT NULL,
  zone TEXT NOT NULL,
  visitor TEXT NOT NULL,
  person TEXT,
  conversation TEXT NOT NULL,
  card INTEGER NOT NULL,
  test INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, position)
);
INSERT INTO "meetings" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f3-79e3-a5eb-58ca7032fb7f',8,'01a22316-c6c8-78ad-a3dc-2281b99931f6','01a22316-c6c8-7f37-96dd-19b0f414ca4a',1799056800000,1799058600000,'scheduled',0,X'93E0C6A2EFAD87C0013167836ED3940D522B8B54E961B038635886A2FB267C05','guest1@visitor.example','Buy pills at evil.example',0,'en','Europe/Stockholm','01a22316-c6f1-7a2b-84c8-c8dd60574791','01a22316-c6f1-753e-927d-cfd1b866f88d','00000000000000010000000000000007',3,0,1795885025011,NULL);
CREATE TABLE merges (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  from_person TEXT NOT NULL,
  into_person TEXT NOT NULL,
  visitor TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE TABLE migrations (
    step INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL);
INSERT INTO "migrations" VALUES(1,'0001_workspaces',1795885024951);
INSERT INTO "migrations" VALUES(2,'0002_dialogues',1795885024951);
INSERT INTO "migrations" VALUES(3,'0003_people',1795885024951);
INSERT INTO "migrations" VALUES(4,'0004_conversations',1795885024951);
INSERT INTO "migrations" VALUES(5,'0005_activities',1795885024951);
INSERT INTO "migrations" VALUES(6,'0006_outbox',1795885024951);
INSERT INTO "migrations" VALUES(7,'0007_testing',1795885024951);
INSERT INTO "migrations" VALUES(8,'0008_meetings',1795885024951);
INSERT INTO "migrations" VALUES(9,'0009_letters',1795885024951);
INSERT INTO "migrations" VALUES(10,'0010_acquired',1795885024951);
INSERT INTO "migrations" VALUES(11,'0011_invitations',1795885024951);
INSERT INTO "migrations" VALUES(12,'0012_key',1795885024951);
INSERT INTO "migrations" VALUES(13,'0013_positions',1795885024951);
INSERT INTO "migrations" VALUES(14,'0014_forms',1795885024951);
INSERT INTO "migrations" VALUES(15,'0015_pins',1795885024951);
INSERT INTO "migrations" VALUES(16,'0016_documents',1795885024951);
INSERT INTO "migrations" VALUES(17,'0017_arriving',1795885024951);
CREATE TABLE outbox (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  fault TEXT,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "outbox" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f1-7984-adef-7a165df3ca3a',6,'webhook:01a22316-c6ec-7360-81f6-6ef611c3d4f3','webhook','{"kind":"webhook","webhook":"01a22316-c6ec-7360-81f6-6ef611c3d4f3","activity":"01a22316-c6f1-7702-8aa5-e65478c99d49"}','waiting',1,1795885062742,1795885025009,NULL,'the receiver cannot be reached');
INSERT INTO "outbox" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f3-757f-baa7-ff7d12fb9c5e',9,'meeting/01a22316-c6f3-79e3-a5eb-58ca7032fb7f/guest','meeting','{"kind":"meeting","meeting":"01a22316-c6f3-79e3-a5eb-58ca7032fb7f","news":"booked","sequence":0,"reader":"guest"}','sent',1,1795885145250,1795885025011,1795885025263,NULL);
INSERT INTO "outbox" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f3-73bd-87a1-249044477f90',10,'meeting/01a22316-c6f3-79e3-a5eb-58ca7032fb7f/agent','meeting','{"kind":"meeting","meeting":"01a22316-c6f3-79e3-a5eb-58ca7032fb7f","news":"booked","sequence":0,"reader":"agent"}','sent',1,1795885145250,1795885025011,1795885025260,NULL);
INSERT INTO "outbox" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f3-7ecd-9d92-2d83a1dabf45',14,'notice:sales@acme.example','goal_notice','{"kind":"goal_notice","address":"sales@acme.example","goal":"01a22316-c6f3-7925-886b-8fa1ca987415"}','sent',1,1795885145250,1795885025011,1795885025259,NULL);
INSERT INTO "outbox" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f3-7d93-a195-2fedb99c7901',15,'person:01a22316-c6f1-753e-927d-cfd1b866f88d','confirmation','{"kind":"confirmation","goal":"01a22316-c6f3-7925-886b-8fa1ca987415","person":"01a22316-c6f1-753e-927d-cfd1b866f88d"}','waiting',0,1795888625253,1795885025011,NULL,'too many letters to this address');
CREATE TABLE people (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  email TEXT,
  claimed INTEGER NOT NULL,
  source TEXT NOT NULL,
  company TEXT,
  acquired_dialogue INTEGER,
  acquired_conversation TEXT,
  merged_into TEXT,
  test INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, acquired_as TEXT, position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "people" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6ed-7bef-8b84-bbac32d36b59','ada@corp.example',0,'import','01a22316-c6ed-7197-9061-680863653171',NULL,NULL,NULL,0,1795885025005,1795885025005,NULL,3);
INSERT INTO "people" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f1-753e-927d-cfd1b866f88d','guest1@visitor.example',0,'dynamicChat',NULL,1,'00000000000000010000000000000007',NULL,0,1795885025009,1795885025009,'guest1@visitor.example',7);
CREATE TABLE pins (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  version TEXT NOT NULL UNIQUE,
  bytes BLOB NOT NULL,
  brotli BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, version)
);
CREATE TABLE pools (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  minutes INTEGER NOT NULL,
  pointer INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, name)
);
INSERT INTO "pools" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-7f37-96dd-19b0f414ca4a','default',30,0,4,1795885024968);
CREATE TABLE publications (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  number INTEGER NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  brotli BLOB NOT NULL,
  rules TEXT NOT NULL,
  visited BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, number)
);
INSERT INTO "publications" VALUES('01a22316-c6c7-7080-8299-02d4548713ed',1,'47ece85806be41330313de35a2fe2648',X'010461636D65010101434301BD87B7DC1AF3A014325172DA0A54616C6B20746F207573320102656E0000000000000101000E5368616C6C2077652074616C6B3F00010B5965732C206C6574207573010B0B00020002012F00000001000102012F0100000000F40300000000000000000000',X'0B3880010461636D65010101434301BD87B7DC1AF3A014325172DA0A54616C6B20746F207573320102656E0000000000000101000E5368616C6C2077652074616C6B3F00010B5965732C206C6574207573010B0B00020002012F00000001000102012F0100000000F4030000000000000000000003','{"pages":["^[^/]*/"],"visited":[],"clicks":[]}',X'0100',1795885024970);
CREATE TABLE refused (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  fingerprint BLOB NOT NULL,
  reason TEXT NOT NULL,
  conversation TEXT NOT NULL,
  visitor TEXT,
  detail TEXT NOT NULL,
  body BLOB NOT NULL,
  times INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL, position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, fingerprint)
);
CREATE TABLE registrations (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  goal TEXT NOT NULL,
  person TEXT NOT NULL,
  email TEXT NOT NULL,
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  undo_hash BLOB NOT NULL UNIQUE,
  made_at INTEGER NOT NULL,
  undone_at INTEGER,
  PRIMARY KEY (workspace, goal)
);
CREATE TABLE seats (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  pool TEXT NOT NULL,
  agent TEXT NOT NULL,
  position INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  PRIMARY KEY (workspace, pool, agent)
);
INSERT INTO "seats" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-7f37-96dd-19b0f414ca4a','01a22316-c6c8-78ad-a3dc-2281b99931f6',0,0);
INSERT INTO "seats" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6c8-7f37-96dd-19b0f414ca4a','01a22316-c6c9-7211-918a-740abbcac2c1',1,0);
CREATE TABLE server_key (
  fingerprint BLOB NOT NULL,
  PRIMARY KEY (fingerprint)
);
INSERT INTO "server_key" VALUES(X'4C28DFD5D988F5A8CBE865A9AFAA972EC5EF7C9DCF94A7675C6DA28BAE57C73F');
CREATE TABLE testing_links (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  dialogue INTEGER NOT NULL,
  edition TEXT NOT NULL,
  opened INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER, position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "testing_links" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f5-705e-be72-9de528e1b8df',X'953B54056EC7044D55993DD31B4F398E7F2DE2F59D667F62624FC2C878748F26',1,'bd87b7dc1af3a014325172da',0,1795885025013,1796489825013,NULL,16);
CREATE TABLE testing_sessions (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  link TEXT NOT NULL,
  code_hash BLOB NOT NULL,
  code_used_at INTEGER,
  reviewer TEXT NOT NULL,
  persona TEXT NOT NULL,
  clock_ms INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, code_hash)
);
CREATE TABLE tokens (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  rights TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  revoked_at INTEGER,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "tokens" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6eb-71c2-9162-340d0e1ae221','scripts',X'968AD2109DCC12799AFE78CB419BB4C0F3DEEB73E37397C5D9FB710D20C127F1','read write',1795885025003,NULL,NULL);
CREATE TABLE users (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, email)
);
INSERT INTO "users" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6ec-7350-96cf-706368396937','eve@acme.example','Eve','$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAA',1795885025004);
CREATE TABLE visitors (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  person TEXT,
  strength INTEGER NOT NULL,
  verified_until INTEGER NOT NULL,
  denied_person TEXT,
  denied_at INTEGER,
  confirmed_at INTEGER,
  test INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, token_hash)
);
INSERT INTO "visitors" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6f1-7a2b-84c8-c8dd60574791',X'262ECDDCB529F85C625E6F0AFFFDAB6059299ACDFDC3DA4E9CC7D3B20C66D366','01a22316-c6f1-753e-927d-cfd1b866f88d',1,0,NULL,NULL,NULL,0,1795885025009,1795885025009);
CREATE TABLE webhooks (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  sealed BLOB NOT NULL,
  kinds TEXT NOT NULL,
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL, position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace, id)
);
INSERT INTO "webhooks" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','01a22316-c6ec-7360-81f6-6ef611c3d4f3','https://hooks.example/in',X'92C3FE98E3F4E10D2856937B26A4976CAF58053DA215731A7C4F4F5D0EA549D7B87C87B8A3F05EF22F008AD1CA061E79416C030A47B2F8B827652A7D249816B821350F66F69509CBFF93808751','["Engaged with a Dialogue"]',1,1795885025004,1);
CREATE TABLE workspaces (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  zone TEXT NOT NULL,
  consent TEXT NOT NULL,
  chat_on INTEGER NOT NULL,
  sites TEXT NOT NULL,
  theme TEXT NOT NULL,
  version INTEGER NOT NULL,
  last_position INTEGER NOT NULL,
  last_dialogue INTEGER NOT NULL,
  created_at INTEGER NOT NULL
, forms TEXT NOT NULL DEFAULT '[]');
INSERT INTO "workspaces" VALUES('01a22316-c6c7-7080-8299-02d4548713ed','acme','Acme','UTC','essential',1,'[]','{}',3,16,1,1795885024967,'[]');
CREATE INDEX publications_by_hash ON publications (workspace, hash);
CREATE UNIQUE INDEX people_by_address ON people (workspace, email)
  WHERE claimed = 0 AND email IS NOT NULL;
CREATE INDEX list_members_by_person ON list_members (workspace, person);
CREATE INDEX visitors_by_person ON visitors (workspace, person);
CREATE INDEX conversations_by_visitor ON conversations (workspace, visitor, dialogue, run);
CREATE INDEX refused_by_time ON refused (workspace, last_at);
CREATE INDEX activities_by_person ON activities (workspace, person, kind, at);
CREATE INDEX activities_by_visitor ON activities (workspace, visitor);
CREATE INDEX activities_by_conversation ON activities (workspace, conversation);
CREATE INDEX goals_by_person ON goals (workspace, person);
CREATE INDEX goals_by_visitor ON goals (workspace, visitor);
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_by_subject ON outbox (workspace, subject, position);
CREATE INDEX meetings_by_agent ON meetings (workspace, agent, start_at);
CREATE INDEX meetings_by_address ON meetings (workspace, email, created_at);
CREATE INDEX meetings_by_conversation ON meetings (workspace, conversation);
CREATE INDEX claims_by_meeting ON claims (workspace, meeting);
CREATE INDEX letters_by_address ON letters (workspace, address, at);
CREATE INDEX people_by_position ON people (workspace, position);
CREATE INDEX refused_by_position ON refused (workspace, position);
CREATE INDEX conversations_by_edition ON conversations (workspace, edition, last_at);
CREATE INDEX editions_by_dialogue ON editions (workspace, dialogue, published_at);
CREATE INDEX testing_links_by_edition ON testing_links (workspace, edition, expires_at);
COMMIT;
