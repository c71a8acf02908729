-- What leaves the server, written in the transaction that caused it.
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
CREATE INDEX outbox_due ON outbox (state, due_at);
CREATE INDEX outbox_by_subject ON outbox (workspace, subject, position);

CREATE TABLE webhooks (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  sealed BLOB NOT NULL,
  kinds TEXT NOT NULL,
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);

CREATE TABLE goal_mails (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  goal TEXT,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
