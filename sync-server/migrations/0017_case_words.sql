-- Cases found by words, and the filters that people keep.

-- The words of each case that are nobody's personal data, split so that any one or two Chinese characters that stand next to
-- each other are found (cases/words/). The row's id says whose it is and orders by age: place of the company << 40 | number
-- of the case. The text itself is not kept here.
CREATE VIRTUAL TABLE case_words USING fts5(words, content = '', contentless_delete = 1, tokenize = 'ascii');

-- Place of each company within those ids.
CREATE TABLE case_word_places (
  tenant TEXT PRIMARY KEY,
  place  INTEGER NOT NULL UNIQUE
) WITHOUT ROWID;

-- Cases from before there were words: those below this number are still to be read in. The row goes when none is left.
CREATE TABLE case_words_due (
  tenant TEXT PRIMARY KEY,
  below  INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO case_words_due(tenant, below) SELECT tenant, max(number) + 1 FROM cases GROUP BY tenant;

-- A list of cases that somebody looks at again and again.
CREATE TABLE case_filters (
  tenant      TEXT NOT NULL,
  account     TEXT NOT NULL,
  id          TEXT NOT NULL,
  name        TEXT NOT NULL,
  asked       TEXT NOT NULL,               -- the part of the address that asks for it: codes and ids
  words       BLOB,                        -- what was typed into the search, sealed: it may be anything
  opens_first INTEGER NOT NULL DEFAULT 0,  -- 1: the list of cases begins with it
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, account, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX case_filters_by_name ON case_filters(tenant, account, name);
