-- What does not leave at present: one kind of message, or every kind where `kind` is empty.
CREATE TABLE outbox_pauses (
  workspace TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  since INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (workspace, kind)
);
