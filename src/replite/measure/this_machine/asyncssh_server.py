"""An SSH server on loopback for where OpenSSH's is not installed; `simulated` has the command that starts it."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import asyncssh


async def serve(port: int, host_key: str, authorized_keys: str) -> None:
    """Serve commands until cancelled to the holder of the private key to `authorized_keys`, a file, as `host_key` is one."""
    server = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_host_keys=[host_key],
        authorized_client_keys=authorized_keys,
        password_auth=False,
        kbdint_auth=False,
        process_factory=_run,
        encoding=None,
        window=1 << 18,  # on a slow link each half of it is a sign of life
    )
    await server.wait_closed()


async def _run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """One command: its streams are the channel's, its exit status or signal is told."""
    shell = ("/bin/sh", "-c", process.command or "exit 1")
    child = await asyncio.create_subprocess_exec(*shell, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    # send_eof: the end of one output must not end the other, which shares the channel
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr, send_eof=False)
    status = await child.wait()
    await process.stdout.drain()
    await process.stderr.drain()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:]))
