-- Testing links: a draft, shown to reviewers, whose words come back.
CREATE TABLE testing_links (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  dialogue INTEGER NOT NULL,
  edition TEXT NOT NULL,
  opened INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (workspace, id)
);

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

CREATE TABLE comments (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  link TEXT NOT NULL,
  dialogue INTEGER NOT NULL,
  edition TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  card TEXT NOT NULL,
  words TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
