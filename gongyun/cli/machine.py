"""Commands about this installation: the demo, and stopping what runs."""

import typer

from gongyun.cli.terminal import REFUSED, say
from warehouse.settings import settings

app = typer.Typer()


@app.command(epilog="Example: gongyun demo")
def demo() -> None:
    """Ten simulated departments: history taken in, then 2018-06 through the real scheduler to an edition."""
    from gongyun.demo import DemoFailed, run
    from scheduling.airflow_local import AirflowFailed

    try:
        run()
    except (DemoFailed, AirflowFailed) as e:
        say(("failed", "red"), f": {e}")
        raise typer.Exit(REFUSED) from None


@app.command(epilog="Example: gongyun stop")
def stop() -> None:
    """Stop the local Airflow and the embedded database of this installation."""
    from scheduling import airflow_local
    from warehouse import server

    if not settings().home.exists():
        say(f"nothing to stop: {settings().home.name} does not exist")
        return
    airflow_local.stop()
    server.stop()
    say(f"stopped what ran under {settings().home.name}; everything taken in stays there")
