"""A Docker engine and the base image of the functions: what is there is used, what is missing is made."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Iterator

IMAGE = "public.ecr.aws/lambda/provided:al2023-x86_64"
#: The bridge of an engine of our own. Containers reach this machine at its first address.
SUBNET = "172.30.77.1/24"
START_SECONDS = 30
STOP_SECONDS = 20
PULL_SECONDS = 120


class CannotRunHere(Exception):
    """There is no Docker engine and none can be started; the message says why."""


@contextlib.contextmanager
def engine(home: Path) -> Iterator[dict[str, str]]:
    """Gives the environment in which `docker` finds an engine; stops it afterwards if it was started here."""
    if answers(dict(os.environ)):
        yield dict(os.environ)
        return
    install()
    folder = home / "engine"
    folder.mkdir(parents=True, exist_ok=True)
    socket = folder / "docker.sock"
    had_bridge = Path("/sys/class/net/docker0").exists()
    process = start(folder, socket)
    environment = {**os.environ, "DOCKER_HOST": f"unix://{socket}"}
    try:
        wait_for(process, environment, folder / "log")
        yield environment
    finally:
        stop(process)
        if not had_bridge and shutil.which("ip"):
            subprocess.run(["ip", "link", "delete", "docker0"], capture_output=True)


def answers(environment: dict[str, str]) -> bool:
    """Whether `docker` finds an engine."""
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "version"], env=environment, capture_output=True).returncode == 0


def install() -> None:
    """Installs the engine from the distribution's packages if it is missing."""
    if os.geteuid() != 0:
        raise CannotRunHere("no Docker engine answers, and only root can start one")
    if shutil.which("dockerd"):
        return
    if not shutil.which("apt-get"):
        raise CannotRunHere("no Docker engine answers, and there is no apt-get to install one with")
    apt_install("docker.io", "iproute2")


def apt_install(*packages: str) -> None:
    """Installs Debian packages; services are not started, which is ours to do."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True, stdout=2)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
        raise CannotRunHere(f"the packages {', '.join(packages)} cannot be installed")


def start(folder: Path, socket: Path) -> subprocess.Popen[bytes]:
    """Starts an engine that keeps to its folder and leaves the machine's firewall and routing alone."""
    # A stale one is left by an engine that was killed.
    (folder / "pid").unlink(missing_ok=True)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            ["dockerd", f"--host=unix://{socket}", f"--data-root={folder}/data", f"--exec-root={folder}/exec",
             f"--pidfile={folder}/pid", f"--bip={SUBNET}", "--iptables=false", "--ip-forward=false", "--ip-masq=false"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def wait_for(process: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    """Waits until the engine answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers(environment):
            return
        time.sleep(0.2)
    lines = log.read_text(errors="replace").splitlines()[-5:]
    raise CannotRunHere("the Docker engine does not start:\n  " + "\n  ".join(lines))


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the engine and the containerd it started."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def gateway(environment: dict[str, str]) -> str:
    """The address at which containers on the default bridge reach this machine."""
    template = "{{range .IPAM.Config}}{{.Gateway}} {{end}}"
    done = subprocess.run(["docker", "network", "inspect", "bridge", "-f", template], env=environment, check=True, capture_output=True, text=True)
    addresses = done.stdout.split()
    return addresses[0] if addresses else SUBNET.split("/")[0]


def base_image(environment: dict[str, str], home: Path) -> str:
    """Makes sure that the base image is there; tells which one it is.

    The real image comes from Amazon's public registry. Where that cannot be reached, a minimal Debian with the same paths
    stands in, under the same name, so that SAM finds it.
    """
    if docker(environment, "image", "inspect", IMAGE):
        return "base image that was there"
    with contextlib.suppress(subprocess.TimeoutExpired):
        if docker(environment, "pull", "--quiet", IMAGE, timeout=PULL_SECONDS):
            return "Amazon's base image"
    stand_in = root_file_system(home)
    settings = ["ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin", "ENV LD_LIBRARY_PATH=/var/task:/var/task/lib:/opt/lib",
                "ENV LAMBDA_TASK_ROOT=/var/task", "ENV LAMBDA_RUNTIME_DIR=/var/runtime", "WORKDIR /var/task"]  # fmt: skip
    changes = [word for setting in settings for word in ("--change", setting)]
    if not docker(environment, "import", *changes, str(stand_in), IMAGE):
        raise RuntimeError("the stand-in for the base image cannot be imported")
    return "Debian stand-in for the base image"


def root_file_system(home: Path) -> Path:
    """A tar of the smallest Debian that can run the functions."""
    tar = home / "stand-in.tar"
    if tar.exists():
        return tar
    if os.geteuid() != 0:
        raise CannotRunHere("Amazon's base image cannot be pulled, and only root can make the stand-in")
    if not shutil.which("debootstrap"):
        apt_install("debootstrap")
    tree = home / "stand-in"
    shutil.rmtree(tree, ignore_errors=True)
    mirror = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org") + "/debian"
    with (home / "debootstrap.log").open("wb") as log:
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(tree), mirror]
        subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT)
    # Packages and lists that nobody will install from.
    shutil.rmtree(tree / "var/cache/apt", ignore_errors=True)
    shutil.rmtree(tree / "var/lib/apt/lists", ignore_errors=True)
    fresh = tar.with_suffix(".new")
    subprocess.run(["tar", "-C", str(tree), "-cf", str(fresh), "."], check=True)
    shutil.rmtree(tree)
    return fresh.rename(tar)


def docker(environment: dict[str, str], *arguments: str, timeout: float | None = None) -> bool:
    """Runs `docker` quietly; tells whether it succeeded."""
    return subprocess.run(["docker", *arguments], env=environment, capture_output=True, timeout=timeout).returncode == 0
