CREATE TABLE budget_item (
    id UUID NOT NULL,
    authority_id UUID NOT NULL,
    programme_id UUID NOT NULL,
    key VARCHAR NOT NULL,
    title JSONB NOT NULL,
    chapter VARCHAR NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT budget_item_key UNIQUE (programme_id, key),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    FOREIGN KEY(programme_id) REFERENCES programme (id)
);

CREATE TABLE budget_year (
    item_id UUID NOT NULL,
    year INTEGER NOT NULL,
    authority_id UUID NOT NULL,
    appropriation NUMERIC(14, 2),
    carried NUMERIC(14, 2) NOT NULL,
    reserved NUMERIC(14, 2) NOT NULL,
    committed NUMERIC(14, 2) NOT NULL,
    ordered NUMERIC(14, 2) NOT NULL,
    paid NUMERIC(14, 2) NOT NULL,
    returned NUMERIC(14, 2) NOT NULL,
    PRIMARY KEY (item_id, year),
    CONSTRAINT budget_year_sums CHECK (reserved >= 0 and committed >= 0 and ordered >= 0 and paid >= 0 and returned >= 0),
    CONSTRAINT budget_year_overdrawn CHECK (appropriation is null or reserved + committed + ordered + paid <= appropriation + carried),
    FOREIGN KEY(item_id) REFERENCES budget_item (id),
    FOREIGN KEY(authority_id) REFERENCES authority (id)
);

CREATE TABLE commitment_authority (
    item_id UUID NOT NULL,
    budget_year INTEGER NOT NULL,
    due_year INTEGER NOT NULL,
    authority_id UUID NOT NULL,
    amount NUMERIC(14, 2) NOT NULL,
    used NUMERIC(14, 2) NOT NULL,
    PRIMARY KEY (item_id, budget_year, due_year),
    CONSTRAINT commitment_authority_later CHECK (due_year > budget_year),
    CONSTRAINT commitment_authority_overdrawn CHECK (used >= 0 and used <= amount),
    FOREIGN KEY(item_id) REFERENCES budget_item (id),
    FOREIGN KEY(authority_id) REFERENCES authority (id)
);

CREATE TABLE ledger_entry (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    booking UUID NOT NULL,
    authority_id UUID NOT NULL,
    item_id UUID NOT NULL,
    case_id UUID,
    payment_id UUID,
    budget_year INTEGER NOT NULL,
    due_year INTEGER NOT NULL,
    bucket VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    amount NUMERIC(14, 2) NOT NULL,
    reason VARCHAR NOT NULL,
    by UUID,
    by_name VARCHAR NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ledger_entry_amount CHECK (amount <> 0),
    CONSTRAINT ledger_entry_years CHECK (due_year >= budget_year),
    CONSTRAINT ledger_entry_bucket CHECK (bucket in ('appropriation','authority','carried','reserved','committed','ordered','paid','returned')),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    FOREIGN KEY(item_id) REFERENCES budget_item (id),
    FOREIGN KEY(case_id) REFERENCES grant_case (id),
    FOREIGN KEY(payment_id) REFERENCES payment (id),
    FOREIGN KEY(by) REFERENCES account (id)
);

CREATE INDEX ix_ledger_case ON ledger_entry (case_id, id) WHERE case_id is not null;

CREATE INDEX ix_ledger_item ON ledger_entry (item_id, due_year, id);

CREATE TABLE bank_account (
    id UUID NOT NULL,
    organisation_id UUID,
    authority_id UUID,
    holder VARCHAR NOT NULL,
    iban VARCHAR NOT NULL,
    bic VARCHAR NOT NULL,
    bank VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CONSTRAINT bank_account_owner CHECK ((organisation_id is null) <> (authority_id is null)),
    CONSTRAINT bank_account_state CHECK (state in ('proposed','confirmed','refused','replaced')),
    CONSTRAINT bank_account_four_eyes CHECK (decided_by is null or decided_by <> proposed_by),
    FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    FOREIGN KEY(proposed_by) REFERENCES account (id),
    FOREIGN KEY(decided_by) REFERENCES account (id)
);

CREATE UNIQUE INDEX ux_bank_account_authority ON bank_account (authority_id, state) WHERE authority_id is not null and state in ('proposed','confirmed');

CREATE UNIQUE INDEX ux_bank_account_organisation ON bank_account (organisation_id, state) WHERE organisation_id is not null and state in ('proposed','confirmed');

CREATE TABLE payment_file (
    id UUID NOT NULL,
    authority_id UUID NOT NULL,
    number INTEGER NOT NULL,
    message_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    execution_on DATE NOT NULL,
    payments INTEGER NOT NULL,
    total NUMERIC(14, 2) NOT NULL,
    xml BYTEA NOT NULL,
    csv BYTEA NOT NULL,
    xml_sha256 VARCHAR NOT NULL,
    csv_sha256 VARCHAR NOT NULL,
    prepared_by UUID NOT NULL,
    prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    released_by UUID,
    released_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    CONSTRAINT payment_file_number UNIQUE (authority_id, number),
    CONSTRAINT payment_file_state CHECK (state in ('prepared','released','discarded')),
    CONSTRAINT payment_file_four_eyes CHECK (released_by is null or released_by <> prepared_by),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    UNIQUE (message_id),
    FOREIGN KEY(prepared_by) REFERENCES account (id),
    FOREIGN KEY(released_by) REFERENCES account (id)
);

CREATE TABLE payment_file_entry (
    payment_id UUID NOT NULL,
    file_id UUID NOT NULL,
    authority_id UUID NOT NULL,
    position INTEGER NOT NULL,
    end_to_end_id VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    holder VARCHAR NOT NULL,
    iban VARCHAR NOT NULL,
    bic VARCHAR NOT NULL,
    amount NUMERIC(14, 2) NOT NULL,
    outcome VARCHAR NOT NULL,
    outcome_on DATE,
    outcome_reason VARCHAR NOT NULL,
    PRIMARY KEY (payment_id),
    FOREIGN KEY(payment_id) REFERENCES payment (id),
    FOREIGN KEY(file_id) REFERENCES payment_file (id),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    UNIQUE (end_to_end_id)
);

CREATE INDEX ix_payment_file_entry_file ON payment_file_entry (file_id, position);

CREATE TABLE payment_return (
    id UUID NOT NULL,
    authority_id UUID NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    paid INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    by UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT payment_return_once UNIQUE (authority_id, sha256),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    FOREIGN KEY(by) REFERENCES account (id)
);

CREATE TABLE ranking (
    id UUID NOT NULL,
    authority_id UUID NOT NULL,
    call_id UUID NOT NULL,
    item_id UUID,
    mode VARCHAR NOT NULL,
    free NUMERIC(14, 2) NOT NULL,
    reserved NUMERIC(14, 2) NOT NULL,
    places JSONB NOT NULL,
    reasons VARCHAR NOT NULL,
    by UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(authority_id) REFERENCES authority (id),
    FOREIGN KEY(call_id) REFERENCES call (id),
    FOREIGN KEY(item_id) REFERENCES budget_item (id),
    FOREIGN KEY(by) REFERENCES account (id)
);

CREATE INDEX ix_ranking_call_id ON ranking (call_id);

