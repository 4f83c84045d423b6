"""The tables of the line's database.

`journal` is what happened; the tables in `PROJECTED` follow from it and are changed in
the same transaction. `life`, `mark` and `cursors` stand on their own.
"""

PROJECTED = (
    "orders",
    "packages",
    "codes",
    "items",
    "containers",
    "children",
    "touches",
    "ranges",
    "tallies",
)

FIRST = (
    """CREATE TABLE life (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        epoch TEXT NOT NULL,
        line TEXT NOT NULL,
        created_ms INTEGER NOT NULL)""",
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        hash BLOB NOT NULL)""",
    # What the platform's ledger is known to hold, and where its feeds were left.
    """CREATE TABLE mark (
        epoch TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE cursors (
        feed TEXT PRIMARY KEY,
        cursor TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE orders (
        order_id TEXT PRIMARY KEY,
        product TEXT NOT NULL,
        batch TEXT NOT NULL,
        target INTEGER NOT NULL,
        spec TEXT NOT NULL,
        spec_version INTEGER NOT NULL,
        spec_json TEXT NOT NULL,
        close_short INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('received', 'started', 'closed')),
        started_seq INTEGER,
        closed_seq INTEGER) WITHOUT ROWID""",
    # Invariant I3 is a constraint: a commit that breaks the books is impossible.
    """CREATE TABLE packages (
        no INTEGER PRIMARY KEY,
        package TEXT NOT NULL UNIQUE,
        level TEXT NOT NULL,
        mode TEXT NOT NULL,
        order_id TEXT NOT NULL,
        codes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        leased_to INTEGER NOT NULL DEFAULT 0 CHECK (leased_to BETWEEN 0 AND codes),
        unused INTEGER NOT NULL CHECK (unused >= 0),
        in_flight INTEGER NOT NULL DEFAULT 0 CHECK (in_flight >= 0),
        good INTEGER NOT NULL DEFAULT 0 CHECK (good >= 0),
        rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected >= 0),
        voided INTEGER NOT NULL DEFAULT 0 CHECK (voided >= 0),
        sampled INTEGER NOT NULL DEFAULT 0 CHECK (sampled >= 0),
        CHECK (unused + in_flight + good + rejected + voided + sampled = codes))""",
    "CREATE INDEX packages_of_order ON packages (order_id, level)",
    # Only codes with a fate. A code without a row is in flight where it was leased
    # (`idx <= leased_to`) and unused otherwise. `why` is a reason or a cause.
    """CREATE TABLE codes (
        package INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('good', 'rejected', 'voided', 'sampled')),
        why TEXT,
        boot INTEGER,
        number INTEGER,
        PRIMARY KEY (package, idx)) WITHOUT ROWID""",
    # `verdict` is NULL where an item reached the gate without one.
    """CREATE TABLE items (
        boot INTEGER NOT NULL,
        number INTEGER NOT NULL,
        order_id TEXT NOT NULL,
        verdict TEXT CHECK (verdict IN ('passed', 'rejected')),
        reason TEXT,
        package INTEGER,
        idx INTEGER,
        outcome TEXT,
        PRIMARY KEY (boot, number)) WITHOUT ROWID""",
    "CREATE INDEX items_unresolved ON items (boot, number) WHERE outcome IS NULL",
    # The label stays named after it was voided: it may yet be read on the container.
    """CREATE TABLE containers (
        container INTEGER PRIMARY KEY,
        order_id TEXT NOT NULL,
        level TEXT NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('open', 'filled', 'labelled', 'closed')),
        children INTEGER NOT NULL DEFAULT 0,
        partial INTEGER NOT NULL DEFAULT 0,
        decided_by TEXT,
        label_package INTEGER,
        label_idx INTEGER,
        evidence TEXT)""",
    "CREATE INDEX containers_live ON containers (order_id, level, container)"
    " WHERE state <> 'closed'",
    "CREATE UNIQUE INDEX containers_label ON containers (label_package, label_idx)"
    " WHERE label_idx IS NOT NULL",
    # One live parent (promise 5) is the primary key.
    """CREATE TABLE children (
        package INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        container INTEGER NOT NULL,
        evidence TEXT NOT NULL,
        PRIMARY KEY (package, idx)) WITHOUT ROWID""",
    "CREATE INDEX children_of ON children (container)",
    # Which facts speak of a code: single codes in `touches`, leases in `ranges`.
    """CREATE TABLE touches (
        package INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (package, idx, seq)) WITHOUT ROWID""",
    """CREATE TABLE ranges (
        seq INTEGER NOT NULL,
        package INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (package, last, seq)) WITHOUT ROWID""",
    """CREATE TABLE tallies (
        order_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,
        n INTEGER NOT NULL CHECK (n >= 0),
        PRIMARY KEY (order_id, kind, value)) WITHOUT ROWID""",
)

# What is printed in plain text beside the code, as ISO dates; empty: not told.
ORDER_DATES = (
    "ALTER TABLE orders ADD COLUMN production TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE orders ADD COLUMN expiry TEXT NOT NULL DEFAULT ''",
)
