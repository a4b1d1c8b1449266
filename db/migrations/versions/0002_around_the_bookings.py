"""What stands around bookings: the waitlist, notifications, who changed what, and tickets that are handed on and checked in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "audit_id", name="audit_pkey"),
    )
    op.create_index("audit_by_event", "audit", ["event_id", "at", "audit_id"], unique=False)
    op.create_index("audit_by_time", "audit", ["at", "audit_id"], unique=False)
    op.create_table(
        "errand",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("errand_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("about", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after_booking", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind BETWEEN 0 AND 1", name="errand_kind_known"),
        sa.PrimaryKeyConstraint("event_id", "errand_id", name="errand_pkey"),
    )
    op.create_index("errand_open", "errand", ["created_at", "event_id"], unique=False, postgresql_where=sa.text("done_at IS NULL"))
    op.create_table(
        "notification",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notification_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("about", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("channels", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("status BETWEEN 0 AND 2", name="notification_status_known"),
        sa.PrimaryKeyConstraint("event_id", "notification_id", name="notification_pkey"),
    )
    op.create_index("notification_by_user", "notification", ["user_id", "created_at", "notification_id"], unique=False)
    op.create_index("notification_due", "notification", ["due_at", "event_id"], unique=False, postgresql_where=sa.text("status = 0"))
    op.create_index(
        "notification_due_of_event", "notification", ["event_id", "due_at"], unique=False, postgresql_where=sa.text("status = 0")
    )
    op.create_table(
        "waitlist_entry",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tier_no", sa.SmallInteger(), autoincrement=False, nullable=True),
        sa.Column("quantity", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("notify_email", sa.Boolean(), nullable=False),
        sa.Column("notify_sms", sa.Boolean(), nullable=False),
        sa.Column("status", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("skips", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("skip_reason", sa.SmallInteger(), autoincrement=False, nullable=True),
        sa.CheckConstraint("quantity > 0", name="waitlist_entry_quantity_positive"),
        sa.CheckConstraint("status BETWEEN 0 AND 5", name="waitlist_entry_status_known"),
        sa.PrimaryKeyConstraint("event_id", "entry_id", name="waitlist_entry_pkey"),
    )
    op.create_index(
        "waitlist_entry_active", "waitlist_entry", ["event_id", "user_id"], unique=True, postgresql_where=sa.text("status IN (0, 1)")
    )
    op.create_index("waitlist_entry_by_user", "waitlist_entry", ["user_id", "joined_at", "event_id"], unique=False)
    op.create_index(
        "waitlist_entry_waiting",
        "waitlist_entry",
        ["event_id", "joined_at", "entry_id"],
        unique=False,
        postgresql_where=sa.text("status = 0"),
    )
    op.add_column("account", sa.Column("notify_email", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("account", sa.Column("notify_sms", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("account", sa.Column("muted_kinds", postgresql.ARRAY(sa.SmallInteger()), server_default="{}", nullable=False))
    op.add_column("booking", sa.Column("refund_steps", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("event", sa.Column("refund_steps", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("event", sa.Column("avoids_orphans", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("event", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event", sa.Column("cancel_reason", sa.Text(), nullable=True))
    op.add_column("inventory", sa.Column("waiting", sa.Integer(), server_default="0", autoincrement=False, nullable=False))
    op.create_index(
        "refresh_token_revoked", "refresh_token", ["revoked_at"], unique=False, postgresql_where=sa.text("revoked_at IS NOT NULL")
    )
    op.add_column("refund", sa.Column("failure", sa.Text(), nullable=True))
    op.add_column("ticket", sa.Column("holder_id", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("ticket", sa.Column("issue", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False))
    op.add_column("ticket", sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ticket_by_holder",
        "ticket",
        ["holder_id", "event_id", "booking_id"],
        unique=False,
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    op.drop_constraint("ticket_status_known", "ticket")
    op.create_check_constraint("ticket_status_known", "ticket", "status BETWEEN 0 AND 2")
    op.create_check_constraint("ticket_checked_in", "ticket", "(status = 2) = (checked_in_at IS NOT NULL)")
    op.create_index("receipt_by_age", "receipt", ["created_at"], unique=False, postgresql_using="brin")
