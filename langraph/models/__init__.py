"""The nouns of the program. Frozen, complete, no I/O."""
