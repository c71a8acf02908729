-- Browsers, the people behind them, and their companies.
CREATE TABLE companies (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  domain TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id),
  UNIQUE (workspace, domain)
);

-- A claimed record belongs to a browser whose visitor typed an address that was on file.
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
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX people_by_address ON people (workspace, email)
  WHERE claimed = 0 AND email IS NOT NULL;

CREATE TABLE attributes (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (workspace, subject, name)
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

CREATE TABLE lists (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  PRIMARY KEY (workspace, name)
);

CREATE TABLE list_members (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  list TEXT NOT NULL,
  person TEXT NOT NULL,
  PRIMARY KEY (workspace, list, person)
);
CREATE INDEX list_members_by_person ON list_members (workspace, person);

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
CREATE INDEX visitors_by_person ON visitors (workspace, person);

-- Links in mails: `tracked` recognises, `verify` verifies once.
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

CREATE TABLE merges (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  from_person TEXT NOT NULL,
  into_person TEXT NOT NULL,
  visitor TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
