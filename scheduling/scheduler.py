"""Airflow's scheduler with what its tasks need imported beforehand.

LocalExecutor forks tasks from the scheduler's process: a gate finds Great Expectations there and need not spend seconds
on importing it. `python -m scheduling.scheduler` takes the arguments of `airflow scheduler`.
"""

import logging
import sys


def main() -> None:
    """Import, then be the scheduler."""
    import great_expectations  # noqa: F401
    import polars  # noqa: F401
    from airflow.__main__ import main as airflow

    # It tells hundreds of lines about itself in every gate's log; Airflow's own setting does not reach this logger.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    sys.argv = ["airflow", "scheduler", *sys.argv[1:]]
    airflow()


if __name__ == "__main__":
    main()
