"""Airflow's scheduler with what its tasks need imported beforehand.

LocalExecutor forks tasks from the scheduler's process: a gate finds Great Expectations there and need not spend seconds
on importing it. They end with it, and what they were doing is tried again by the next.
`python -m scheduling.scheduler` takes the arguments of `airflow scheduler`.
"""

import logging
import os
import sys

from warehouse.parent import end_with


def bind_forks() -> None:
    """From now on, whatever is forked here, and by what is, ends when its parent does."""
    os.register_at_fork(after_in_child=lambda: end_with(os.getppid()))


def main() -> None:
    """Import, then be the scheduler."""
    import great_expectations  # noqa: F401
    import polars  # noqa: F401
    from airflow.__main__ import main as airflow

    # It tells hundreds of lines about itself in every gate's log; Airflow's own setting does not reach this logger.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    bind_forks()
    sys.argv = ["airflow", "scheduler", *sys.argv[1:]]
    airflow()


if __name__ == "__main__":
    main()
