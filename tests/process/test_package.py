"""What is installed is all that the program needs, from the tree and from the source package alike."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from multichat import __version__
from tests.helpers.program import Programs, environment
from tests.helpers.share import SHARE
from tests.helpers.terminal import Terminal

_ROOT = Path(__file__).parents[2]
_PACKAGES = (_ROOT / "core" / "multifeed", _ROOT / "app" / "multichat")
_DATA = f"multichat-{__version__}.data/data"

# Longer than it ever takes; only a failing test waits for it.
_DEADLINE_S = 60.0


def _run(*arguments: str | Path, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        input=text,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


def _built(source: Path, target: Path, kind: str) -> Path:
    """The package of this kind, made of a tree as pip makes it; nothing is fetched for that."""
    code = f"import hatchling.build, sys; print(hatchling.build.build_{kind}(sys.argv[1]))"
    target.mkdir(exist_ok=True)
    return target / _run(sys.executable, "-c", code, target, cwd=source).stdout.split()[-1]


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("package")


@pytest.fixture(scope="module")
def wheel(directory: Path) -> Path:
    return _built(_ROOT, directory / "wheel", "wheel")


@pytest.fixture(scope="module")
def installed(directory: Path, wheel: Path) -> Path:
    """An environment with the program in it, and what it depends on."""
    target = directory / "environment"
    venv.create(target, symlinks=True)
    python = target / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    _run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=directory)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Only what is needed of the tests' environment, and behind what is installed: no tree is made known by this.
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (target / "lib" / version / "site-packages" / "dependencies.pth").write_text("\n".join(sorted(libraries)))
    return target


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    contents = _contents(wheel)
    for package in _PACKAGES:
        for path in package.rglob("*"):
            if path.is_file() and not {"__pycache__", ".mypy_cache"} & set(path.parts):
                assert contents[path.relative_to(package.parent).as_posix()] == path.read_bytes()


def test_both_packages_say_that_they_are_typed(wheel: Path) -> None:
    assert {"multifeed/py.typed", "multichat/py.typed"} <= set(_contents(wheel))


def test_the_manual_page_and_the_completions_are_in_the_wheel(wheel: Path) -> None:
    shared = {name: data for name, data in _contents(wheel).items() if name.startswith(_DATA)}
    files = [path for path in SHARE.rglob("*") if path.is_file()]
    assert shared == {f"{_DATA}/share/{path.relative_to(SHARE).as_posix()}": path.read_bytes() for path in files}


def test_the_source_package_builds_the_same_wheel_as_the_tree(wheel: Path, directory: Path) -> None:
    source = _built(_ROOT, directory / "source", "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(directory / "unpacked", filter="data")
    again = _built(directory / "unpacked" / f"multichat-{__version__}", directory / "again", "wheel")
    assert _contents(again) == _contents(wheel)
    assert again.read_bytes() == wheel.read_bytes()


def test_what_is_installed_is_not_the_tree(installed: Path, directory: Path) -> None:
    code = "import multichat, multifeed; print(multichat.__file__); print(multifeed.__file__)"
    where = _run(installed / "bin" / "python", "-c", code, cwd=directory).stdout.split()
    assert all(Path(path).is_relative_to(installed) for path in where)


def test_the_installed_program_knows_its_version(installed: Path, directory: Path) -> None:
    assert _run(installed / "bin" / "multichat", "--version", cwd=directory).stdout == f"multichat {__version__}\n"


def test_the_installed_manual_page_is_found_by_man_beside_the_program(installed: Path) -> None:
    # `man` looks beside each folder of the PATH.
    assert (installed / "bin" / os.pardir / "share" / "man" / "man1" / "multichat.1").is_file()


def test_the_installed_program_talks(installed: Path, directory: Path, programs: Programs) -> None:
    bob = programs.start("bob", "--json")
    options = ("--room", programs.room, "--data-dir", programs.data_dir, "--interface", "lo")
    sending = ("--plain", "--exit-after-send", "--timeout", "30", "--peer", f"127.0.0.1:{bob.port}")
    _run(installed / "bin" / "multichat", "alice", *options, *sending, cwd=directory, text="good morning\n")
    bob.wait_for_texts("good morning")


def test_the_installed_program_draws_its_screen(installed: Path, programs: Programs) -> None:
    options = ("--room", programs.room, "--data-dir", programs.data_dir, "--interface", "lo")
    terminal = Terminal(["alice", *options], program=[str(installed / "bin" / "multichat")])
    try:
        terminal.wait_for("Nobody else is here yet")
        # The search has styles of its own.
        terminal.write(b"\x06")
        terminal.wait_for("Search")
        terminal.write(b"\x1b")
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
