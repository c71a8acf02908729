-- Raw inputs, the state they replay to, and what was refused.
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
CREATE INDEX conversations_by_visitor ON conversations (workspace, visitor, dialogue, run);

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
  last_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, fingerprint)
);
CREATE INDEX refused_by_time ON refused (workspace, last_at);

CREATE TABLE faults (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  fault TEXT NOT NULL,
  times INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, fault)
);
