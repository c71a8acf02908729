-- Who can be met, whose turn it is, and what was booked.
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

-- The pointer is the position of the seat that took the last meeting.
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

CREATE TABLE seats (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  pool TEXT NOT NULL,
  agent TEXT NOT NULL,
  position INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  PRIMARY KEY (workspace, pool, agent)
);

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
CREATE INDEX meetings_by_agent ON meetings (workspace, agent, start_at);
CREATE INDEX meetings_by_address ON meetings (workspace, email, created_at);
CREATE INDEX meetings_by_conversation ON meetings (workspace, conversation);

-- Five minutes of an agent belong to one meeting: the net that no fault can pass.
CREATE TABLE claims (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  agent TEXT NOT NULL,
  quantum INTEGER NOT NULL,
  meeting TEXT NOT NULL,
  PRIMARY KEY (workspace, agent, quantum)
);
CREATE INDEX claims_by_meeting ON claims (workspace, meeting);

-- One wish, tried any number of times.
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
