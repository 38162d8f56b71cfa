"""What a container asks of this installation: `python -m gongyun.container prepare` before the others start, and
`python -m gongyun.container healthy SERVICE` as their health check. The latter imports nothing but the standard library.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

API = os.environ.get("GONGYUN_API_URL", "http://localhost:8080")


def prepare() -> None:
    """Create the databases, bring Airflow's and the warehouse's tables up to date, set the login from the environment."""
    from gongyun import installation
    from warehouse.database import create_database

    create_database("airflow")
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)
    passwords = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({os.environ["GONGYUN_LOGIN"]: os.environ["GONGYUN_PASSWORD"]}))
    installation.prepare()


def healthy(service: str) -> bool:
    """Whether the api-server answers and tells that `service` (scheduler, triggerer, dag_processor) has a heartbeat."""
    # The side that tasks talk to builds its routes, for seconds, when first asked: here rather than under a task.
    urlopen(f"{API}/execution/health", timeout=14).close()
    with urlopen(f"{API}/api/v2/monitor/health", timeout=14) as answer:
        state = json.load(answer)
    return all(state[part]["status"] == "healthy" for part in {"metadatabase", service})


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        sys.exit(not healthy(sys.argv[2]))
