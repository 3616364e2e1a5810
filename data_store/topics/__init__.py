"""What the catalogue can do, by topic; :class:`data_store.catalogue.Catalogue` is all of them together."""
