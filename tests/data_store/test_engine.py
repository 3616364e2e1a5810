import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

import data_store.engine
from data_store.catalogue import Catalogue
from data_store.engine import as_url, explained, wanted_journal_mode
from data_store.errors import CatalogueError, Locked, Unusable
from data_store.tables import Setting


class Rerun(BaseException):
    """As Streamlit's: not an Exception, so that ordinary handlers let it pass."""


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def write_and_fail(catalogue, problem, **settings):
    """A write block that changes settings and is left by ``problem``."""
    with catalogue.write():
        for key, value in settings.items():
            catalogue.set_setting(key, value)
        raise problem


def pragma(catalogue, name):
    with catalogue.read() as session:
        return session.scalar(text(f"PRAGMA {name}"))


# ---------------------------------------------------------------- opening


def test_a_path_is_opened_and_its_folder_made(tmp_path):
    with Catalogue.open(tmp_path / "a" / "b" / "c.sqlite") as catalogue:
        catalogue.set_setting("x", 1)
    assert (tmp_path / "a" / "b" / "c.sqlite").stat().st_size > 0


@pytest.mark.parametrize("name", ["with space.sqlite", "50%.sqlite", "q?a=b#c.sqlite", "Größe-猫.sqlite", "a:b"])
def test_any_file_name_works(tmp_path, name):
    with Catalogue.open(tmp_path / name) as catalogue:
        catalogue.set_setting("x", name)
    with Catalogue.open(tmp_path / name) as catalogue:
        assert catalogue.get_setting("x") == name
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_url_names_the_same_file_as_a_path(file):
    with Catalogue.open(file) as catalogue:
        catalogue.set_setting("x", 1)
    with Catalogue.open(f"sqlite:///{file}") as catalogue:
        assert catalogue.get_setting("x") == 1


def test_a_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_url("~/c.sqlite").database == str(tmp_path / "c.sqlite")


def test_an_empty_file_is_a_new_catalogue(tmp_path):
    (tmp_path / "c.sqlite").touch()
    with Catalogue.open(tmp_path / "c.sqlite") as catalogue:
        assert catalogue.images() == []


def test_a_memory_catalogue_is_shared_by_all_threads():
    with Catalogue.open("sqlite://") as catalogue:
        thread = threading.Thread(target=catalogue.set_setting, args=("x", 5))
        thread.start()
        thread.join()
        assert catalogue.get_setting("x") == 5
        assert catalogue.journal_mode == "memory"


def test_text_is_refused_as_a_catalogue(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("These are only notes. " * 100)
    with pytest.raises(Unusable, match=r"notes\.txt.*restore a backup or choose another"):
        Catalogue.open(path)
    assert path.read_text() == "These are only notes. " * 100


def test_a_folder_is_refused_as_a_catalogue(tmp_path):
    with pytest.raises(Unusable, match="unable to open"):
        Catalogue.open(tmp_path)


def test_a_path_below_a_file_is_refused(tmp_path):
    (tmp_path / "f").touch()
    with pytest.raises(Unusable, match="give a file or a URL"):
        Catalogue.open(tmp_path / "f" / "c.sqlite")


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(Unusable, match=r"other tables \(bookmarks"):
        Catalogue.open(path)
    assert path.read_bytes() == before


def test_the_database_of_another_program_that_also_uses_alembic_is_refused(tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.executescript("CREATE TABLE alembic_version (version_num); CREATE TABLE users (id);")
        other.execute("INSERT INTO alembic_version VALUES ('0001')")
    other.close()
    with pytest.raises(Unusable, match="other tables"):
        Catalogue.open(path)


def test_a_shortened_catalogue_is_refused(file, catalogue, add_pictures):
    add_pictures(catalogue, 500)
    catalogue.close()
    with open(file, "r+b") as stored:
        stored.truncate(file.stat().st_size // 3)
    with pytest.raises(Unusable, match="not a readable catalogue"), Catalogue.open(file) as broken:
        broken.images()


def test_a_page_of_noise_is_noticed_when_it_is_read(file, catalogue, add_pictures):
    add_pictures(catalogue, 500)
    catalogue.close()
    size = file.stat().st_size
    with open(file, "r+b") as stored:
        stored.seek(size // 4096 * 8 // 10 * 4096)  # the last fifth: images, not the list of tables
        stored.write(b"\xa5" * (size - stored.tell()))
    with Catalogue.open(file) as broken, pytest.raises(Unusable, match="malformed"):
        [(broken.image(id), broken.parts(id)) for id in range(1, 501)]


@pytest.mark.parametrize("url", ["nonsense://x", "sqlite+nodriver:///x", "postgresql+nodriver://x/y"])
def test_a_url_without_driver_is_refused(url):
    with pytest.raises(Unusable, match="install its driver"):
        Catalogue.open(url)


def test_a_url_that_does_not_parse_is_refused():
    with pytest.raises(Unusable, match="give a file or a URL"):
        Catalogue.open("://")


def test_opening_an_existing_catalogue_is_fast_and_does_not_import_alembic(file):
    code = (
        "import sys, time; from data_store.catalogue import Catalogue\n"
        "times = []\n"
        "for _ in range(7):\n"
        "    start = time.perf_counter()\n"
        "    Catalogue.open(sys.argv[1]).close()\n"
        "    times.append(time.perf_counter() - start)\n"
        "print(min(times), *(name in sys.modules for name in ('alembic', 'torch', 'sxai')))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    seconds, *imported = done.stdout.split()
    assert imported == ["False", "False", "False"]
    assert float(seconds) < 0.03


def test_fifty_openings_leave_no_descriptor(file):
    def use():
        with Catalogue.open(file) as catalogue:
            catalogue.set_setting("x", 1)
            with catalogue.read() as session:
                session.scalar(select(Setting.value))
            threads = [threading.Thread(target=catalogue.get_setting, args=("x",)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    use()
    before = descriptors()
    for _ in range(50):
        use()
    assert descriptors() == before


def test_openings_that_fail_leave_no_descriptor(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no catalogue" * 100)
    before = descriptors()
    for _ in range(20):
        with pytest.raises(Unusable):
            Catalogue.open(path)
    assert descriptors() == before


def test_a_closed_catalogue_says_so(catalogue):
    catalogue.close()
    catalogue.close()
    with pytest.raises(CatalogueError, match="was closed"):
        catalogue.images()


# ---------------------------------------------------------------- settings of SQLite


@pytest.mark.parametrize(
    ("version", "mode"),
    [((3, 40, 1), "delete"), ((3, 51, 2), "delete"), ((3, 51, 3), "wal"), ((3, 52, 0), "wal"), ((4, 0, 0), "wal")],
)
def test_the_write_ahead_log_is_used_only_where_it_is_safe(version, mode):
    assert wanted_journal_mode(version) == mode


def test_the_journal_mode_told_is_the_one_in_use(catalogue):
    assert catalogue.journal_mode == pragma(catalogue, "journal_mode") == wanted_journal_mode()


@pytest.mark.parametrize(
    ("name", "value"), [("foreign_keys", 1), ("synchronous", 2), ("trusted_schema", 0), ("busy_timeout", 10_000)]
)
def test_every_connection_has_the_safe_settings(catalogue, name, value):
    seen = [pragma(catalogue, name)]
    with catalogue.read() as held:
        held.scalar(text("SELECT 1"))
        thread = threading.Thread(target=lambda: seen.append(pragma(catalogue, name)))
        thread.start()
        thread.join()
    assert seen == [value, value]


def test_a_catalogue_left_in_another_journal_mode_is_put_right(file):
    other = "wal" if wanted_journal_mode() == "delete" else "delete"
    raw = sqlite3.connect(file)
    raw.execute(f"PRAGMA journal_mode={other}")
    raw.close()
    with Catalogue.open(file) as catalogue:
        assert catalogue.journal_mode == pragma(catalogue, "journal_mode") == wanted_journal_mode()


def test_a_safer_sqlite_switches_to_the_write_ahead_log_and_back(file, monkeypatch):
    monkeypatch.setattr(data_store.engine, "wanted_journal_mode", lambda: "wal")
    with Catalogue.open(file) as catalogue:
        assert catalogue.journal_mode == pragma(catalogue, "journal_mode") == "wal"
        assert pragma(catalogue, "synchronous") == 2
        catalogue.set_setting("x", 1)
    monkeypatch.undo()
    with Catalogue.open(file) as catalogue:
        assert catalogue.get_setting("x") == 1


def test_switching_the_journal_mode_under_other_users_is_refused(file):
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute(f"PRAGMA journal_mode={'wal' if wanted_journal_mode() == 'delete' else 'delete'}")
    raw.execute("BEGIN")
    raw.execute("SELECT count(*) FROM image").fetchall()
    try:
        with pytest.raises(Locked, match=r"busy for 0\.1 s"):
            Catalogue.open(file, timeout=0.1)
    finally:
        raw.close()


# ---------------------------------------------------------------- transactions


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, Rerun])
def test_whatever_leaves_a_write_block_undoes_it_and_goes_on(catalogue, problem):
    catalogue.set_setting("x", 1)
    with pytest.raises(problem):
        write_and_fail(catalogue, problem, x=2, y=2)
    assert catalogue.settings() == {"x": 1}
    catalogue.set_setting("x", 3)  # the lock is free again
    assert catalogue.get_setting("x") == 3


def test_several_calls_in_a_write_block_are_one_transaction(file, catalogue, add_pictures):
    with Catalogue.open(file) as other, catalogue.write():
        ids = add_pictures(catalogue, 3)
        catalogue.mark_image(ids[0], "odd")
        assert catalogue.count_images() == 3, "a read inside takes part"
        assert other.count_images() == 0, "others see nothing before the end"
    assert catalogue.count_images(mark="odd") == 1


def test_a_failed_inner_write_can_be_caught_without_losing_the_outer_one(catalogue):
    with catalogue.write():
        catalogue.set_setting("a", 1)
        with pytest.raises(Rerun):
            write_and_fail(catalogue, Rerun, a=2, b=2)
        assert catalogue.settings() == {"a": 1}
        catalogue.set_setting("c", 3)
    assert catalogue.settings() == {"a": 1, "c": 3}


def test_an_inner_write_is_undone_with_the_outer_one(catalogue):
    def outer():
        with catalogue.write():
            with catalogue.write():
                catalogue.set_setting("a", 1)
            write_and_fail(catalogue, Rerun)

    with pytest.raises(Rerun):
        outer()
    assert catalogue.settings() == {}


def test_a_write_inside_a_read_is_refused_at_once(catalogue):
    start = time.perf_counter()
    with catalogue.read(), pytest.raises(CatalogueError, match="read first, then write"):
        catalogue.set_setting("x", 1)
    assert time.perf_counter() - start < 1
    catalogue.set_setting("x", 2)


def test_changes_made_by_a_reader_are_not_stored(catalogue):
    with catalogue.read() as session:
        session.add(Setting(key="x", value=1))
        session.flush()
    assert catalogue.settings() == {}


def test_a_writer_holds_the_lock_before_it_reads(file, catalogue):
    with Catalogue.open(file, timeout=0.05) as other, catalogue.write(), pytest.raises(Locked):
        other.set_setting("x", 1)


def test_readers_are_served_while_a_writer_works(file, catalogue):
    catalogue.set_setting("x", 1)
    with Catalogue.open(file, timeout=0.05) as other, catalogue.write():
        catalogue.set_setting("x", 2)
        assert other.get_setting("x") == 1


@pytest.mark.skipif(wanted_journal_mode() == "wal", reason="with a write-ahead log readers do not hold writers up")
def test_a_commit_that_a_reader_holds_up_too_long_is_undone(file, catalogue):
    catalogue.set_setting("x", 1)
    with Catalogue.open(file, timeout=0.1) as writer:
        with catalogue.read() as session:
            session.scalar(select(Setting.value))
            with pytest.raises(Locked, match="another process"):
                writer.set_setting("x", 2)
            assert session.scalar(select(Setting.value)) == 1
        assert catalogue.get_setting("x") == 1
        writer.set_setting("x", 3)
    assert catalogue.get_setting("x") == 3


def test_waiting_for_a_lock_ends_after_the_timeout_with_a_clear_error(file):
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with Catalogue.open(file, timeout=0.3) as catalogue:
        start = time.perf_counter()
        with pytest.raises(Locked, match=re.escape(str(file)) + r".*busy for 0\.3 s.*try again"):
            catalogue.set_setting("x", 1)
        waited = time.perf_counter() - start
        raw.execute("ROLLBACK")
        raw.close()
        catalogue.set_setting("x", 2)
    assert 0.25 < waited < 3


def test_waiting_for_a_lock_succeeds_when_it_is_released_in_time(file):
    raw = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    raw.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: (raw.execute("ROLLBACK"), raw.close()))
    with Catalogue.open(file, timeout=10) as catalogue:
        release.start()
        catalogue.set_setting("x", 1)
        release.join()
        assert catalogue.get_setting("x") == 1


def test_a_broken_constraint_is_explained_and_stores_nothing(catalogue, add_pictures):
    add_pictures(catalogue, 1)
    with pytest.raises(CatalogueError, match=r"nothing was stored.*FOREIGN KEY"), catalogue.write() as session:
        session.execute(text("DELETE FROM class_label"))
    assert [record.name for record in catalogue.classes()] == ["cat"]


def test_a_server_that_was_waited_for_too_long_counts_as_locked():
    class LockNotAvailable(Exception):
        sqlstate = "55P03"

    with pytest.raises(Locked, match="the server was kept busy for 3 s"), explained("the server", 3):
        raise OperationalError("SELECT", {}, LockNotAvailable())


def test_a_broken_statement_is_explained(catalogue):
    with pytest.raises(CatalogueError, match="no such table: nowhere"), catalogue.read() as session:
        session.execute(text("SELECT * FROM nowhere"))


# ---------------------------------------------------------------- threads


def test_threads_of_one_catalogue_lose_no_update(catalogue):
    catalogue.set_setting("n", 0)
    failures = []

    def work():
        try:
            for _ in range(15):
                with catalogue.write():
                    catalogue.set_setting("n", catalogue.get_setting("n") + 1)
        except Exception as problem:  # noqa: BLE001  whatever it is, the test must tell
            failures.append(problem)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert catalogue.get_setting("n") == 90


def test_more_threads_than_the_pool_has_connections_read_at_once(catalogue):
    catalogue.set_setting("x", 1)
    together = threading.Barrier(30, timeout=20)
    seen = []

    def work():
        with catalogue.read() as session:
            value = session.scalar(select(Setting.value))
            together.wait()
            seen.append(value)

    threads = [threading.Thread(target=work) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 30


def test_threads_take_turns_on_a_memory_catalogue():
    with Catalogue.open("sqlite://") as catalogue:
        catalogue.set_setting("n", 0)

        def work():
            for _ in range(20):
                with catalogue.write():
                    catalogue.set_setting("n", catalogue.get_setting("n") + 1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert catalogue.get_setting("n") == 80


def test_a_transaction_belongs_to_its_thread(catalogue):
    inside, checked = threading.Event(), threading.Event()

    def unfinished():
        with catalogue.write():
            catalogue.set_setting("x", 1)
            inside.set()
            checked.wait(10)
            raise Rerun

    def work():
        with pytest.raises(Rerun):
            unfinished()

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    assert catalogue.get_setting("x") is None
    checked.set()
    thread.join()
    assert catalogue.settings() == {}


def test_no_module_of_the_store_imports_the_library_or_torch():
    sources = Path(data_store.engine.__file__).parent.rglob("*.py")
    imports = re.compile(r"^\s*(?:from|import)\s+(sxai|torch|streamlit)\b", re.MULTILINE)
    assert [path.name for path in sources if imports.search(path.read_text())] == []


@pytest.mark.parametrize("url", ["://u:SECRETPW@h/x", "x y://u:SECRETPW@h/x", "postgresql://u:SECRET@PW@h:port/x"])
def test_a_password_is_never_printed(url):
    with pytest.raises(CatalogueError) as refused:
        Catalogue.open(url)
    said = "".join(traceback.format_exception(refused.value))
    assert "SECRET" not in str(refused.value)
    assert "SECRET" not in said
