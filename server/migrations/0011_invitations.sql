-- Invitations to meetings wait for each other only, not for other letters.
ALTER TABLE letters ADD COLUMN invitation INTEGER NOT NULL DEFAULT 0;
