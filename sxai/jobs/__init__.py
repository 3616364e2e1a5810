"""Jobs: long work in its own process, started, watched, cancelled and resumed through the catalogue."""

from sxai.jobs.launch import cancel, failures, resume, settle, start, tidy

__all__ = ["cancel", "failures", "resume", "settle", "start", "tidy"]
