-- 005: tokens, by which programs and people log in to the daemon. A token is 256 random bits that were shown once; only
-- their SHA-256 is here, which cannot be turned back. Daemons hold what is valid in memory.

CREATE TABLE peernet.tokens (
    token      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text COLLATE "C" NOT NULL CHECK (peernet.text_valid(name, 64)),
    role       text NOT NULL CHECK (role IN ('reader', 'reporter', 'operator', 'admin')),
    hash       bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL CHECK (created_by <> ''),
    expires_at timestamptz CHECK (expires_at > created_at),
    used_on    date,
    revoked_at timestamptz,
    revoked_by text CHECK (revoked_by <> ''),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
COMMENT ON TABLE peernet.tokens IS 'Tokens for logging in to the daemon, as SHA-256. Made and revoked by create_token and revoke_token.';
COMMENT ON COLUMN peernet.tokens.hash IS 'SHA-256 of the token''s text, "pn_" and what follows.';
COMMENT ON COLUMN peernet.tokens.expires_at IS 'NULL: never.';
COMMENT ON COLUMN peernet.tokens.used_on IS 'The last day on which somebody logged in by it; NULL: nobody has.';
CREATE UNIQUE INDEX tokens_name ON peernet.tokens (name) WHERE revoked_at IS NULL;

-- Whatever changes who may log in is told, however it came about.
CREATE FUNCTION peernet.tokens_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('peernet', 'tokens');
    RETURN NULL;
END $$;
CREATE TRIGGER tokens_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF name, role, hash, expires_at, revoked_at
    ON peernet.tokens FOR EACH STATEMENT EXECUTE FUNCTION peernet.tokens_changed();

CREATE FUNCTION peernet.create_token(INOUT name text, INOUT role text, hash bytea, lifetime interval, who text,
                                     OUT created_at timestamptz, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO peernet.tokens AS t (name, role, hash, created_by, expires_at)
    VALUES (create_token.name, create_token.role, create_token.hash, create_token.who, now() + create_token.lifetime)
    RETURNING t.created_at, t.expires_at INTO create_token.created_at, create_token.expires_at;
    INSERT INTO peernet.audit (who, action, detail)
    VALUES (create_token.who, 'token.create', jsonb_build_object(
        'name', create_token.name, 'role', create_token.role, 'expires_at', create_token.expires_at));
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'there is a token % already', create_token.name
        USING ERRCODE = 'invalid_parameter_value', HINT = 'revoke it first, or take another name';
END $$;
COMMENT ON FUNCTION peernet.create_token IS
    'Adds a token by its SHA-256, with its audit row. lifetime NULL: it never expires. Refused (22023) while another of that name is not revoked.';

CREATE FUNCTION peernet.revoke_token(INOUT name text, who text, OUT revoked_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    UPDATE peernet.tokens t SET revoked_at = clock_timestamp(), revoked_by = revoke_token.who
    WHERE t.name = revoke_token.name AND t.revoked_at IS NULL
    RETURNING t.revoked_at INTO revoke_token.revoked_at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no token %', revoke_token.name USING ERRCODE = 'PN003';
    END IF;
    INSERT INTO peernet.audit (who, action, detail)
    VALUES (revoke_token.who, 'token.revoke', jsonb_build_object('name', revoke_token.name));
END $$;
COMMENT ON FUNCTION peernet.revoke_token IS 'Ends a token for good, with its audit row. PN003: no token of that name is in force.';

CREATE FUNCTION peernet.note_login(token bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    UPDATE peernet.tokens t SET used_on = current_date
    WHERE t.token = note_login.token AND t.used_on IS DISTINCT FROM current_date;
END;
COMMENT ON FUNCTION peernet.note_login IS 'Remembers that a token was used today.';

REVOKE ALL ON FUNCTION peernet.tokens_changed, peernet.create_token, peernet.revoke_token, peernet.note_login FROM PUBLIC;
-- The daemon reads hashes; it changes tokens only by these functions, so never without an audit row.
GRANT SELECT ON peernet.tokens TO peernet_daemon;
GRANT EXECUTE ON FUNCTION peernet.create_token, peernet.revoke_token, peernet.note_login TO peernet_daemon;
