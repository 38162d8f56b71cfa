"""Files in a folder of an SFTP server. The server's host key must be known, and a file still being written is left alone."""

import base64
import fnmatch
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from stat import S_ISREG

import paramiko

from ingest.feed import SftpSource
from ingest.sources.access import Access
from ingest.sources.offer import FetchFailed, Offered, save_within, within_limit

# Between two looks at a folder: a file whose size or time has changed meanwhile is being written.
QUIET_SECONDS = 5.0
TIMEOUT_SECONDS = 30.0


def offered(source: SftpSource, access: Access, quiet: float = QUIET_SECONDS) -> Iterator[Offered]:
    """The files at rest in the source's folder that match its pattern, by name.

    `access.extra`: `host_key` ("ssh-ed25519 AAAA…", required), `private_key` (PEM text) where no password is given.
    Raises FetchFailed where the server is not the known one, refuses the login or has no such folder.
    """
    with _session(access) as sftp:
        before = _listed(sftp, source)
        if not before:
            return
        time.sleep(quiet)
        after = _listed(sftp, source)
        for name in sorted(name for name, version in after.items() if before.get(name) == version):
            path = str(PurePosixPath(source.folder) / name)
            uri = f"sftp://{access.host}:{access.port or 22}{path}"
            yield Offered(name, uri, after[name], partial(_save, sftp, path))


def _listed(sftp: paramiko.SFTPClient, source: SftpSource) -> dict[str, str]:
    """Versions of the folder's regular files by name."""
    try:
        entries = sftp.listdir_attr(source.folder)
    except OSError as e:
        raise FetchFailed(f"folder {source.folder} cannot be listed: {e}") from e
    except UnicodeDecodeError as e:
        raise FetchFailed(
            f"folder {source.folder} holds a name that is not UTF-8, have it renamed: {e.object!r}"
        ) from e
    return {
        e.filename: f"{e.st_size}/{e.st_mtime}"
        for e in entries
        if S_ISREG(e.st_mode or 0) and fnmatch.fnmatch(e.filename, source.pattern)
    }


def _save(sftp: paramiko.SFTPClient, remote: str, path: Path) -> None:
    try:
        before = sftp.stat(remote)
        within_limit(before.st_size or 0, remote)
        with sftp.open(remote, "rb") as file:
            file.prefetch(before.st_size)
            save_within(iter(lambda: file.read(1 << 15), b""), path, remote)
        after = sftp.stat(remote)
    except OSError as e:
        raise FetchFailed(f"{remote} cannot be read: {e}") from e
    if (before.st_size, before.st_mtime) != (after.st_size, after.st_mtime):
        raise FetchFailed(f"{remote} was changed while it was read")


@contextmanager
def _session(access: Access) -> Iterator[paramiko.SFTPClient]:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.get_host_keys().add(_name_of(access), *_host_key(access))
    try:
        client.connect(
            access.host,
            access.port or 22,
            access.login,
            access.password,
            pkey=_private_key(access),
            timeout=TIMEOUT_SECONDS,
            banner_timeout=TIMEOUT_SECONDS,
            auth_timeout=TIMEOUT_SECONDS,
            look_for_keys=False,
            allow_agent=False,
        )
        with client.open_sftp() as sftp:
            # a server that says no more would be waited for without end
            sftp.get_channel().settimeout(TIMEOUT_SECONDS)
            yield sftp
    except (paramiko.SSHException, OSError) as e:
        raise FetchFailed(f"{access.host}:{access.port or 22} cannot be reached as {access.login}: {e}") from e
    finally:
        client.close()


def _name_of(access: Access) -> str:
    """The server as known_hosts would name it."""
    return access.host if access.port in (None, 22) else f"[{access.host}]:{access.port}"


def _host_key(access: Access) -> tuple[str, paramiko.PKey]:
    stated = str(access.extra.get("host_key") or "").split()
    if len(stated) < 2:
        raise FetchFailed(
            "the connection's extra needs host_key, as ssh-keyscan prints it without the host: 'ssh-ed25519 AAAA…'"
        )
    kind, key = stated[0], base64.b64decode(stated[1])
    return kind, paramiko.PKey.from_type_string(kind, key)


def _private_key(access: Access) -> paramiko.PKey | None:
    text = access.extra.get("private_key")
    if not text:
        return None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(str(text)))
        except paramiko.SSHException:
            continue
    raise FetchFailed("the connection's private_key is none of Ed25519, ECDSA, RSA in PEM or OpenSSH form")
