-- 013: plans that are kept, and what became of invitations. No run rests on either.

CREATE TABLE peernet.plans (
    plan       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme  text COLLATE "C" NOT NULL REFERENCES peernet.programmes (name),
    name       text NOT NULL CHECK (peernet.text_valid(name, 100)),
    run        bigint,
    document   jsonb NOT NULL,
    made_by    text NOT NULL CHECK (made_by <> ''),
    made_at    timestamptz NOT NULL DEFAULT now(),
    adopted_by text CHECK (adopted_by <> ''),
    adopted_at timestamptz,
    CHECK ((adopted_by IS NULL) = (adopted_at IS NULL))
);
COMMENT ON TABLE peernet.plans IS 'Who is invited when, as plan.make said it and somebody kept it. Written by save_plan; adopt_plan says which one is followed.';
COMMENT ON COLUMN peernet.plans.run IS 'The run whose networks it invites; it may be gone. NULL: none was published.';
COMMENT ON COLUMN peernet.plans.document IS 'The plan: terms, invitations, who waits.';
COMMENT ON COLUMN peernet.plans.adopted_at IS 'The plan adopted last is the one that a programme follows.';

CREATE TABLE peernet.contacts (
    contact   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme text COLLATE "C" NOT NULL REFERENCES peernet.programmes (name),
    organizer text COLLATE "C" NOT NULL REFERENCES peernet.organizers (id),
    outcome   text NOT NULL CHECK (outcome IN ('invited', 'met', 'support', 'declined')),
    happened  date NOT NULL,
    plan      bigint REFERENCES peernet.plans (plan),
    who       text NOT NULL CHECK (who <> ''),
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX contacts_organizer ON peernet.contacts (programme, organizer);
COMMENT ON TABLE peernet.contacts IS 'What became of an organizer: invited, met in a group, went on to individual support, declined. Later plans leave out whom it names. Written by record_contacts.';

CREATE FUNCTION peernet.plans_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint;
    was jsonb;
    becomes jsonb;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        SELECT count(*), jsonb_agg(to_jsonb(r) - 'document') INTO n, becomes FROM new_rows AS r;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        SELECT count(*), jsonb_agg(to_jsonb(r) - 'document') INTO n, was FROM old_rows AS r;
    END IF;
    IF n > 0 THEN
        PERFORM peernet.results_changed();
        PERFORM peernet.audit_rows(TG_TABLE_NAME,
            CASE TG_OP WHEN 'INSERT' THEN 'add' WHEN 'DELETE' THEN 'remove' ELSE 'change' END,
            n, CASE WHEN n <= 20 THEN was END, CASE WHEN n <= 20 THEN becomes END);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.plans_emptied() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM peernet.results_changed();
    INSERT INTO peernet.audit (who, action) VALUES (peernet.actor(), TG_TABLE_NAME || '.empty');
    RETURN NULL;
END $$;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['plans', 'contacts'] LOOP
        EXECUTE format('CREATE TRIGGER state_first BEFORE INSERT OR UPDATE OR DELETE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.state_first()', one);
        EXECUTE format('CREATE TRIGGER rows_added AFTER INSERT ON peernet.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.plans_changed()', one);
        EXECUTE format('CREATE TRIGGER rows_removed AFTER DELETE ON peernet.%I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.plans_changed()', one);
        EXECUTE format('CREATE TRIGGER rows_updated AFTER UPDATE ON peernet.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.plans_changed()', one);
        EXECUTE format('CREATE TRIGGER rows_emptied AFTER TRUNCATE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.plans_emptied()', one);
    END LOOP;
END $$;

CREATE FUNCTION peernet.save_plan(programme text, name text, run bigint, document jsonb, who text, origin text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    made bigint;
BEGIN
    PERFORM peernet.act_for(save_plan.who, save_plan.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    INSERT INTO peernet.plans (programme, name, run, document, made_by)
    VALUES (save_plan.programme, save_plan.name, save_plan.run, save_plan.document, save_plan.who) RETURNING plan INTO made;
    RETURN to_json(made);
END $$;
COMMENT ON FUNCTION peernet.save_plan IS 'Keeps a plan and returns its number.';

-- A plan in words of the protocol; without its document it is one line of a list.
CREATE FUNCTION peernet.plan_json(p peernet.plans) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT jsonb_build_object('plan', p.plan, 'programme', p.programme, 'name', p.name, 'run', p.run, 'made_by', p.made_by,
        'made_at', to_char(p.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'adopted_by', p.adopted_by,
        'adopted_at', to_char(p.adopted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'followed', p.adopted_at IS NOT NULL AND NOT EXISTS (SELECT FROM peernet.plans AS later
            WHERE later.programme = p.programme AND (later.adopted_at, later.plan) > (p.adopted_at, p.plan)));
END;

CREATE FUNCTION peernet.adopt_plan(plan bigint, who text, origin text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    p peernet.plans;
BEGIN
    PERFORM peernet.act_for(adopt_plan.who, adopt_plan.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    UPDATE peernet.plans AS q SET adopted_by = adopt_plan.who, adopted_at = clock_timestamp()
    WHERE q.plan = adopt_plan.plan RETURNING q.* INTO p;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no plan %', adopt_plan.plan USING ERRCODE = 'PN003';
    END IF;
    RETURN json_build_object('plan', p.plan, 'programme', p.programme, 'name', p.name);
END $$;
COMMENT ON FUNCTION peernet.adopt_plan IS 'From now on the programme follows this plan. PN003: there is none of that number.';

CREATE FUNCTION peernet.get_plan(plan bigint) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p peernet.plans;
    happened jsonb;
BEGIN
    SELECT * INTO p FROM peernet.plans AS q WHERE q.plan = get_plan.plan;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no plan %', get_plan.plan USING ERRCODE = 'PN003';
    END IF;
    -- Of its organizers, by what became of each last.
    SELECT coalesce(jsonb_object_agg(outcome, n), '{}') INTO happened FROM (
        SELECT outcome, count(*) AS n FROM (
            SELECT DISTINCT ON (c.organizer) c.outcome FROM peernet.contacts AS c
            WHERE c.programme = p.programme AND c.plan = p.plan ORDER BY c.organizer, c.happened DESC, c.contact DESC) AS last
        GROUP BY outcome) AS counts;
    RETURN json_build_object('plan', peernet.plan_json(p), 'document', p.document, 'outcomes', happened);
END $$;

CREATE FUNCTION peernet.record_contacts(programme text, outcome text, organizers text[], happened date, plan bigint, who text, origin text)
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    n bigint;
BEGIN
    PERFORM peernet.act_for(record_contacts.who, record_contacts.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    IF record_contacts.plan IS NOT NULL AND NOT EXISTS (SELECT FROM peernet.plans AS p WHERE p.plan = record_contacts.plan
                                                         AND p.programme = record_contacts.programme) THEN
        RAISE EXCEPTION 'programme % has no plan %', record_contacts.programme, record_contacts.plan USING ERRCODE = 'PN003';
    END IF;
    INSERT INTO peernet.contacts (programme, organizer, outcome, happened, plan, who)
    SELECT record_contacts.programme, o, record_contacts.outcome, record_contacts.happened, record_contacts.plan, record_contacts.who
    FROM unnest(record_contacts.organizers) AS o
    WHERE NOT EXISTS (SELECT FROM peernet.contacts AS c WHERE c.programme = record_contacts.programme AND c.organizer = o
        AND (c.outcome, c.happened) = (record_contacts.outcome, record_contacts.happened)
        AND c.plan IS NOT DISTINCT FROM record_contacts.plan);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN json_build_object('outcome', record_contacts.outcome, 'on', to_char(record_contacts.happened, 'YYYY-MM-DD'),
        'recorded', n, 'known', cardinality(record_contacts.organizers) - n);
END $$;
COMMENT ON FUNCTION peernet.record_contacts IS 'Notes what became of organizers, each once; what was noted before is known. PN003: no such plan of the programme.';

REVOKE ALL ON FUNCTION peernet.save_plan, peernet.adopt_plan, peernet.record_contacts, peernet.plans_changed, peernet.plans_emptied FROM PUBLIC;
GRANT SELECT ON peernet.plans, peernet.contacts TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.save_plan, peernet.adopt_plan, peernet.record_contacts TO peernet_daemon;
