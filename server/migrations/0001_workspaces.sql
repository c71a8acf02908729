-- A company's account, and the ways in. Times are milliseconds since 1970 UTC.
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
);

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

CREATE TABLE login_secrets (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
