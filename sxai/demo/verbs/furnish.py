"""What is slow to make comes with the package: the demo's pictures, occluders and automatic concepts.

``python -m benchmarks.furniture`` makes the file again from a filled demo. An analysis belongs to a network's weights
and to the demo's images, whose numbers and contents are the same wherever it is filled.
"""

import io
import json
import zipfile
from importlib import resources
from pathlib import Path

import numpy as np

from data_store.records import ModelRecord
from sxai.networks.verbs.networks import model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import Kept, keep, kept_all
from sxai.project.project import Project

PACKAGED = "furniture.zip"
INDEX = "index.json"
CHECKPOINT = "checkpoint"
"""Parameter that names the file of body and head; each filling writes its own, of the same packaged network."""
KINDS = ("visualisation", "vectors", "occluder", "prototypes", "prototype-names")
"""Kinds of analyses that come with the package, in the order in which they are stored."""


def furnish(project: Project, model: str, progress: Progress = silent) -> int:
    """Store the packaged analyses of that network that the project has not; how many these were.

    Nothing is stored where the network's weights are not the packaged ones.
    """
    record, stored = model_record(project, model), 0
    with resources.as_file(resources.files("sxai.demo") / PACKAGED) as path, zipfile.ZipFile(path) as archive:
        entries = [one for one in json.loads(archive.read(INDEX)) if one["network"] == record.sha256]
        known = {
            json.dumps(one.parameters, sort_keys=True) for kind in KINDS for one in kept_all(project, record, kind)
        }
        for done, entry in enumerate(entries):
            progress("furniture", done, len(entries))
            own = entry["parameters"] | ({CHECKPOINT: record.artefact} if CHECKPOINT in entry["parameters"] else {})
            whole = {**own, "network": record.sha256}
            if json.dumps(whole, sort_keys=True) not in known:
                arrays = _arrays(archive, entry["file"])
                keep(project, record, entry["kind"], own, entry["result"], arrays, entry["created"])
                stored += 1
        progress("furniture", len(entries), len(entries))
    return stored


def _arrays(archive: zipfile.ZipFile, name: str | None) -> dict[str, np.ndarray]:
    if name is None:
        return {}
    with np.load(io.BytesIO(archive.read(name)), allow_pickle=False) as arrays:
        return dict(arrays)


def pack(project: Project, model: str, target: Path) -> int:
    """Write the analyses of that network to ``target``; how many these are."""
    record = model_record(project, model)
    index: list[dict[str, object]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for kind in KINDS:
            for outcome in kept_all(project, record, kind):
                name = f"{len(index)}.npz" if outcome.arrays else None
                if name is not None:
                    buffer = io.BytesIO()
                    np.savez(buffer, allow_pickle=False, **outcome.arrays)
                    archive.writestr(zipfile.ZipInfo(name), buffer.getvalue(), zipfile.ZIP_DEFLATED)
                index.append(_entry(record, kind, name, outcome))
        archive.writestr(zipfile.ZipInfo(INDEX), json.dumps(index, indent=1), zipfile.ZIP_DEFLATED)
    return len(index)


def _entry(record: ModelRecord, kind: str, file: str | None, outcome: Kept) -> dict[str, object]:
    """One analysis in the index; names of concepts refer to their training by its creation time."""
    own = {name: value for name, value in outcome.parameters.items() if name != "network"}
    made = {"kind": kind, "created": outcome.created, "parameters": own, "result": outcome.result}
    return {"network": record.sha256, "file": file, **made}
