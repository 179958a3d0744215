"""Campaigns: a target under the guided fuzzer for a while, and what came of it.

Owns the process of each, its corpus on the disk, and the reading of what libFuzzer says.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from tests.fuzz.corpus import seeds

# An input that takes longer, or a process that grows beyond, is a finding too.
_INPUT_TIMEOUT_S: Final = 20
_MEMORY_MAX_MB: Final = 1_024
# Beside the time that was asked for: imports, the seeds, the last input.
_GRACE_S: Final = 120.0
_GUIDED: Final = ("-m", "tests.fuzz.guided")
# A longer input goes into a file.
_PRINTED_MAX_BYTES: Final = 4_096


class Finding(NamedTuple):
    """An input that a target did not take well: `kind` is crash, timeout, oom or slow, as libFuzzer says it."""

    kind: str
    data: bytes


class Outcome(NamedTuple):
    """What came of a target. Edges and features are libFuzzer's measures of what was reached."""

    target: str
    exit_status: int
    executions: int
    seconds: int
    edges: int
    features: int
    findings: tuple[Finding, ...]
    log: str

    @property
    def is_fine(self) -> bool:
        """Whether it ran to its end, and nothing was found."""
        return self.exit_status == 0 and self.executions > 0 and not self.findings


def run_campaign(target: str, seconds: int, seed: int, program: Sequence[str] = _GUIDED) -> Outcome:
    """Fuzz one target for a while; ends at the first finding. `program` is what Python runs to do so."""
    with TemporaryDirectory() as directory:
        corpus, artifacts, scratch = (Path(directory) / name for name in ("corpus", "artifacts", "scratch"))
        for path in (corpus, artifacts, scratch):
            path.mkdir()
        for number, data in enumerate(seeds(target)):
            (corpus / f"{number:05}").write_bytes(data)
        # libFuzzer takes 0 for a seed of its own choice.
        options = [
            f"-seed={seed + 1}",
            f"-max_total_time={seconds}",
            f"-timeout={_INPUT_TIMEOUT_S}",
            f"-rss_limit_mb={_MEMORY_MAX_MB}",
            f"-artifact_prefix={artifacts}/",
            "-print_final_stats=1",
            str(corpus),
        ]
        # Stores lie where they are removed with everything else, however the process ends.
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONHASHSEED": "0",
            "TMPDIR": str(scratch),
        }
        process = subprocess.run(
            [sys.executable, *program, target, *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            timeout=seconds + _GRACE_S,
            check=False,
        )
        findings = [Finding(path.name.partition("-")[0], path.read_bytes()) for path in sorted(artifacts.iterdir())]
        return _outcome(target, process, findings)


def _outcome(target: str, process: subprocess.CompletedProcess[str], findings: list[Finding]) -> Outcome:
    log = process.stdout
    return Outcome(
        target,
        process.returncode,
        _last_number(r"stat::number_of_executed_units:\s*(\d+)", log),
        _last_number(r"Done \d+ runs in (\d+) second", log),
        _last_number(r"\bcov: (\d+)", log),
        _last_number(r"\bft: (\d+)", log),
        tuple(findings),
        log,
    )


def _last_number(pattern: str, log: str) -> int:
    return int((re.findall(pattern, log) or ["0"])[-1])


def print_outcome(outcome: Outcome) -> None:
    """One line for a target, and for each finding what it is and how to see it again."""
    print(
        f"{outcome.target:<10} {outcome.executions:>10} executions {outcome.seconds:>6} s"
        f" {outcome.edges:>6} edges {outcome.features:>6} features {len(outcome.findings)} findings",
        flush=True,
    )
    for kind, data in outcome.findings:
        print(f"{kind} of {outcome.target}:\n{_traceback(outcome.log)}", file=sys.stderr)
        print(f"input, {len(data)} bytes: {data.hex()}\nagain: {_again(outcome.target, data)}", file=sys.stderr)
    if not outcome.is_fine and not outcome.findings:
        print(f"{outcome.target} did not run to its end:\n{outcome.log}", file=sys.stderr)


def _again(target: str, data: bytes) -> str:
    """What to type to see an input again; one that is too long for that is put into a file here."""
    shown = data.hex() or "''"
    if len(data) > _PRINTED_MAX_BYTES:
        path = Path(f"finding-{target}.bin")
        path.write_bytes(data)
        shown = str(path)
    return f"PYTHONHASHSEED=0 PYTHONPATH=core:app python -m tests.fuzz --target {target} --replay {shown}"


def _traceback(log: str) -> str:
    start = log.rfind("=== Uncaught Python exception")
    end = log.find("==", start + 40) if start >= 0 else -1
    return log[max(start, len(log) - 4_000) : end if end > 0 else len(log)]
