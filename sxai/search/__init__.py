"""Search by meaning: the query language and its three-valued logic."""
