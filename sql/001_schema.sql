-- 001: the tables. Runs inside one transaction that the migrator opened, as role peernet_owner.

-- Keys sort by their bytes (COLLATE "C"): the same order on every server and in the programs, and faster.

-- What keys, names and labels look like wherever they came from: exported and imported again they must be the same.
CREATE FUNCTION peernet.text_valid(value text, longest integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value <> '' AND length(value) <= longest AND value !~ '^ | $|[\u0001-\u001f\u007f]';
COMMENT ON FUNCTION peernet.text_valid IS 'Not empty, not too long, no control characters, no space at either end.';

-- An attribute is a text, or a list of texts; ';' parts the items of a list in files, so no text may hold one.
CREATE FUNCTION peernet.attributes_valid(attributes jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_typeof(attributes) = 'object' AND NOT EXISTS (
    SELECT FROM jsonb_each(CASE jsonb_typeof(attributes) WHEN 'object' THEN attributes ELSE '{}' END) AS a (name, value)
    WHERE NOT peernet.text_valid(name, 64)
       OR CASE jsonb_typeof(value)
          WHEN 'string' THEN value #>> '{}' = '' OR position(';' IN value #>> '{}') > 0
          WHEN 'array' THEN jsonb_array_length(value) = 0 OR EXISTS (
              SELECT FROM jsonb_array_elements(value) AS item
              WHERE jsonb_typeof(item) <> 'string' OR item #>> '{}' = '' OR position(';' IN item #>> '{}') > 0)
          ELSE true END);
COMMENT ON FUNCTION peernet.attributes_valid IS 'An object whose values are texts or lists of texts, none empty, none with a semicolon.';

CREATE TYPE peernet.organizer_kind AS ENUM ('municipal', 'independent', 'regional', 'state');

CREATE TABLE peernet.organizers (
    id           text COLLATE "C" PRIMARY KEY CHECK (peernet.text_valid(id, 64)),
    name         text NOT NULL CHECK (peernet.text_valid(name, 500)),
    kind         peernet.organizer_kind NOT NULL,
    municipality text NOT NULL DEFAULT '' CHECK (municipality = '' OR peernet.text_valid(municipality, 64)),
    county       text NOT NULL DEFAULT '' CHECK (county = '' OR peernet.text_valid(county, 64)),
    lat          double precision CHECK (lat BETWEEN -90 AND 90),
    lon          double precision CHECK (lon BETWEEN -180 AND 180),
    pupils       integer CHECK (pupils >= 0),
    attributes   jsonb NOT NULL DEFAULT '{}' CHECK (peernet.attributes_valid(attributes)),
    CHECK ((lat IS NULL) = (lon IS NULL))
);
COMMENT ON TABLE peernet.organizers IS 'Who runs schools (skolhuvudman). Written by import and report intake.';
COMMENT ON COLUMN peernet.organizers.id IS 'Organisation number as text; leading zeros are kept.';
COMMENT ON COLUMN peernet.organizers.attributes IS 'Further attributes (attr.NAME of the import): a string, or an array of strings.';

CREATE TABLE peernet.challenges (
    code     text COLLATE "C" PRIMARY KEY CHECK (peernet.text_valid(code, 128)),
    category text NOT NULL CHECK (peernet.text_valid(category, 128)),
    label_sv text NOT NULL CHECK (peernet.text_valid(label_sv, 500)),
    label_en text NOT NULL CHECK (peernet.text_valid(label_en, 500))
);
COMMENT ON TABLE peernet.challenges IS 'The catalogue of challenges that organizers can report.';

CREATE TABLE peernet.reports (
    organizer   text COLLATE "C" NOT NULL REFERENCES peernet.organizers (id),
    challenge   text COLLATE "C" NOT NULL REFERENCES peernet.challenges (code),
    reported_on date NOT NULL,
    severity    smallint NOT NULL CHECK (severity BETWEEN 1 AND 5),
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 10000),
    PRIMARY KEY (organizer, challenge, reported_on)
);
COMMENT ON TABLE peernet.reports IS 'What organizers reported, one row a day at most for each challenge; the latest inside the window counts.';
CREATE INDEX reports_challenge ON peernet.reports (challenge);

CREATE TABLE peernet.programmes (
    name          text COLLATE "C" PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    title_sv      text NOT NULL CHECK (title_sv <> ''),
    title_en      text NOT NULL CHECK (title_en <> ''),
    settings      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    published_run bigint,
    published_at  timestamptz,
    CHECK ((published_run IS NULL) = (published_at IS NULL))
);
COMMENT ON TABLE peernet.programmes IS 'A named purpose with its settings and the run that is published for it.';
COMMENT ON COLUMN peernet.programmes.settings IS 'Differences from the default settings; checked against the table of settings by the programs.';
COMMENT ON COLUMN peernet.programmes.published_run IS 'The pointer that publishing moves; NULL before the first publication.';

CREATE SEQUENCE peernet.run_numbers;
COMMENT ON SEQUENCE peernet.run_numbers IS 'Numbers of runs, over all programmes; a number is taken before the work and may be lost with it.';

CREATE TABLE peernet.runs (
    run            bigint PRIMARY KEY,
    programme      text COLLATE "C" NOT NULL REFERENCES peernet.programmes (name),
    base_run       bigint,
    inputs_version bigint NOT NULL,
    inputs_digest  text NOT NULL CHECK (inputs_digest ~ '^[0-9a-f]{32}$'),
    settings       jsonb NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
    seed           bigint NOT NULL,
    effort         bigint NOT NULL CHECK (effort >= 0),
    as_of          date NOT NULL,
    versions       jsonb NOT NULL CHECK (jsonb_typeof(versions) = 'object'),
    figures        jsonb NOT NULL CHECK (jsonb_typeof(figures) = 'object'),
    started_at     timestamptz NOT NULL,
    finished_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (programme, run)
);
COMMENT ON TABLE peernet.runs IS 'One regrouping of a programme: inputs, settings, seed, versions, figures. Written whole by one transaction, never changed.';
COMMENT ON COLUMN peernet.runs.base_run IS 'What was published when the run read its inputs; publishing is refused (stale) when that has changed. No foreign key: the old run may have been removed since.';
COMMENT ON COLUMN peernet.runs.inputs_digest IS 'Hash of inputs, settings, seed and versions, but not of the day and of what was published before: equal to that of the published run it means that there is nothing to do.';
ALTER TABLE peernet.programmes ADD FOREIGN KEY (name, published_run) REFERENCES peernet.runs (programme, run);

CREATE TABLE peernet.networks (
    run       bigint NOT NULL REFERENCES peernet.runs (run),
    network   integer NOT NULL CHECK (network > 0),
    community integer,
    label_sv  text NOT NULL,
    label_en  text NOT NULL,
    reason_sv text NOT NULL,
    reason_en text NOT NULL,
    size      integer NOT NULL CHECK (size > 0),
    cohesion  real NOT NULL,
    shared    jsonb NOT NULL CHECK (jsonb_typeof(shared) = 'array'),
    PRIMARY KEY (run, network)
);
COMMENT ON TABLE peernet.networks IS 'The networks of a run. A network keeps its number from run to run.';
COMMENT ON COLUMN peernet.networks.shared IS 'Shared challenges, most telling first: [{"challenge": code, "share": 0-1, "lift": x}].';

CREATE TABLE peernet.members (
    run          bigint NOT NULL,
    organizer    text COLLATE "C" NOT NULL REFERENCES peernet.organizers (id),
    network      integer NOT NULL,
    fit          real NOT NULL,
    shared       text[] NOT NULL DEFAULT '{}',
    next_network integer,
    next_fit     real,
    reason_sv    text NOT NULL,
    reason_en    text NOT NULL,
    PRIMARY KEY (run, organizer),
    FOREIGN KEY (run, network) REFERENCES peernet.networks (run, network),
    CHECK ((next_network IS NULL) = (next_fit IS NULL))
);
COMMENT ON TABLE peernet.members IS 'Who is in which network of a run, with fit and reasons.';
COMMENT ON COLUMN peernet.members.shared IS 'Codes of the challenges it shares with other members, most shared first.';
CREATE INDEX members_network ON peernet.members (run, network);

CREATE TABLE peernet.unmatched (
    run       bigint NOT NULL REFERENCES peernet.runs (run),
    organizer text COLLATE "C" NOT NULL REFERENCES peernet.organizers (id),
    reason    text NOT NULL CHECK (reason IN ('nothing_reported', 'no_fit', 'over_capacity', 'constraint')),
    reason_sv text NOT NULL,
    reason_en text NOT NULL,
    PRIMARY KEY (run, organizer)
);
COMMENT ON TABLE peernet.unmatched IS 'Organizers left out of a run on purpose, each with its reason.';

CREATE TABLE peernet.pins (
    pin        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme  text COLLATE "C" NOT NULL REFERENCES peernet.programmes (name),
    rule       text NOT NULL CHECK (rule IN ('together', 'apart', 'keep')),
    organizers text[] NOT NULL CHECK (cardinality(organizers) >= CASE rule WHEN 'keep' THEN 1 ELSE 2 END),
    why        text NOT NULL DEFAULT '',
    made_by    text NOT NULL CHECK (made_by <> ''),
    made_at    timestamptz NOT NULL DEFAULT now(),
    until      date
);
COMMENT ON TABLE peernet.pins IS 'Rules that people set and every later run obeys.';
CREATE INDEX pins_programme ON peernet.pins (programme);

CREATE TABLE peernet.audit (
    entry     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    who       text NOT NULL CHECK (who <> ''),
    action    text NOT NULL CHECK (action <> ''),
    programme text COLLATE "C" REFERENCES peernet.programmes (name),
    run       bigint,
    detail    jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object')
);
COMMENT ON TABLE peernet.audit IS 'Who did what when, written in the transaction that did it. Outlives the runs it speaks of.';

CREATE TABLE peernet.state (
    single          boolean PRIMARY KEY DEFAULT true CHECK (single),
    inputs_version  bigint NOT NULL DEFAULT 0,
    results_version bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE peernet.state IS 'One row: counters that grow with each committed change of inputs (organizers, challenges, reports, programmes, pins) and of results (runs, publications). A daemon compares them with what it holds.';
INSERT INTO peernet.state DEFAULT VALUES;

INSERT INTO peernet.programmes (name, title_sv, title_en) VALUES ('default', 'Alla utmaningar', 'All challenges');
