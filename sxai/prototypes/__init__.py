"""Prototypes: concepts that a network's maps fall into, found without a person (AS-XAI)."""
