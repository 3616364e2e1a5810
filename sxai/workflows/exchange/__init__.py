"""Masks to and from the files of other annotation programs, without loss where the format allows it."""

from sxai.workflows.exchange.running import FORMATS, export_masks, import_masks, read_marked

__all__ = ["FORMATS", "export_masks", "import_masks", "read_marked"]
