"""Where releases come from: each module implements `modpm.index.Index` and fetches into the store."""
