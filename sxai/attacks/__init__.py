"""Adversarial inputs: made, detected, and counted over strengths."""
