"""Loaded by every Python that is started with this folder on its path: kills a task's process where CRASH_POINTS says.

A point is `module.function entry`, `… return`, or `… during`, which kills a while after the function was entered. Each
kills once: what it killed is noted in the folder CRASH_FOLDER, and the next who comes there passes.
"""

import importlib.machinery
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from threading import Timer
from types import ModuleType
from typing import Any

POINTS = [point.split(" ") for point in json.loads(os.environ.get("CRASH_POINTS", "[]"))]
# When dbt is at work on the tables and far from done.
DURING_SECONDS = 10.0


def kill(name: str, when: str) -> None:
    try:
        Path(os.environ["CRASH_FOLDER"], f"{name} {when}").touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def killing(function: Callable[..., Any], name: str, when: str) -> Callable[..., Any]:
    @wraps(function)
    def killed(*args: Any, **named: Any) -> Any:
        if when == "entry":
            kill(name, when)
        if when == "during":
            Timer(DURING_SECONDS, kill, (name, when)).start()
        done = function(*args, **named)
        if when == "return":
            kill(name, when)
        return done

    return killed


def prepare(module: ModuleType) -> None:
    for name, when in POINTS:
        home, _, function = name.rpartition(".")
        if home == module.__name__:
            setattr(module, function, killing(getattr(module, function), name, when))
    if module.__name__ == "scheduling.tries":
        module.PATIENT["retry_delay"] = timedelta(seconds=1)


class Finder:
    """Finds our modules as Python does, and prepares them once they are loaded."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != "scheduling.tries" and not any(point.rpartition(".")[0] == name for point, _ in POINTS):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                prepare(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if POINTS:
    sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]
