"""Every command of the README, run against a system as a reader would have it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.broker.test_local_system import REPO, Home
from tests.support.programs import program
from tests.support.waiting import until

pytestmark = pytest.mark.broker
README = (REPO / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def commands() -> list[list[str]]:
    """The words after `zeven` of every command in a shell block, without the remark."""
    lines = [line.partition("#")[0].split() for block in SHELL for line in block.splitlines()]
    return [words[1:] for words in lines if words and words[0] == ".venv/bin/zeven"]


def test_the_two_commands_are_make_targets() -> None:
    """The first block is what a newcomer types; both targets stand in the Makefile."""
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    assert [line.split()[:2] for line in SHELL[0].splitlines()] == [["make", "run"], ["make", "test"]]
    assert re.search(r"^run:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)


def test_every_command_and_the_program_of_the_readme_work(tmp_path: Path) -> None:
    """Against one running system: the commands end well and print something, and the program reads the view."""
    home = Home(tmp_path)
    assert len(commands()) >= 6
    assert len(PYTHON) == 1
    with home.up():
        until(home.ids, 60, "projects are in the view")
        for words in commands():
            found = home.zeven(*words)
            assert found.returncode in (0, 1), f"zeven {' '.join(words)}: {found.stderr}"
            assert found.stdout.strip(), words
            assert "Traceback" not in found.stderr
        name = min(home.ids())
        why = home.zeven("why", name)
        assert (why.returncode, "national" in why.stdout) == (0, True)
        program = PYTHON[0].replace("127.0.0.1:8081", f"127.0.0.1:{home.base + 2}")
        program = program.replace("127.0.0.1:9092", f"127.0.0.1:{home.base + 1}").replace("10_000", "3_000")
        read = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
        assert name in read.stdout
        assert len(read.stdout.splitlines()) >= 30
        assert name in by_kcat(home)


def by_kcat(home: Home) -> str:
    """What the README's kcat line prints."""
    (line,) = (line for block in SHELL for line in block.splitlines() if line.startswith("kcat"))
    words = shlex.split(line.replace("127.0.0.1:9092", f"127.0.0.1:{home.base + 1}"))
    words[0] = program("kcat", "kcat", "kafkacat")
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout


def test_the_other_addresses_of_the_readme_are_the_default_ones() -> None:
    """Page, receivers, Kafka and registry as the settings have them."""
    from schemas.settings import Settings

    bare = Settings()
    for address in (
        f"http://127.0.0.1:{bare.page.port}",
        f"http://127.0.0.1:{bare.ports.receivers}",
        bare.kafka.bootstrap,
        bare.registry.url,
    ):
        assert address in README
