"""Airflow's connections in the words of ingest, which does not know Airflow."""

from airflow.sdk import Connection

from ingest.sources.access import Access


def access(connection: str) -> Access:
    """How to reach the server of a connection, from within a task. Raises AirflowNotFoundException for an unknown one."""
    known = Connection.get(connection)
    return Access(known.host or "", known.port, known.login, known.password, known.schema, known.extra_dejson)
