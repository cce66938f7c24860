"""Looks every locked requirement up among the known vulnerabilities, and tells plainly what it could not look up.

    python requirements/audit.py requirements/all.lock

pip-audit itself succeeds where its service knows none of the packages, as a mirror or an empty proxy does: that is no
audit. Exit codes: 0 all looked up and clean, 1 vulnerable, 2 not (all) looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

CLEAN, VULNERABLE, NOT_AUDITED = 0, 1, 2
MOST_LISTED = 10


def judge(report: dict[str, Any]) -> tuple[int, list[str]]:
    """(exit code, lines to print) of pip-audit's JSON report."""
    found = report["dependencies"]
    skipped = [each["name"] for each in found if "skip_reason" in each]
    bad = [each for each in found if each.get("vulns")]
    lines = [f"{len(found) - len(skipped)} of {len(found)} packages looked up, {len(bad)} vulnerable."]
    for package in bad:
        for vulnerability in package["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "nowhere yet"
            lines.append(f"  {package['name']} {package['version']}: {vulnerability['id']}, mended in {fixed}")
    if skipped:
        more = f" and {len(skipped) - MOST_LISTED} more" if len(skipped) > MOST_LISTED else ""
        lines.append(f"NOT AUDITED: {', '.join(skipped[:MOST_LISTED])}{more}. The service does not know them, or")
        lines.append("cannot be reached from here: run this where the index can be reached.")
    if bad:
        return VULNERABLE, lines
    return (NOT_AUDITED if skipped or not found else CLEAN), lines


def main(lock_file: str) -> int:
    """Audit the lock file; the exit code."""
    command = [sys.executable, "-m", "pip_audit", "-r", lock_file, "--disable-pip", "--require-hashes",
               "--format", "json", "--progress-spinner", "off"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        code, lines = judge(json.loads(done.stdout))
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        code, lines = NOT_AUDITED, [f"NOT AUDITED: pip-audit did not get through: {last[:300]}"]
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
