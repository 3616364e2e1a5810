"""Common traits: what the samples of a class share in a network's features."""
