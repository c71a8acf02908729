-- What a user may do, by the name of a role, and where they are logged in. Users of before had nothing to do, and may do
-- nothing until they are given a role.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'agent';

CREATE TABLE sessions (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  id TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX sessions_by_token ON sessions (token_hash);
CREATE INDEX sessions_by_user ON sessions (workspace, user_id);
