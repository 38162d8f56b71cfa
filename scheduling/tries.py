"""How long a task may take before it counts as hung, and how soon it is tried again: the same in every DAG.

What was decided about a file or a month is never tried again: such tasks fail for good (AirflowFailException).
"""

from datetime import timedelta
from typing import Any

# Longer than anyone waits for a lock (warehouse.book.locks) and a full build takes after it.
PATIENT: dict[str, Any] = {"execution_timeout": timedelta(hours=2), "retry_delay": timedelta(seconds=20)}
