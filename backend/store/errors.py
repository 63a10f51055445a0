"""What can keep the store from answering; programs without the web framework raise and catch these too."""


class StoreUnavailable(RuntimeError):
    """The database does not answer, or was never migrated; the message says which and what to do."""


class StoreFull(StoreUnavailable):
    """The database has no room to write; it goes on when there is."""
