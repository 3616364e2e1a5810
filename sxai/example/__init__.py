"""Worked examples: one picture with its verdict, the parts that decide, and pictures like it."""
