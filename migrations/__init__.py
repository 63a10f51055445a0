"""The schema of the store, step by step; applied by `backend.store.migration`."""
