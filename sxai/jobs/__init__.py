"""Jobs: long work in its own process, started, watched, cancelled and resumed through the catalogue."""

from sxai.jobs.launch import cancel, resume, start, tidy

__all__ = ["cancel", "resume", "start", "tidy"]
