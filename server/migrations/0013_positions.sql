-- A place in the order of commits for every list, so that whoever goes on later neither skips nor repeats.
ALTER TABLE people ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE people SET position = placed.n + (SELECT last_position FROM workspaces WHERE id = people.workspace)
  FROM (SELECT workspace, id, row_number() OVER (PARTITION BY workspace ORDER BY created_at, id) AS n FROM people) AS placed
  WHERE placed.workspace = people.workspace AND placed.id = people.id;
UPDATE workspaces SET last_position = last_position + (SELECT count(*) FROM people WHERE workspace = workspaces.id);
CREATE INDEX people_by_position ON people (workspace, position);

ALTER TABLE refused ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE refused SET position = placed.n + (SELECT last_position FROM workspaces WHERE id = refused.workspace)
  FROM (SELECT workspace, fingerprint, row_number() OVER (PARTITION BY workspace ORDER BY first_at, fingerprint) AS n
    FROM refused) AS placed
  WHERE placed.workspace = refused.workspace AND placed.fingerprint = refused.fingerprint;
UPDATE workspaces SET last_position = last_position + (SELECT count(*) FROM refused WHERE workspace = workspaces.id);
CREATE INDEX refused_by_position ON refused (workspace, position);

ALTER TABLE comments ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE comments SET position = placed.n + (SELECT last_position FROM workspaces WHERE id = comments.workspace)
  FROM (SELECT workspace, id, row_number() OVER (PARTITION BY workspace ORDER BY at, id) AS n FROM comments) AS placed
  WHERE placed.workspace = comments.workspace AND placed.id = comments.id;
UPDATE workspaces SET last_position = last_position + (SELECT count(*) FROM comments WHERE workspace = workspaces.id);

ALTER TABLE testing_links ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE testing_links SET position = placed.n + (SELECT last_position FROM workspaces WHERE id = testing_links.workspace)
  FROM (SELECT workspace, id, row_number() OVER (PARTITION BY workspace ORDER BY created_at, id) AS n
    FROM testing_links) AS placed
  WHERE placed.workspace = testing_links.workspace AND placed.id = testing_links.id;
UPDATE workspaces
  SET last_position = last_position + (SELECT count(*) FROM testing_links WHERE workspace = workspaces.id);

ALTER TABLE webhooks ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE webhooks SET position = placed.n + (SELECT last_position FROM workspaces WHERE id = webhooks.workspace)
  FROM (SELECT workspace, id, row_number() OVER (PARTITION BY workspace ORDER BY created_at, id) AS n FROM webhooks) AS placed
  WHERE placed.workspace = webhooks.workspace AND placed.id = webhooks.id;
UPDATE workspaces SET last_position = last_position + (SELECT count(*) FROM webhooks WHERE workspace = workspaces.id);

ALTER TABLE goal_mails ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
UPDATE goal_mails SET position = placed.n + (SELECT last_position FROM workspaces WHERE id = goal_mails.workspace)
  FROM (SELECT workspace, id, row_number() OVER (PARTITION BY workspace ORDER BY created_at, id) AS n FROM goal_mails) AS placed
  WHERE placed.workspace = goal_mails.workspace AND placed.id = goal_mails.id;
UPDATE workspaces SET last_position = last_position + (SELECT count(*) FROM goal_mails WHERE workspace = workspaces.id);
