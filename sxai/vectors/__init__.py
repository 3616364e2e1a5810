"""Semantic vectors of concepts (SeVec): similarity, retrieval, gates, and their tests."""
