"""Edits of masks record the version that they restored and become immutable; refused edits are kept."""

import sqlalchemy as sa
from alembic import op

from data_store.tables import APPEND_ONLY

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the version brought back to every edit, and the table of refused edits."""
    with op.batch_alter_table("mask_event", recreate="always", copy_from=_events()) as table:
        table.add_column(sa.Column("restored", sa.Integer(), nullable=True), insert_after="version")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(APPEND_ONLY)
    _mask_conflicts()


def downgrade() -> None:
    """Forget refused edits, and which edits brought a version back."""
    op.drop_table("mask_conflict")
    with op.batch_alter_table("mask_event", recreate="always", copy_from=_events(restored=True)) as table:
        table.drop_column("restored")


def _events(restored: bool = False) -> sa.Table:
    """The table of edits as it was before; rebuilding it must not lose its check, its numbers or its indexes."""
    return sa.Table(
        "mask_event",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mask_id", sa.Integer(), nullable=True),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *([sa.Column("restored", sa.Integer(), nullable=True)] if restored else []),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('created', 'changed', 'deleted')", name=op.f("ck_mask_event_action")),
        sa.ForeignKeyConstraint(
            ["concept_id"], ["concept.id"], name=op.f("fk_mask_event_concept_id_concept"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_mask_event_image_id_image"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mask_event")),
        sa.Index(op.f("ix_mask_event_concept_id"), "concept_id"),
        sa.Index(op.f("ix_mask_event_image_id_concept_id"), "image_id", "concept_id"),
        sqlite_autoincrement=True,
    )


def _mask_conflicts() -> None:
    op.create_table(
        "mask_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("expected_version", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.JSON(), nullable=True),
        sa.Column("stored_author", sa.String(length=255), nullable=False),
        sa.Column("stored_version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["concept_id"], ["concept.id"], name=op.f("fk_mask_conflict_concept_id_concept"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_mask_conflict_image_id_image"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mask_conflict")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_mask_conflict_concept_id"), "mask_conflict", ["concept_id"])
    op.create_index(op.f("ix_mask_conflict_image_id_concept_id"), "mask_conflict", ["image_id", "concept_id"])
