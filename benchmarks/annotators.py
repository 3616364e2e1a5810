"""Is a click ever lost? ``python -m benchmarks.annotators [--out build/results]``.

First many annotators, each a process of its own, edit masks of a few images at once, through the same verbs as the app.
Every acknowledged edit must be in the log, every refused one reported to both sides. Then annotators are killed
(SIGKILL) at random moments: what they had been told is saved must be there, and the catalogue sound.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pages import RESULTS, render, write_json, write_page
from data_store.errors import CatalogueError, Locked
from sxai.errors import EditConflict
from sxai.images.decode import encode, pixel_hash
from sxai.masks.superpixels import SlicParameters
from sxai.masks.verbs.history import mask_conflicts
from sxai.masks.verbs.save import add_concept, save_labels
from sxai.project.project import Project

CONCEPT, SLIC, PIECES = "cat.eyes", SlicParameters(20), 9
SIDE = 48
AT_ONCE = multiprocessing.get_context("forkserver")
AT_ONCE.set_forkserver_preload(["sxai.masks.verbs.save"])
"""Annotators start from a process that has loaded everything once, so that many fit into memory."""


def prepare(home: Path, images: int) -> list[int]:
    """A project with a few pictures of coloured squares; their ids."""
    with Project.open(home, device="cpu") as project:
        source = project.catalogue.add_dataset("squares", "drawn")
        ids = []
        for number in range(images):
            pixels = _squares(number)
            image_id, _ = project.catalogue.add_image(
                dataset_id=source,
                class_name="cat",
                split="train",
                sha256=pixel_hash(pixels),
                artefact=project.artefacts.write("images", ".png", encode(pixels, "png")),
                name=f"{number}.png",
                width=SIDE,
                height=SIDE,
                format="PNG",
            )
            ids.append(image_id)
        add_concept(project, CONCEPT)
        return ids


def _squares(number: int) -> np.ndarray:
    colours = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return colours.repeat(SIDE // 4, axis=0).repeat(SIDE // 4, axis=1)


def annotate(home: Path, ids: Sequence[int], edits: int, number: int, say: Connection) -> None:
    """One annotator: looks at a mask, thinks, toggles one superpixel, and begins anew where another was faster.

    Tells each acknowledged edit as (image, version, superpixels), each conflict as (image,), and () when the catalogue
    was kept busy for the whole timeout, after which it tries again.
    """
    chance = random.Random(number)
    with Project.open(home, device="cpu") as project:
        for _ in range(edits):
            image = chance.choice(ids)
            while True:
                stored = project.catalogue.mask(image, *CONCEPT.split("."))
                time.sleep(chance.uniform(0, 0.01))
                chosen = set(stored.labels or ()) if stored else set()
                chosen ^= {chance.randrange(PIECES)}
                try:
                    saved = save_labels(
                        project,
                        image,
                        CONCEPT,
                        chosen or {0},
                        None,
                        SLIC,
                        f"annotator {number}",
                        stored.version if stored else 0,
                    )
                except EditConflict:
                    say.send((image,))
                    continue
                except Locked:
                    say.send(())  # the app says "not saved yet" then, and the browser sends it again
                    continue
                say.send((image, saved.version, saved.labels))
                break
    say.close()


def together(home: Path, annotators: int, edits: int, images: int) -> dict[str, Any]:
    """Many annotators at once; numbers of edits acknowledged, refused, found in the log and missing."""
    ids = prepare(home, images)
    began = time.perf_counter()
    processes, ears = [], []
    for number in range(annotators):
        ear, mouth = AT_ONCE.Pipe(duplex=False)
        process = AT_ONCE.Process(target=annotate, args=(home, ids, edits, number, mouth))
        process.start()
        mouth.close()
        processes.append(process)
        ears.append(ear)
    said = {f"annotator {number}": heard for number, heard in enumerate(_listen(ears))}
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    failed = sum(process.exitcode != 0 for process in processes)
    return {
        "annotators": annotators,
        "edits each": edits,
        "images": images,
        "seconds": round(seconds, 1),
        "processes that failed": failed,
        **compare(home, ids, said),
        **sound(home),
    }


def _listen(ears: Sequence[Connection]) -> list[list[tuple[Any, ...]]]:
    """All messages of the annotators until every process has ended."""
    heard: list[list[tuple[Any, ...]]] = [[] for _ in ears]
    open_ears = list(ears)
    while open_ears:
        for ear in multiprocessing.connection.wait(open_ears):
            try:
                heard[ears.index(ear)].append(ear.recv())  # type: ignore[arg-type,union-attr]
            except EOFError:
                open_ears.remove(ear)  # type: ignore[arg-type]
    return heard


def compare(home: Path, ids: Sequence[int], said: dict[str, list[tuple[Any, ...]]]) -> dict[str, Any]:
    """Comparison of the annotators' acknowledgements with the log of edits."""
    with Project.open(home, device="cpu") as project:
        log = {image: project.catalogue.mask_events(image, *CONCEPT.split(".")) for image in ids}
        stored = {image: project.catalogue.mask(image, *CONCEPT.split(".")) for image in ids}
        told = mask_conflicts(project, CONCEPT)
    done = [(author, *one) for author, heard in said.items() for one in heard if len(one) == 3]
    refused = Counter(author for author, heard in said.items() for one in heard if len(one) == 1)
    found = {
        (event.author, image, event.version, tuple(event.after["labels"] or ()))
        for image, events in log.items()
        for event in events
        if event.after
    }
    broken = sum(
        later.before != earlier.after or later.version != earlier.version + 1
        for events in log.values()
        for earlier, later in pairwise(events)
    )
    last = sum(bool(log[image]) and log[image][-1].version != stored[image].version for image in ids if stored[image])
    return {
        "acknowledged": len(done),
        "lost": len(set(done) - found),
        "told to wait, then tried again": sum(not one for heard in said.values() for one in heard),
        "edits in the log that nobody was told of": len(found - set(done)),
        "breaks in the chain of before and after": broken,
        "masks that are not as the log says": last,
        "conflicts": sum(refused.values()),
        "conflicts kept for both sides": len(told),
        "conflicts not reported": sum((refused - Counter(one.author for one in told)).values()),
        "conflicts without another side": sum(one.other in ("", one.author) for one in told),
    }


def sound(home: Path) -> dict[str, Any]:
    """Whether the database is whole, as SQLite checks it."""
    with sqlite3.connect(home / "catalogue.sqlite") as connection:
        ok = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        orphans = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    connection.close()
    return {"corrupt": int(not ok), "orphans": orphans}


def killed(home: Path, kills: int, images: int, seed: int = 0) -> dict[str, Any]:
    """One annotator after the other, each killed at a random moment while saving."""
    ids = prepare(home, images)
    chance = random.Random(seed)
    began = time.perf_counter()
    said: dict[str, list[tuple[Any, ...]]] = {}
    corrupt = unable = 0
    for number in range(kills):
        ear, mouth = AT_ONCE.Pipe(duplex=False)
        process = AT_ONCE.Process(target=annotate, args=(home, ids, 10**6, number, mouth))
        process.start()
        mouth.close()
        first = ear.recv()  # it is at work
        time.sleep(chance.uniform(0.0, 0.3))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        said[f"annotator {number}"] = [first, *_rest(ear)]
        corrupt += sound(home)["corrupt"]
        unable += _unable(home, number)
    result = compare(home, ids, said)
    return {
        "kills": kills,
        "seconds": round(time.perf_counter() - began, 1),
        "acknowledged": result["acknowledged"],
        "acknowledged and lost": result["lost"],
        "catalogues found corrupt": corrupt,
        "catalogues that could not be written afterwards": unable,
        "edits stored just before their acknowledgement": result["edits in the log that nobody was told of"],
        "breaks in the chain of before and after": result["breaks in the chain of before and after"],
        "orphans": sound(home)["orphans"],
    }


def _rest(ear: Connection) -> list[tuple[Any, ...]]:
    """Complete messages still in the pipe; a truncated one was never acknowledged."""
    heard = []
    try:
        while True:
            heard.append(ear.recv())
    except (EOFError, OSError):
        return heard


def _unable(home: Path, number: int) -> int:
    try:
        with Project.open(home, device="cpu") as project:
            project.catalogue.set_setting("last kill", number)
    except CatalogueError:
        return 1
    return 0


def page(results: dict[str, Any]) -> str:
    """Both tables as Markdown."""
    return render("annotators", **results)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=32)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--images", type=int, default=5)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--parts", default="together,killed", help="which to run anew; the others stay as written")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    kept = chosen.out / "annotators.json"
    results = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for part in chosen.parts.split(","):
        with tempfile.TemporaryDirectory() as folder:
            if part == "together":
                results[part] = together(Path(folder), chosen.annotators, chosen.edits, chosen.images)
            else:
                results[part] = killed(Path(folder), chosen.kills, chosen.images)
        write_json(kept, results)
    if results.keys() >= {"together", "killed"}:
        write_page(chosen.out / "annotators.md", page(results))


if __name__ == "__main__":
    main()
