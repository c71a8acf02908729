-- The address by which a dialogue won a person: a recount looks for it, whatever the address on file becomes.
ALTER TABLE people ADD COLUMN acquired_as TEXT;
UPDATE people SET acquired_as = email WHERE acquired_conversation IS NOT NULL;
