-- When what is known of a workspace's people was changed, so that servers forget what they remember of it.
CREATE TABLE known_changes (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (workspace, at)
);
CREATE INDEX known_changes_by_time ON known_changes (at);
