"""Feedback, wishes to take a change back, what a proposal was made from.

Revision: 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("learned")  # never written: what was learned lives in git
    op.create_table(
        "revert_request",
        sa.Column("proposal_digest", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_digest"], ["proposal.digest"]),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.PrimaryKeyConstraint("proposal_digest"),
    )
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user_recognition", sa.Text(), nullable=False),
        sa.Column("user_approved_action", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "incident_id", "by_id", "user_recognition", "user_approved_action", name="one_remark_per_words"
        ),
    )
    op.create_table(
        "complaint",
        sa.Column("op_id", sa.String(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("by_id", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("original_action", sa.Text(), nullable=False),
        sa.Column("expected_result", sa.Text(), nullable=False),
        sa.Column("commit", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("op_id"),
    )
    op.create_index("complaint_by_incident", "complaint", ["incident_id"])
    op.create_table(
        "inputs",
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.PrimaryKeyConstraint("incident_id", "version"),
    )


def downgrade() -> None:
    op.drop_table("inputs")
    op.drop_index("complaint_by_incident", table_name="complaint")
    op.drop_table("complaint")
    op.drop_table("remark")
    op.drop_table("revert_request")
    op.create_table(
        "learned",
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("category", "app"),
    )
