"""Templates of unknown faults, by the message they are of.

Revision: 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "template",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=True),
        sa.Column("namespace", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("counted_as", sa.String(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_index("template_by_app", "template", ["app", "namespace"])
    op.create_index("template_by_day", "template", ["day"])


def downgrade() -> None:
    op.drop_index("template_by_day", table_name="template")
    op.drop_index("template_by_app", table_name="template")
    op.drop_table("template")
