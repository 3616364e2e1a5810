import re
import shutil
import sqlite3

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from data_store import migrations
from data_store.catalogue import Catalogue
from data_store.errors import CatalogueError, Locked, Unusable
from data_store.tables import Table


def schema(path):
    """Everything that SQLite was told to create, clause by clause, in one way of writing."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: clauses(sql) for name, sql in rows if name != "alembic_version"}


def clauses(sql):
    text = " ".join(re.sub(r'["`]', "", sql).split()).removesuffix(" )")
    return sorted(text.split(", CONSTRAINT "))


def tables(path):
    return {name for name in schema(path) if not name.startswith(("ix_", "sqlite_"))}


def set_version(path, version):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.close()


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """next_version(body) pretends that a version after the last with this ``upgrade`` was published."""

    def publish(body):
        home = tmp_path / "migrations"
        shutil.copytree(migrations.HOME, home)
        (home / "versions" / "v0004_next.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            "revision = '0004'\ndown_revision = '0003'\nbranch_labels = None\ndepends_on = None\n"
            f"def upgrade():\n{body}\n"
        )
        monkeypatch.setattr(migrations, "HOME", home)
        monkeypatch.setattr(migrations, "HEAD", "0004")

    return publish


REBUILD = (
    "    with op.batch_alter_table('image', recreate='always') as table:\n"
    "        table.add_column(sa.Column('camera', sa.String(80)))"
)


def test_the_head_told_is_the_newest_version():
    script = ScriptDirectory.from_config(migrations.configuration())
    assert script.get_heads() == [migrations.HEAD]


def test_versions_are_numbers_that_count_up():
    script = ScriptDirectory.from_config(migrations.configuration())
    versions = sorted(revision.revision for revision in script.walk_revisions())
    assert versions == [f"{number:04d}" for number in range(1, len(versions) + 1)]


def test_migrating_gives_the_tables_of_the_code(catalogue):
    with catalogue.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_migrating_gives_the_same_text_as_creating_including_checks_and_deletion_rules(file, tmp_path):
    created = tmp_path / "created.sqlite"
    engine = sa.create_engine(f"sqlite:///{created}")
    Table.metadata.create_all(engine)
    engine.dispose()
    assert schema(file) == schema(created)


def test_the_comparison_would_notice_a_forgotten_migration(catalogue):
    changed = sa.MetaData()
    for table in Table.metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["image"].append_column(sa.Column("camera", sa.String(80)))
    with catalogue.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), changed)
    assert [difference[0] for difference in differences] == ["add_column"]


def test_going_back_removes_every_table_and_forth_makes_them_again(file):
    before = schema(file)
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.downgrade(migrations.configuration(connection), "base")
    assert tables(file) == set()
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), "head")
    engine.dispose()
    assert schema(file) == before


def test_a_catalogue_emptied_of_its_tables_is_filled_again(file):
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.downgrade(migrations.configuration(connection), "base")
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()
    with Catalogue.open(file) as catalogue:
        assert catalogue.images() == []


def test_a_newer_catalogue_is_refused_and_left_alone(file):
    set_version(file, "0999")
    before = file.read_bytes()
    with pytest.raises(Unusable, match=r"version 0999, this program knows up to 0003: update the program"):
        Catalogue.open(file)
    assert file.read_bytes() == before


def test_an_upgrade_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    original = migrations._upgrade

    def fail(connection):
        original(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "_upgrade", fail)
    with pytest.raises(KeyboardInterrupt):
        Catalogue.open(tmp_path / "c.sqlite")
    assert schema(tmp_path / "c.sqlite") == {}
    monkeypatch.undo()
    with Catalogue.open(tmp_path / "c.sqlite") as catalogue:
        catalogue.set_setting("x", 1)


def test_an_older_catalogue_is_upgraded_with_all_it_holds(file, catalogue, add_pictures, save, next_version):
    ids = add_pictures(catalogue, 3)
    save(catalogue, ids[0])
    catalogue.mark_image(ids[1], "odd")
    catalogue.close()
    next_version(REBUILD)
    with Catalogue.open(file) as upgraded:
        assert upgraded.count_images() == 3
        assert [mask.image_id for mask in upgraded.masks()] == [ids[0]], "masks survive the rebuilding of images"
        assert len(upgraded.mask_events()) == len(upgraded.marks()) == 1
        with upgraded.read() as session:
            assert session.scalar(sa.text("SELECT version_num FROM alembic_version")) == "0004"
            assert session.scalar(sa.text("SELECT count(camera) FROM image")) == 0
            assert session.scalar(sa.text("PRAGMA foreign_keys")) == 1, "and are enforced again"


def test_an_upgrade_that_would_leave_orphans_is_undone(file, catalogue, add_pictures, next_version):
    add_pictures(catalogue, 2)
    catalogue.close()
    next_version("    op.execute('DELETE FROM class_label')")
    with pytest.raises(CatalogueError, match="2 rows without owner: nothing was changed"):
        Catalogue.open(file)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]
    assert connection.execute("SELECT name FROM class_label").fetchall() == [("cat",)]
    connection.close()


def test_an_upgrade_waits_for_writers_and_then_gives_up(file, next_version):
    next_version(REBUILD)
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked):
        Catalogue.open(file, timeout=0.1)
    raw.close()
    Catalogue.open(file).close()


def test_processes_that_open_a_new_catalogue_at_once_make_it_once(tmp_path, child):
    code = (
        "import sys; from data_store.catalogue import Catalogue\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "with Catalogue.open(sys.argv[1]) as catalogue: catalogue.set_class([], sys.argv[2])"
    )
    path = tmp_path / "c.sqlite"
    processes = [child(code, path, f"class{i}") for i in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
    with Catalogue.open(path) as catalogue:
        assert sorted(record.name for record in catalogue.classes()) == [f"class{i}" for i in range(3)]


def test_alembic_s_own_command_line_can_run_the_migrations(tmp_path):
    from alembic.config import CommandLine

    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    CommandLine().main(["-c", str(migrations.HOME / "alembic.ini"), "-x", f"url={url}", "upgrade", "head"])
    with Catalogue.open(url) as catalogue:
        assert catalogue.settings() == {}


@pytest.mark.parametrize("dialect", [postgresql.dialect(), mysql.dialect()], ids=["postgresql", "mysql"])
def test_the_tables_can_be_written_for_other_databases(dialect):
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in Table.metadata.sorted_tables]
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for table in Table.metadata.tables.values()
        for index in table.indexes
    ]
    assert len(statements) == 20
    assert len(indexes) > 10
    assert not [name for name in Table.metadata.tables if len(name) > 60]


def test_names_of_constraints_and_indexes_fit_every_database():
    names = [item.name for table in Table.metadata.tables.values() for item in (*table.constraints, *table.indexes)]
    assert all(names)
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 63


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("image", ["class_id", "split"]),
        ("image", ["name"]),
        ("feature", ["model_id", "image_id"]),
        ("feature", ["image_id"]),
        ("mask", ["concept_id"]),
        ("mask", ["image_id", "concept_id"]),
        ("mask_event", ["image_id", "concept_id"]),
        ("job", ["state"]),
        ("mark", ["kind"]),
    ],
)
def test_the_questions_the_app_asks_have_an_index(table, columns):
    found = Table.metadata.tables[table]
    indexes = [[column.name for column in index.columns] for index in (*found.indexes, *found.constraints)]
    assert columns in indexes


def test_every_foreign_key_can_be_followed_backwards_quickly():
    """Removing a row looks for what refers to it: without an index that reads the whole table."""
    for table in Table.metadata.tables.values():
        leading = {next(iter(index.columns)).name for index in (*table.indexes, *table.constraints) if index.columns}
        for key in table.foreign_keys:
            assert key.parent.name in leading, f"{table.name}.{key.parent.name}"
            assert key.ondelete in ("CASCADE", "RESTRICT", "SET NULL")


def test_edits_of_masks_survive_the_version_that_adds_what_they_brought_back(tmp_path):
    """A catalogue of version 0002 with edits, as the program before this one left it."""
    path = tmp_path / "old.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), "0002")
        for statement in (
            "INSERT INTO class_label (id, name, created) VALUES (1, 'cat', '2026-01-01')",
            "INSERT INTO dataset (id, name, source, created) VALUES (1, 'd', '', '2026-01-01')",
            "INSERT INTO image (id, dataset_id, class_id, split, sha256, artefact, name, width, height, format,"
            " created) VALUES (1, 1, 1, 'train', 'x', 'x', 'x.png', 1, 1, 'png', '2026-01-01')",
            "INSERT INTO concept (id, class_id, name, created) VALUES (1, 1, 'eyes', '2026-01-01')",
            "INSERT INTO mask_event (id, mask_id, image_id, concept_id, author, action, version, after, created)"
            " VALUES (7, 3, 1, 1, 'ann', 'created', 1, '{\"labels\": [1]}', '2026-01-01')",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    with Catalogue.open(path) as catalogue:
        (event,) = catalogue.mask_events()
        assert (event.id, event.author, event.after, event.restored) == (7, "ann", {"labels": [1]}, None)
        with pytest.raises(CatalogueError, match="never changed"), catalogue.write() as session:
            session.execute(sa.text("UPDATE mask_event SET version = 2"))


def test_a_copy_is_kept_before_a_catalogue_is_changed(file, catalogue, add_pictures, next_version):
    add_pictures(catalogue, 2)
    catalogue.close()
    next_version("    op.execute(\"UPDATE image SET name = 'changed'\")")
    with Catalogue.open(file) as upgraded:
        assert {image.name for image in upgraded.images()} == {"changed"}
    [copy] = file.parent.glob(f"{file.name}.before-*")
    names = sqlite3.connect(copy).execute("SELECT name FROM image").fetchall()
    assert len(names) == 2
    assert ("changed",) not in names


@pytest.mark.parametrize("version", ["0000", "abc", "1", "00031"])
def test_a_version_that_never_was_is_told_in_a_sentence(file, catalogue, version):
    catalogue.close()
    set_version(file, version)
    with pytest.raises(Unusable, match="which never was"):
        Catalogue.open(file)
