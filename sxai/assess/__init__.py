"""The verdict: how far a prediction can be trusted, in plain words, and the evidence for it."""
