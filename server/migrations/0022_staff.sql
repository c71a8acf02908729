-- Address ranges whose visits reports leave out, as JSON.
ALTER TABLE workspaces ADD COLUMN staff TEXT NOT NULL DEFAULT '[]';
