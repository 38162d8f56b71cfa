"""To whom receipts were sent, with which verdict."""

from sqlalchemy import text

from warehouse.database import engine


def was_sent(delivery_id: int, address: str, status: str) -> bool:
    """Whether an address was sent the receipt of a delivery with this verdict."""
    with engine().connect() as c:
        return bool(
            c.scalar(
                text("select 1 from ops.receipt_sent where (delivery_id, address, status) = (:d, :a, :s)"),
                {"d": delivery_id, "a": address, "s": status},
            )
        )


def note_sent(delivery_id: int, address: str, status: str) -> None:
    """Note that an address was sent the receipt of a delivery with this verdict."""
    with engine().begin() as c:
        c.execute(
            text("""
                insert into ops.receipt_sent (delivery_id, address, status) values (:d, :a, :s)
                on conflict do nothing
            """),
            {"d": delivery_id, "a": address, "s": status},
        )
