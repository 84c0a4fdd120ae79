"""The files of deploy/, each parsed by its program; if that is not installed, the test is skipped with a warning."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from olvery.backups.postgres import tool
from tests.test_web_server import wait_for

DEPLOY = Path(settings.BASE_DIR) / "deploy"


def program(name: str) -> str:
    """Return the path of a program, or skip the test."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if not found:
        pytest.skip(f"{name} is not installed: nobody has read its file")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def verified(units: Path) -> "subprocess.CompletedProcess[str]":
    """Let systemd verify the units of a folder together with its own."""
    names = sorted(path.name for path in units.iterdir() if path.is_file())
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    command = [program("systemd-analyze"), "verify", "--recursive-errors=no", *names]
    return subprocess.run(command, cwd=units, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Copy the units, with the programs of this machine."""
    copied = Path(shutil.copytree(DEPLOY / "systemd", tmp_path / "units"))
    for unit in copied.glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/olvery/current/.venv/bin", str(Path(sys.executable).parent)))
    return copied


def test_systemd_understands_the_units(units: Path) -> None:
    found = verified(units)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_systemd_would_say_what_is_wrong(units: Path) -> None:
    broken = units / "olvery-.service.d" / "hardening.conf"
    broken.write_text(broken.read_text().replace("ProtectHome=yes", "ProtectHom=yes"))
    assert "ProtectHom" in verified(units).stderr


def setting(name: str, file: str) -> str:
    """Return a setting of a file in deploy/, without the prefix of an optional path."""
    [value] = [line for line in (DEPLOY / file).read_text().splitlines() if line.startswith(f"{name}=")]
    return value.removeprefix(f"{name}=").removeprefix("-")


def test_a_unit_may_write_where_its_variable_says() -> None:
    """`ProtectSystem=strict` makes everything else read-only."""
    exports, backups = (setting(name, "olvery.env.example") for name in ("EXPORT_DIR", "BACKUP_DIR"))
    state = setting("StateDirectory", "systemd/olvery-worker.service")
    assert Path(exports).is_relative_to(Path("/var/lib") / state)
    for unit in ("archive", "backup", "drill"):
        assert setting("ReadWritePaths", f"systemd/olvery-{unit}.service") == backups


def test_nginx_understands_its_file(tmp_path: Path) -> None:
    nginx, openssl = program("nginx"), program("openssl")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    ask_for = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ask_for += ["-subj", "/CN=olvery.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(ask_for, check=True, capture_output=True)
    site = (DEPLOY / "nginx" / "olvery.conf").read_text()
    places = {"/etc/letsencrypt/live/olvery.example": tmp_path, "/var/log/nginx": tmp_path}
    places |= {"listen 80": f"listen {free_port()}", "listen 443": f"listen {free_port()}"}
    places |= {"listen [::]:80;": "", "listen [::]:443 ssl http2;": ""}
    for place, ours in places.items():
        assert place in site
        site = site.replace(place, str(ours))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in kinds)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\n{folders}{site}\n}}\n")
    command = [nginx, "-t", "-q", "-p", str(tmp_path), "-e", "stderr", "-c", str(whole)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_haproxy_understands_its_file(tmp_path: Path) -> None:
    haproxy, file = program("haproxy"), tmp_path / "haproxy.cfg"
    text = (DEPLOY / "haproxy" / "haproxy.cfg").read_text()
    file.write_text(text.replace("db1.example", "127.0.0.1").replace("db2.example", "127.0.0.1"))
    found = subprocess.run([haproxy, "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def validated(config: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Let Patroni validate a file; it checks that etcd listens and its own ports are free."""
    with socket.socket() as etcd:
        etcd.bind(("127.0.0.1", 0))
        etcd.listen()
        places = {f"etcd{number}.example:2379": f"127.0.0.1:{etcd.getsockname()[1]}" for number in (1, 2, 3)}
        places |= {f"0.0.0.0:{port}": f"127.0.0.1:{free_port()}" for port in (8008, 5432)} | {
            "db1.example": "127.0.0.2"
        }
        places["/var/lib/postgresql/18/olvery"] = str(folder / "data")
        places["/usr/lib/postgresql/18/bin"] = str(Path(tool("postgres")).parent)
        for place, ours in places.items():
            assert place in config
            config = config.replace(place, ours)
        file = folder / "patroni.yml"
        file.write_text(config)
        command = [program("patroni"), "--validate-config", str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def test_patroni_understands_its_file(tmp_path: Path) -> None:
    found = validated((DEPLOY / "patroni" / "patroni.yml").read_text(), tmp_path)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_patroni_would_say_what_is_wrong(tmp_path: Path) -> None:
    text = (DEPLOY / "patroni" / "patroni.yml").read_text()
    found = validated(text.replace("ttl: 10", "ttl: soon"), tmp_path)
    assert "ttl" in found.stdout + found.stderr


@pytest.fixture
def readable() -> Iterator[Path]:
    """Make a folder that other users may read; pytest's own is closed to them."""
    with tempfile.TemporaryDirectory(prefix="olvery-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def pooled(transactional_db: None, readable: Path) -> Iterator[str]:
    """Run PgBouncer with its file in front of the test database; yield its URL."""
    pgbouncer, port, of_tests = program("pgbouncer"), free_port(), connection.settings_dict
    text = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text()
    address = f"host={of_tests['OPTIONS'].get('host', '')} port=5432 dbname={of_tests['NAME']} user=postgres"
    places = {"host=127.0.0.1 port=5432 dbname=olvery": address, "6432": str(port)}
    places |= {"scram-sha-256": "any", "auth_file = /etc/pgbouncer/userlist.txt": ""}
    places |= {"logfile = /var/log/pgbouncer/pgbouncer.log": "", "pidfile = /var/run/pgbouncer/pgbouncer.pid": ""}
    places |= {"default_pool_size = 16": "default_pool_size = 1", "reserve_pool_size = 4": ""}
    for place, ours in places.items():
        assert place in text
        text = text.replace(place, ours)
    file = readable / "pgbouncer.ini"
    file.write_text(text)
    # It refuses to be root, and the folder of the socket may be PostgreSQL's alone.
    owner = Path(of_tests["OPTIONS"]["host"], ".s.PGSQL.5432").owner() if os.geteuid() == 0 else ""
    command = [pgbouncer, *(["-u", owner] if owner else []), str(file)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port, server)
            yield f"postgresql://postgres@127.0.0.1:{port}/olvery"
        finally:
            server.terminate()


def test_pgbouncer_lets_two_pages_share_one_connection(pooled: str) -> None:
    with psycopg.connect(pooled, prepare_threshold=None) as one, psycopg.connect(pooled, prepare_threshold=None) as two:
        limited = one.execute("SET LOCAL statement_timeout = 4321; SELECT 1")
        limited.nextset()
        assert one.execute("SHOW statement_timeout").fetchone() == ("4321ms",)
        one.commit()
        first = one.execute("SELECT pg_backend_pid()").fetchone()
        one.commit()
        assert one.info.backend_pid != first[0]  # by which `allow_plans` knows that there is a pooler
        assert two.execute("SELECT pg_backend_pid()").fetchone() == first
        assert two.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_what_the_worker_listens_for_is_lost_behind_pgbouncer(pooled: str) -> None:
    """This is why the worker has a URL of its own."""
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as worker:
        worker.execute("LISTEN news")
        with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as web:
            web.execute("NOTIFY news")
        began = time.monotonic()
        assert list(worker.notifies(timeout=0.5, stop_after=1)) == []
        assert time.monotonic() - began >= 0.4
