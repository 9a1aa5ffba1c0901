"""Where releases come from: modules here implement `modpm.index.Index` and find the bytes."""
