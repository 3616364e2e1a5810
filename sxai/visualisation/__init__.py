"""Visualisation: pictures whose features come closest to a target (S-XAI, "Feature visualization")."""
