"""Masks to and from the files of other annotation programs, without loss where the format allows it."""
