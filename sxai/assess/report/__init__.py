"""A report on many assessments, as a page (HTML) and a document (PDF)."""
