"""Several processes on one catalogue, some of them killed: nothing that was acknowledged may be lost."""

import random
import shutil
import signal
import sqlite3
import time

import pytest

from data_store.backup import backup
from data_store.catalogue import Catalogue
from data_store.engine import wanted_journal_mode
from data_store.errors import Locked

PROCESSES = 4
EDITS = 20

MASK = (
    "def save(catalogue, image, labels, expected):\n"
    "    return catalogue.save_mask(image, 'cat', 'eyes', labels, None, None, None,\n"
    "        {'size': [1, 1], 'counts': [1]}, 'manual', 'child', expected_version=expected)\n"
)

WORK_TOGETHER = (
    "import os, sys; from data_store.catalogue import Catalogue; from data_store.errors import Conflict\n" + MASK + "\n"
    "print('ready', flush=True); sys.stdin.readline()\n"
    "with Catalogue.open(sys.argv[1]) as catalogue:\n"
    "    claimed = [id for id in range(1, 21) if catalogue.claim_job(id, os.getpid())]\n"
    "    for _ in range(int(sys.argv[2])):\n"
    "        mask = catalogue.mask(1, 'cat', 'eyes')\n"
    "        while True:\n"
    "            try:\n"
    "                save(catalogue, 1, [mask.labels[0] + 1], mask.version); break\n"
    "            except Conflict as conflict:\n"
    "                mask = conflict.stored\n"
    "        with catalogue.write():\n"
    "            catalogue.set_setting('n', catalogue.get_setting('n') + 1)\n"
    "print(*claimed)"
)

SAVE_AND_ACKNOWLEDGE = (
    "import sys; from data_store.catalogue import Catalogue\n" + MASK + "\n"
    "first, last = int(sys.argv[2]), int(sys.argv[3])\n"
    "with Catalogue.open(sys.argv[1]) as catalogue:\n"
    "    version = {}\n"
    "    for turn in range(100_000):\n"
    "        image = first + turn % (last - first + 1)\n"
    "        version[image] = save(catalogue, image, [turn], version.get(image)).version\n"
    "        print(image, turn, version[image], flush=True)\n"
)

HALF_DONE = (
    "import sys, time; from sqlalchemy import text; from data_store.catalogue import Catalogue\n"
    "with Catalogue.open(sys.argv[1]) as catalogue, catalogue.write() as session:\n"
    "    session.execute(text('PRAGMA cache_size=10'))\n"
    "    session.execute(text(\"UPDATE image SET name = 'overwritten ' || name, format = hex(zeroblob(200))\"))\n"
    "    print('inside', flush=True); time.sleep(60)\n"
)


def finish(processes):
    """The output of processes that must all succeed."""
    outputs = []
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        outputs.append(output)
    return outputs


def kill(process):
    """Kill -9, and what it had said before."""
    process.send_signal(signal.SIGKILL)
    output = process.stdout.read()  # not communicate: it would lose what readline has buffered
    assert process.wait(timeout=10) == -signal.SIGKILL
    return output


def assert_sound(file):
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.fixture(scope="module")
def together(tmp_path_factory, empty_file, child):
    """What four processes left that worked on the same mask, setting and jobs, and which jobs each of them got."""
    file = shutil.copy(empty_file, tmp_path_factory.mktemp("together") / "catalogue.sqlite")
    with Catalogue.open(file) as catalogue:
        dataset = catalogue.add_dataset("photos", "x")
        catalogue.add_image(dataset, "cat", "train", "h", "images/a.png", "a.png", 1, 1, "png")
        catalogue.save_mask(1, "cat", "eyes", [0], None, None, None, {"size": [1, 1]}, "manual", "ann")
        catalogue.set_setting("n", 0)
        for number in range(20):
            catalogue.add_job("train", {"n": number})
        processes = [child(WORK_TOGETHER, file, EDITS) for _ in range(PROCESSES)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        claims = {process.pid: output.split() for process, output in zip(processes, finish(processes), strict=True)}
        yield catalogue, claims
    assert_sound(file)


def test_processes_that_edit_one_mask_lose_no_edit(together):
    catalogue, _ = together
    mask = catalogue.mask(1, "cat", "eyes")
    assert mask.labels == (PROCESSES * EDITS,)
    assert mask.version == PROCESSES * EDITS + 1
    events = catalogue.mask_events(1, "cat", "eyes")
    assert [event.version for event in events] == list(range(1, PROCESSES * EDITS + 2))
    assert [event.after["labels"] for event in events] == [[n] for n in range(PROCESSES * EDITS + 1)]


def test_processes_that_read_and_write_in_one_transaction_lose_no_update(together):
    catalogue, _ = together
    assert catalogue.get_setting("n") == PROCESSES * EDITS


def test_only_one_of_many_processes_gets_a_job(together):
    catalogue, claims = together
    owner = {int(id): pid for pid, claimed in claims.items() for id in claimed}
    assert len(owner) == sum(map(len, claims.values())) == 20
    assert {job.id: job.pid for job in catalogue.jobs(limit=None)} == owner


@pytest.mark.parametrize(("seed", "ranges"), [(0, [(1, 20), (21, 40)]), (1, [(1, 40)]), (2, [(1, 3)])])
def test_every_edit_acknowledged_before_a_kill_is_there(file, catalogue, add_pictures, child, seed, ranges):
    """Processes save masks of a range of images; one after the other is killed at a random moment."""
    add_pictures(catalogue, 40)
    chance = random.Random(seed)
    victims = [child(SAVE_AND_ACKNOWLEDGE, file, first, last) for first, last in ranges]
    said = [victim.stdout.readline() for victim in victims]
    for number, victim in enumerate(victims):
        time.sleep(chance.uniform(0.02, 0.25))
        said[number] += kill(victim)
    whole = [line for text in said for line in text.splitlines(keepends=True) if line.endswith("\n")]
    acknowledged = [tuple(map(int, line.split())) for line in whole]
    assert len(acknowledged) >= len(victims)
    masks = {mask.image_id: mask for mask in catalogue.masks()}
    for image, turn, version in acknowledged:
        assert masks[image].version >= version
        assert catalogue.mask_events(image)[version - 1].after["labels"] == [turn]
    unacknowledged = len(catalogue.mask_events()) - len(acknowledged)
    assert 0 <= unacknowledged <= len(victims), "at most the edit that each was busy with"
    assert_sound(file)
    catalogue.set_setting("after", seed)  # and the lock is free


@pytest.mark.skipif(wanted_journal_mode() == "wal", reason="looks at the rollback journal")
def test_a_transaction_killed_half_way_is_undone_by_whoever_comes_next(file, catalogue, add_pictures, child):
    add_pictures(catalogue, 3000)
    catalogue.close()
    process = child(HALF_DONE, file)
    assert process.stdout.readline() == "inside\n"
    kill(process)
    assert b"overwritten" in file.read_bytes(), "part of the change reached the file before the kill"
    assert file.with_name(file.name + "-journal").stat().st_size > 0
    with Catalogue.open(file) as again:
        names = [image.name for image in again.images()]
    assert names == [f"cat-{n}.png" for n in range(3000)]
    assert not file.with_name(file.name + "-journal").exists()
    assert_sound(file)


@pytest.mark.skipif(wanted_journal_mode() == "wal", reason="with a write-ahead log nothing half done is in the file")
def test_a_backup_never_holds_half_a_transaction(file, artefacts, catalogue, add_pictures, child, tmp_path):
    add_pictures(catalogue, 3000)
    with Catalogue.open(file, timeout=0.1) as again:
        process = child(HALF_DONE, file)
        assert process.stdout.readline() == "inside\n"
        with pytest.raises(Locked):
            backup(again, artefacts, tmp_path / "copy")
        kill(process)
        backup(again, artefacts, tmp_path / "copy")
    with Catalogue.open(tmp_path / "copy" / "catalogue.sqlite") as copy:
        assert {image.name for image in copy.images()} == {f"cat-{n}.png" for n in range(3000)}


def test_a_killed_writer_does_not_keep_the_lock(file, catalogue, add_pictures, child):
    add_pictures(catalogue, 10)
    process = child(HALF_DONE, file)
    assert process.stdout.readline() == "inside\n"
    kill(process)
    start = time.perf_counter()
    catalogue.set_setting("x", 1)
    assert time.perf_counter() - start < 5
    assert catalogue.image(1).name == "cat-0.png"


def test_a_writer_beside_one_that_never_rests_gets_its_turn(file, catalogue, add_pictures, child):
    add_pictures(catalogue, 5)
    busy = child(SAVE_AND_ACKNOWLEDGE, file, 1, 5)
    busy.stdout.readline()
    longest = 0.0
    for n in range(10):
        start = time.perf_counter()
        catalogue.set_setting("n", n)
        longest = max(longest, time.perf_counter() - start)
    assert busy.poll() is None
    kill(busy)
    assert longest < 5
