"""Which hits of a query rest on poor spaces."""

from sxai.networks.verbs.networks import model_record
from sxai.project.project import Project
from sxai.search.query import parse
from sxai.spaces.verbs.stored import usable_spaces
from sxai.spaces.verbs.verdicts import poor_spaces


def query_doubts(project: Project, query: str, model: str | None = None) -> dict[str, str]:
    """Why the poor spaces that a query reads are poor, by name; those inside ``max(cat)`` and ``min(cat)`` count.

    Raises
    ------
    QueryError
        when the query does not parse.
    """
    parsed, poor = parse(query), poor_spaces(project, model)
    if not poor:
        return {}
    names = [space.full_name for space in usable_spaces(project, model_record(project, model))]
    return {name: poor[name] for name in parsed.reads(names) if name in poor}
