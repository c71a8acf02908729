-- Web forms that are handed over to flows.
ALTER TABLE workspaces ADD COLUMN forms TEXT NOT NULL DEFAULT '[]';
