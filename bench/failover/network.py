"""Where the programs of the drill run: each in its own network namespace, or all on the loopback interface."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

SITE, FIRST, SECOND, WATCH = "site", "db1", "db2", "etcd"  # the web machine, two databases, who decides
HOSTS = {SITE: "10.77.0.1", FIRST: "10.77.0.2", SECOND: "10.77.0.3", WATCH: "10.77.0.4"}


class Loopback:
    """One machine: nothing can be cut."""

    can_cut = False

    def host(self, name: str) -> str:
        """Return the address of a machine."""
        return "127.0.0.1"

    def within(self, name: str) -> list[str]:
        """Return the command prefix for running on a machine."""
        return []


class Namespaces:
    """Four machines at one bridge. Two whose ports are isolated hear nothing of each other, and no one is told."""

    can_cut = True

    def __init__(self) -> None:
        """Make them; the process lives in a namespace of its own already, which becomes the web machine's."""
        _run("ip link set lo up")
        _run("ip link add name hub0 type bridge")
        _run("ip link set hub0 up")
        for name, host in HOSTS.items():
            _run(f"ip link add name {name} type veth peer name {name}-port")
            _run(f"ip link set {name}-port master hub0 up")
            if name != SITE:
                _run(f"ip netns add {_namespace(name)}")
                _run(f"ip link set {name} netns {_namespace(name)}")
            for command in (f"ip address add {host}/24 dev {name}", f"ip link set {name} up", "ip link set lo up"):
                _run(" ".join([*self.within(name), command]))

    def host(self, name: str) -> str:
        """Return the address of a machine."""
        return HOSTS[name]

    def within(self, name: str) -> list[str]:
        """Return the command prefix for running on a machine."""
        return [] if name == SITE else ["ip", "netns", "exec", _namespace(name)]

    @contextmanager
    def cut(self, one: str, other: str) -> Iterator[None]:
        """Drop all packets between two machines for the length of the block."""
        for name in (one, other):
            _run(f"bridge link set dev {name}-port isolated on")
        yield
        for name in (one, other):
            _run(f"bridge link set dev {name}-port isolated off")

    def close(self) -> None:
        """Take the named ones away; the process's own goes with it."""
        for name in (FIRST, SECOND, WATCH):
            _run(f"ip netns delete {_namespace(name)}")


def are_allowed() -> bool:
    """Whether this machine lets us make namespaces."""
    if os.geteuid() != 0:
        return False
    tried = subprocess.run(["unshare", "--net", "ip", "link", "add", "hub0", "type", "bridge"], check=False)
    return tried.returncode == 0


def _namespace(name: str) -> str:
    return f"olvery-{name}-{os.getpid()}"


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True)
