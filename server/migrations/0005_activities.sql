-- What exists because a replay produced it, and what a customer's server recorded.
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
CREATE INDEX activities_by_person ON activities (workspace, person, kind, at);
CREATE INDEX activities_by_visitor ON activities (workspace, visitor);
CREATE INDEX activities_by_conversation ON activities (workspace, conversation);

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
CREATE INDEX goals_by_person ON goals (workspace, person);
CREATE INDEX goals_by_visitor ON goals (workspace, visitor);

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
