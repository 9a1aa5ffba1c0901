"""Where releases come from: each module implements `modpm.index.Index` and says where a release's bytes are."""
